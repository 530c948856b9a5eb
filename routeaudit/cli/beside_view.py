"""What stands beside the policies on the terminal: own GPUs, other savings, and what if."""

from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import UNKNOWN, about, bare_seconds, count, money
from routeaudit.cli.tables import Head, show
from routeaudit.result import Simulation


def show_beside(talk: Talk, simulation: Simulation) -> None:
    """Print the queue of own GPUs, savings that need no router, and the tornado."""
    from routeaudit.report.simulated import currency_of

    currency = currency_of(simulation)
    _queues(talk, simulation)
    _opportunities(talk, simulation, currency)
    _sensitivity(talk, simulation, currency)


def _queues(talk: Talk, simulation: Simulation) -> None:
    rows = [
        (
            row.arm, f"p{100 * row.quantile:g} <= {row.target_s:g} s",
            UNKNOWN if row.replicas is None else count(row.replicas),
            bare_seconds(row.floor_s), money(row.month_usd),
            "never" if row.breakeven_calls_per_month is None
            else about(row.breakeven_calls_per_month), row.note,
        )
        for row in simulation.queues
    ]  # fmt: skip
    heads = [
        Head("arm", is_figure=False), Head("target", is_figure=False), Head("replicas"),
        Head("service alone"), Head("month"), Head("pays from, calls a month"),
        Head("", is_figure=False),
    ]  # fmt: skip
    if rows:
        show(talk, "Own GPUs, on the log's own arrivals in their order", heads, rows)


def _opportunities(talk: Talk, simulation: Simulation, currency: str) -> None:
    rows = [
        (one.name, count(one.calls), money(one.amount, currency), one.note)
        for one in simulation.opportunities
    ]
    heads = [
        Head("what", is_figure=False), Head("calls"), Head("up to"), Head("", is_figure=False),
    ]  # fmt: skip
    if rows:
        title = "What else would save, without a router (they overlap: do not add them up)"
        show(talk, title, heads, rows)


def _sensitivity(talk: Talk, simulation: Simulation, currency: str) -> None:
    rows = [
        (row.factor, f"{row.low_label} / {row.high_label}",
         f"{money(row.net_low, currency)} / {money(row.net_high, currency)}")
        for row in simulation.sensitivity
    ]  # fmt: skip
    heads = [
        Head("assumption", is_figure=False), Head("if", is_figure=False),
        Head("net saving"),
    ]  # fmt: skip
    if rows:
        first = next(row for row in simulation.policies if row.role == "policy")
        base = money(simulation.sensitivity[0].net_base, currency)
        when = "a month" if simulation.calls_per_month else "on these requests"
        title = f"What moves the net saving of {first.policy}, {base} {when}"
        show(talk, title, heads, rows)
