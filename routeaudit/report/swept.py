"""The tables of the thresholds: each policy over its cut, and the field's router metrics."""

from routeaudit.report.simulated import currency_of, ends
from routeaudit.report.tables import Cell, Column, Table
from routeaudit.result import Simulation, Sweep, SweepPoint


def sweep(found: Sweep, simulation: Simulation) -> Table:
    """Tabulate a policy over its thresholds; the month is calls a month times cost per call."""
    columns = (
        Column(
            "threshold", found.param.replace("_", " ").capitalize() or "Threshold", "threshold"
        ),
        Column("served_share", "To cheaper", "share"),
        Column("cost_per_call", "Per call", "money"),
        Column("cost_month", "Month", "money"),
        Column("failure_rate", "Failure", "share", "failure_low", "failure_high"),
        Column("failure_low", "Failure, low", "share", "failure_low", "failure_high"),
        Column("failure_high", "Failure, high", "share", "failure_low", "failure_high"),
        Column("score_mean", "Score", "number"),
        Column("latency_p50_s", "p50", "seconds"),
        Column("latency_p95_s", "p95", "seconds"),
        Column("on_front", "On the front", "flag"),
    )
    rows = tuple(_sweep_row(point, simulation.calls_per_month) for point in found.points)
    title = f"Thresholds of {found.policy}"
    return Table(f"sweep_{found.policy}", title, columns, rows, currency_of(simulation))


def _sweep_row(p: SweepPoint, calls_per_month: float | None) -> tuple[Cell, ...]:
    unknown = p.cost_per_call is None or calls_per_month is None
    month = None if unknown else (p.cost_per_call or 0.0) * (calls_per_month or 0.0)
    return (
        p.threshold, p.served_share, p.cost_per_call, month, p.failure_rate, *ends(p.interval),
        p.score_mean, p.latency_p50_s, p.latency_p95_s, p.on_front,
    )  # fmt: skip


def metrics(simulation: Simulation) -> Table:
    """Tabulate the field's router metrics, and the thresholds that can be guaranteed."""
    columns = (
        Column("policy", "Policy"),
        Column("metric", "Metric"),
        Column("value", "Value", "number"),
        Column("low", "Low", "number"),
        Column("high", "High", "number"),
        Column("note", "Note", "prose"),
    )
    rows: list[tuple[Cell, ...]] = []
    for found in simulation.sweeps:
        rows += [
            (found.policy, one.name, one.value, *ends(one.interval), one.reason)
            for one in found.metrics
        ]
        # A grid of pairs only lists them: nothing is proven of it.
        is_grid = any(point.upper_threshold is not None for point in found.points)
        if found.guarantee_note and not is_grid:
            told = (found.guaranteed, None, None, found.guarantee_note)
            rows.append((found.policy, "guaranteed threshold", *told))
    return Table("router_metrics", "Router metrics", columns, tuple(rows))
