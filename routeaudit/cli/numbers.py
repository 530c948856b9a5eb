"""How figures are printed: rounded here and nowhere else; unknown is a dash."""

from routeaudit.result import Figure, Interval

UNKNOWN = "—"
SMALL = 0.1
SMALL_CALL = 0.005
TINY_CALL = 0.00001
CENTS = 2


def money(value: float | None, currency: str = "USD", interval: Interval | None = None) -> str:
    """Print an amount; small ones keep four significant digits, and no more than its range bears."""
    if value is None:
        return UNKNOWN
    sign = "$" if currency == "USD" else f"{currency} "
    minus = "-" if value < 0 else ""
    size = abs(value)
    usual = CENTS if size >= SMALL else 2 * CENTS
    if interval is not None and interval.decimals < usual:
        # Money has no single decimal: $21.3 is printed $21.30.
        decimals = interval.decimals
        shown = CENTS if decimals == 1 else max(decimals, 0)
        return f"{minus}{sign}{round(size, decimals):,.{shown}f}"
    if 0 < size < SMALL:
        return (
            f"{minus}{sign}{size:.4f}" if size >= SMALL / 1000 else f"{minus}{sign}{size:.2g}"
        )
    return f"{minus}{sign}{size:,.2f}"


def per_call(value: float | None, currency: str = "USD") -> str:
    """Print a price per call: four decimals, six where it is small."""
    if value is None:
        return UNKNOWN
    sign = "$" if currency == "USD" else f"{currency} "
    digits = 4 if abs(value) >= SMALL_CALL or value == 0 else 6
    return (
        f"{sign}{value:.{digits}f}"
        if abs(value) >= TINY_CALL or not value
        else f"{sign}{value:.2g}"
    )


def share(value: float | None, digits: int = 0, interval: Interval | None = None) -> str:
    """Print a share as percent, with no more digits than its range bears."""
    if value is None:
        return UNKNOWN
    if interval is None:
        return f"{value:.{digits}%}"
    ends = Interval(low=100 * interval.low, high=100 * interval.high)
    return f"{100 * value:.{max(0, min(digits, ends.decimals))}f}%"


def seconds(value: float | None) -> str:
    """Print a latency."""
    return UNKNOWN if value is None else f"{value:.2f} s"


def bare_seconds(value: float | None) -> str:
    """Print a latency where the title names the unit."""
    return UNKNOWN if value is None else f"{value:.2f}"


def count(value: float | None) -> str:
    """Print a count."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def about(value: float | None) -> str:
    """Print an estimated count: it bears three digits."""
    return count(None if value is None else float(f"{value:.3g}"))


def share_range(interval: Interval | None) -> str:
    """Print a range of shares."""
    if interval is None:
        return ""
    return f"{share(interval.low, 1, interval)} to {share(interval.high, 1, interval)}"


def money_range(interval: Interval | None, currency: str = "USD") -> str:
    """Print a range of money."""
    if interval is None:
        return ""
    low, high = (money(end, currency, interval) for end in (interval.low, interval.high))
    return f"{low} to {high}"


def share_figure(figure: Figure) -> str:
    """Print a share with its range and evidence."""
    if figure.value is None:
        return f"{UNKNOWN} ({figure.note})"
    ranged = share_range(figure.interval)
    inside = ", ".join(part for part in (ranged, str(figure.evidence)) if part)
    return f"{share(figure.value, 1, figure.interval)} ({inside})"


def money_figure(figure: Figure) -> str:
    """Print money with its range and evidence."""
    if figure.value is None:
        return f"{UNKNOWN} ({figure.note})"
    ranged = money_range(figure.interval)
    inside = ", ".join(part for part in (ranged, str(figure.evidence)) if part)
    return f"{money(figure.value, interval=figure.interval)} ({inside})"
