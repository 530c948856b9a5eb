"""GPUs of one's own: what they cost, and from how many calls a month they pay."""

from routeaudit.report import numbers
from routeaudit.report.tables import Column, Table
from routeaudit.result import Interval, Simulation


def queues(simulation: Simulation) -> Table:
    """Tabulate self-hosted arms: replicas, cost and break-even volume."""
    columns = (
        Column("arm", "Arm"),
        Column("target_s", "Target", "seconds"),
        Column("quantile", "Quantile", "share"),
        Column("replicas", "Replicas", "count"),
        Column("floor_s", "Floor", "seconds"),
        Column("month_usd", "Month", "money"),
        Column("breakeven_calls_per_month", "Break-even calls / month", "estimate"),
        Column("note", "Note", "prose"),
    )
    rows = tuple(tuple(getattr(q, c.name) for c in columns) for q in simulation.queues)
    return Table("queues", "Own GPUs", columns, rows)


def own_gpu(simulation: Simulation) -> Table:
    """Tabulate from what volume on one GPU of one's own would pay; no queue, nothing sized."""
    columns = (
        Column("gpu_usd_per_hour", "GPU an hour", "price"),
        Column("month_usd", "A month", "money"),
        Column("gain_usd_per_call", "Gain of a call", "money"),
        Column(
            "breakeven_calls_per_month",
            "Break-even calls / month",
            "estimate",
            "breakeven_low",
            "breakeven_high",
        ),
        Column("breakeven_low", "From", "estimate", "breakeven_low", "breakeven_high"),
        Column("breakeven_high", "To", "estimate", "breakeven_low", "breakeven_high"),
    )
    found = simulation.own_gpu
    span = breakeven_range(simulation)
    ends = (None, None) if span is None else (span.low, span.high)
    rows = () if found is None else ((*(getattr(found, c.name) for c in columns[:4]), *ends),)
    return Table("own_gpu", "One GPU of one's own: arithmetic", columns, rows)


def own_gpu_sentence(simulation: Simulation) -> str:
    """Say what the break-even of a GPU is worth where no arm ran on one; empty otherwise."""
    found = simulation.own_gpu
    if found is None:
        return ""
    price = f"at {numbers.exact_money(found.gpu_usd_per_hour)} an hour, assumed"
    if found.breakeven_calls_per_month is None:
        return f"A GPU of one's own ({price}) would never pay with these calls."
    span = breakeven_range(simulation)
    pays = numbers.about(found.breakeven_calls_per_month, span)
    ends = f" ({numbers.about_range(span)} over the range of the saving)" if span else ""
    return (
        f"It would pay from about {pays} calls a month{ends}. Arithmetic for one GPU ({price}) that serves every call the policy sends to cheaper "
        "models; no queue was replayed. [arms.mid] self_hosted = true replays one."
    )


def breakeven_range(simulation: Simulation) -> Interval | None:
    """Give the break-even of one GPU at both ends of the saving's range, low to high.

    The gain of a call moves as far as the net saving does. None without a range, or where at its
    low end no volume would pay.
    """
    found = simulation.own_gpu
    row = next((row for row in simulation.policies if row.role == "policy"), None)
    if found is None or found.breakeven_calls_per_month is None or row is None:
        return None
    share, span, total = row.saving.share, row.saving.interval, row.saving.baseline_total
    rows = row.n_priced or row.n
    if share is None or span is None or not total or not rows:
        return None
    low, high = (
        found.gain_usd_per_call + (end - share) * total / rows for end in (span.low, span.high)
    )
    if low <= 0:
        return None
    return Interval(low=found.month_usd / high, high=found.month_usd / low)
