"""Numbers as people read them: rounded to what the interval supports; unknown is a dash."""

import math
from collections.abc import Iterable

from routeaudit.result import Interval
from routeaudit.result.base import ALL_DECIMALS

DASH = "—"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
LONGEST_LABEL = 80


def count(value: float | None) -> str:
    """Write a whole number with thousands separators."""
    return DASH if value is None else _signed(value, 0)


def about(value: float | None, interval: Interval | None = None) -> str:
    """Write an estimated count with three significant digits, fewer where its range is wide."""
    if not value:
        return count(value)
    digits = 2 - math.floor(math.log10(abs(value)))
    return _signed(value, min(0, digits, _supported_decimals(interval)))


def money(value: float | None, interval: Interval | None = None, currency: str = "USD") -> str:
    """Write an amount: whole above 100, cents above 1, two significant digits below."""
    if value is None:
        return DASH
    return _amount(value, min(_money_decimals(value), _supported_decimals(interval)), currency)


def money_like(
    value: float | None, others: Iterable[float | None], currency: str = "USD"
) -> str:
    """Write an amount with the decimals that suit the amounts it stands among."""
    if value is None:
        return DASH
    sizes = [abs(other) for other in (*others, value) if other]
    if not value:
        return _amount(0.0, 2 if not sizes else 0, currency)
    decimals = _money_decimals(max(sizes))
    if max(sizes) < 1:
        decimals = min(_money_decimals(min(sizes)), decimals + 2)
    if value and round(value, decimals) == 0:
        decimals = _money_decimals(value)
    return _amount(value, decimals, currency)


def exact_money(value: float, currency: str = "USD") -> str:
    """Write an amount that someone set, such as a price, with the decimals that it has."""
    text = f"{value:.6g}"
    decimals = len(text.partition(".")[2]) if "e" not in text else _money_decimals(value)
    return _amount(value, max(decimals, 2), currency)


def _amount(value: float, decimals: int, currency: str) -> str:
    symbol = SYMBOLS.get(currency, currency + SPACE)
    # Money has no single decimal: $21.3 is written $21.30.
    text = _signed(round(value, decimals), 2 if decimals == 1 else decimals)
    return MINUS + symbol + text[1:] if text.startswith(MINUS) else symbol + text


def share(value: float | None, interval: Interval | None = None) -> str:
    """Write a share 0..1 in per cent: one decimal where its range bears it, else none."""
    if value is None:
        return DASH
    wide = interval and Interval(low=100 * interval.low, high=100 * interval.high)
    return f"{_signed(100 * value, max(0, min(1, _supported_decimals(wide))))}{SPACE}%"


def exact_share(value: float) -> str:
    """Write a share that someone chose, such as a limit, with the decimals that it has."""
    return f"{100 * value:.4g}{SPACE}%"


def seconds(value: float | None) -> str:
    """Write a duration in seconds: two decimals below 10 s, one above."""
    if value is None:
        return DASH
    return f"{_signed(value, 2 if abs(value) < 10 else 1)}{SPACE}s"  # noqa: PLR2004 see above


def number(value: float | None) -> str:
    """Write a plain number to three significant digits or more."""
    if value is None:
        return DASH
    return _signed(value, 0 if abs(value) >= 100 else _money_decimals(value) + 1)  # noqa: PLR2004 as money


def threshold(value: float | None) -> str:
    """Write a threshold; one near 0 or 1 with two digits of its distance, for there many lie close."""
    distance = 0.0 if value is None else min(value, 1 - value)
    if value is None or distance <= 0:
        return number(value)
    return _signed(value, max(3, 1 - math.floor(math.log10(distance))))


def money_range(interval: Interval | None, currency: str = "USD") -> str:
    """Write an interval of amounts, "low to high"; empty when there is none."""
    if interval is None:
        return ""
    low, high = (money(end, interval, currency) for end in (interval.low, interval.high))
    return f"{low} to {high}"


def about_range(interval: Interval) -> str:
    """Write an interval of estimated counts, "low to high"."""
    return f"{about(interval.low, interval)} to {about(interval.high, interval)}"


def share_range(interval: Interval | None) -> str:
    """Write an interval of shares, "low to high"; empty when there is none."""
    if interval is None:
        return ""
    return f"{share(interval.low, interval)} to {share(interval.high, interval)}"


def label(text: str | None, unknown: str = "not logged", longest: int = LONGEST_LABEL) -> str:
    """Write a name from the log on one line of bounded length."""
    if text is None:
        return unknown
    line = " ".join(char for char in text.split() if char)
    printable = "".join(char for char in line if char.isprintable())
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"


def _signed(value: float, decimals: int) -> str:
    text = f"{round(value, decimals):,.{max(decimals, 0)}f}"
    if not text.strip("-0.,"):
        return text.lstrip("-")
    return text.replace("-", MINUS)


def _money_decimals(value: float) -> int:
    size = abs(value)
    if size >= 100:  # noqa: PLR2004 cents of hundreds are noise to a reader
        return 0
    if size >= 1 or size == 0:
        return 2
    return max(2, 1 - math.floor(math.log10(size)))


def _supported_decimals(interval: Interval | None) -> int:
    return ALL_DECIMALS if interval is None else interval.decimals
