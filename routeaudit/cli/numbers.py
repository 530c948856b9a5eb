"""How figures are printed: rounded here and nowhere else; unknown is a dash."""

from routeaudit.result import Figure, Interval

UNKNOWN = "—"
SMALL = 0.1
SMALL_CALL = 0.005
TINY_CALL = 0.00001


def money(value: float | None, currency: str = "USD") -> str:
    """Print an amount; small ones keep four significant digits."""
    if value is None:
        return UNKNOWN
    sign = "$" if currency == "USD" else f"{currency} "
    minus = "-" if value < 0 else ""
    size = abs(value)
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


def share(value: float | None, digits: int = 0) -> str:
    """Print a share as percent."""
    return UNKNOWN if value is None else f"{value:.{digits}%}"


def seconds(value: float | None) -> str:
    """Print a latency."""
    return UNKNOWN if value is None else f"{value:.2f} s"


def bare_seconds(value: float | None) -> str:
    """Print a latency where the title names the unit."""
    return UNKNOWN if value is None else f"{value:.2f}"


def count(value: float | None) -> str:
    """Print a count."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def share_range(interval: Interval | None) -> str:
    """Print a range of shares."""
    return "" if interval is None else f"{interval.low:.0%} to {interval.high:.0%}"


def money_range(interval: Interval | None) -> str:
    """Print a range of money."""
    return "" if interval is None else f"{money(interval.low)} to {money(interval.high)}"


def share_figure(figure: Figure) -> str:
    """Print a share with its range and evidence."""
    if figure.value is None:
        return f"{UNKNOWN} ({figure.note})"
    ranged = share_range(figure.interval)
    inside = ", ".join(part for part in (ranged, str(figure.evidence)) if part)
    return f"{share(figure.value)} ({inside})"


def money_figure(figure: Figure) -> str:
    """Print money with its range and evidence."""
    if figure.value is None:
        return f"{UNKNOWN} ({figure.note})"
    ranged = money_range(figure.interval)
    inside = ", ".join(part for part in (ranged, str(figure.evidence)) if part)
    return f"{money(figure.value)} ({inside})"
