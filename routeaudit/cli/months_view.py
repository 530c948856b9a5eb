"""A simulation's months on the terminal: which calls they are of, and how wide their range is."""

from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import count, money, money_range
from routeaudit.cli.tables import Head, show
from routeaudit.result import AuditResult, Interval, Simulation

MONTHS = 12


def show_months(talk: Talk, result: AuditResult, simulation: Simulation) -> None:
    """Print what a month and a year would cost, before and after; nothing where no month is known."""
    from routeaudit.report.simulated import currency_of
    from routeaudit.report.verdict import baseline

    today = baseline(simulation)
    now = None if today is None else today.cost_month
    currency = currency_of(simulation)
    before = money(None) if now is None else money(now.value, currency, now.interval)
    rows = [
        (row.policy, before, money(month.value, currency, month.interval),
         money_range(month.interval, currency), money(MONTHS * month.value, currency, year),
         money_range(year, currency))
        for row in simulation.policies
        if row.role == "policy" and (month := row.cost_month) and month.value is not None
        for year in [_year(month.interval)]
    ]  # fmt: skip
    heads = [
        Head("policy", is_figure=False), Head("month now"), Head("estimated month"),
        Head("range"), Head("estimated year"), Head("range"),
    ]  # fmt: skip
    if not rows:
        return
    volume = simulation.calls_per_month
    at = "" if volume is None else f" at {count(volume)} calls a month"
    show(talk, f"Projected{at}", heads, rows)
    if (told := covered(result)) and not talk.plain:
        talk.data(f"{told}\n")


def covered(result: AuditResult) -> str:
    """Say which calls the months leave out that the scan's month has; empty where none."""
    simulation, audit = result.simulation, result.audit
    if simulation is None or audit is None or audit.calls <= simulation.n:
        return ""
    return (
        f"Of the {count(simulation.n)} calls that a router could touch; the scan's month is of "
        f"all {count(audit.calls)}, those that failed or give no text among them."
    )


def _year(month: Interval | None) -> Interval | None:
    if month is None:
        return None
    return Interval(low=MONTHS * month.low, high=MONTHS * month.high)
