"""The tables of the simulation: policies, thresholds, latency, money."""

from collections.abc import Sequence

from routeaudit.report import numbers
from routeaudit.report.tables import Cell, Column, Table
from routeaudit.report.verdict import CHANCE, at_a_glance, headline
from routeaudit.result import ArmUsed, Interval, PolicyResult, Simulation

BLIND = (*CHANCE, "best-single")
POLICY_COLUMNS = (
    Column("policy", "Policy"),
    Column("role", "Row"),
    Column("beside", "Beside"),
    Column("served_share", "To cheaper", "share"),
    Column("escalated_share", "Escalated", "share"),
    Column("cost_per_call", "Per call", "money"),
    Column("cost_month", "Month", "money", "month_low", "month_high"),
    Column("month_low", "From", "money", "month_low", "month_high"),
    Column("month_high", "To", "money", "month_low", "month_high"),
    Column("saving_share", "Net saving", "share", "saving_low", "saving_high"),
    Column("saving_low", "From", "share", "saving_low", "saving_high"),
    Column("saving_high", "To", "share", "saving_low", "saving_high"),
    Column("failure_rate", "Failure", "share", "failure_low", "failure_high"),
    Column("failure_low", "Failure, low", "share", "failure_low", "failure_high"),
    Column("failure_high", "Failure, high", "share", "failure_low", "failure_high"),
    Column("failure_upper", "At most", "share"),
    Column("score_mean", "Score", "number"),
    Column("evidence", "Evidence"),
    Column("verdict", "Verdict"),
    Column("latency_p50_s", "p50", "seconds"),
    Column("latency_p95_s", "p95", "seconds"),
)


STEPS = {
    "gross": "gross saving",
    "classifier": "classifier",
    "escalation": "escalations paid twice",
    "cache": "prompt cache lost",
    "own GPUs": "own GPUs",
}
"""The steps of the waterfall as people read them."""


def glance(simulation: Simulation) -> Table:
    """Tabulate the policies and the honesty rows of the first of them."""
    rows = tuple(_policy_row(policy) for policy in at_a_glance(simulation))
    title = "Policies and honesty rows"
    return Table("glance", title, POLICY_COLUMNS, rows, currency_of(simulation))


def policies(simulation: Simulation) -> Table:
    """Tabulate every policy and, beside it, its honesty rows."""
    rows = tuple(_policy_row(policy) for policy in simulation.policies)
    title = "Every policy and its honesty rows"
    return Table("policies", title, POLICY_COLUMNS, rows, currency_of(simulation))


def _policy_row(policy: PolicyResult) -> tuple[Cell, ...]:
    quality, latency = policy.quality, policy.latency_s.all
    return (
        policy.policy,
        policy.role,
        _beside(policy),
        _part(policy.served, policy.n),
        _part(policy.escalated, policy.n),
        policy.cost_per_call,
        None if policy.cost_month is None else policy.cost_month.value,
        *ends(None if policy.cost_month is None else policy.cost_month.interval),
        policy.saving.share,
        *ends(policy.saving.interval),
        quality.failure_rate,
        *ends(quality.interval),
        quality.upper,
        quality.score_mean,
        quality.evidence.value,
        quality.verdict.value,
        latency.p50,
        latency.p95,
    )


def _beside(policy: PolicyResult) -> str | None:
    found = policy.params.get("beside")
    return None if found is None else str(found)


def ends(span: Interval | None) -> tuple[float | None, float | None]:
    """Give both ends of an interval; None twice without one."""
    return (None, None) if span is None else (span.low, span.high)


def _part(some: int, total: int) -> float | None:
    return some / total if total else None


def waterfall(policy: PolicyResult) -> Table:
    """Tabulate the steps from gross to net saving, of the log and of a month.

    The steps add up to the net.
    """
    columns = (
        Column("step", "Step"),
        Column("amount_month", "A month", "money"),
        Column("amount", "The whole log", "money"),
    )
    scale = month_scale(policy)
    named = [(STEPS.get(step.name, step.name), step.amount) for step in policy.waterfall]
    amounts = [*named, ("net saving", policy.saving.net)] if named else []
    rows = tuple(
        (name, None if scale is None or amount is None else scale * amount, amount)
        for name, amount in amounts
    )
    return Table("waterfall", waterfall_title(policy), columns, rows, policy.currency)


def waterfall_title(policy: PolicyResult) -> str:
    """Name the waterfall with the period that its money is of."""
    period = "the whole log" if month_scale(policy) is None else "a month"
    return f"From gross to net saving, {period}"


def month_scale(policy: PolicyResult) -> float | None:
    """Give what turns a sum over the log into that of a month; None where no month is known."""
    month, total = policy.cost_month, policy.cost_total
    if month is None or month.value is None or not total:
        return None
    return month.value / total


def latency(simulation: Simulation) -> Table:
    """Tabulate latency of each policy: all requests, served ones, escalated ones."""
    columns = (
        Column("policy", "Policy"),
        Column("rows", "Of"),
        Column("n", "Requests", "count"),
        Column("p50_s", "p50", "seconds"),
        Column("p95_s", "p95", "seconds"),
        Column("p99_s", "p99", "seconds"),
        Column("evidence", "Evidence"),
    )
    rows = tuple(
        (p.policy, kind, stats.n, stats.p50, stats.p95, stats.p99, p.latency_s.evidence.value)
        for p in simulation.policies
        for kind, stats in (
            ("all", p.latency_s.all),
            ("served", p.latency_s.served),
            ("escalated", p.latency_s.escalated),
        )
        if stats.n
    )
    return Table("latency", "Latency now and then", columns, rows)


def sensitivity(simulation: Simulation) -> Table:
    """Tabulate the net saving at both ends of each assumption, widest first."""
    columns = (
        Column("factor", "Assumption"),
        Column("low", "Low"),
        Column("high", "High"),
        Column("net_low", "Net at low", "money"),
        Column("net_high", "Net at high", "money"),
        Column("net_base", "Net as assumed", "money"),
    )
    by_swing = sorted(
        simulation.sensitivity,
        key=lambda row: -abs((row.net_high or 0) - (row.net_low or 0)),
    )
    rows = tuple(
        (r.factor, r.low_label, r.high_label, r.net_low, r.net_high, r.net_base)
        for r in by_swing
    )
    return Table(
        "sensitivity", tornado_title(simulation), columns, rows, currency_of(simulation)
    )


def tornado_title(simulation: Simulation) -> str:
    """Name the tornado with the period that its money is of."""
    period = "of the log" if simulation.calls_per_month is None else "of a month"
    return f"What the saving {period} hangs on"


def opportunities(simulation: Simulation) -> Table:
    """Tabulate what would save besides routing."""
    columns = (
        Column("name", "What"),
        Column("calls", "Calls", "count"),
        Column("amount", "Amount", "money"),
        Column("note", "Note", "prose"),
    )
    rows = tuple((o.name, o.calls, o.amount, o.note) for o in simulation.opportunities)
    return Table(
        "opportunities", "What else would save", columns, rows, currency_of(simulation)
    )


def at_share(simulation: Simulation) -> Table:
    """Tabulate flat prices at exactly the shares that were asked."""
    columns = (
        Column("policy", "Policy"),
        Column("shares", "Shares, cheapest first"),
        Column("cost_per_call", "Per call", "money"),
        Column("baseline_per_call", "Baseline per call", "money"),
        Column("reduction", "Reduction", "exact"),
        Column("calls_per_month", "Calls a month", "count"),
        Column("month_before", "Month before", "money"),
        Column("month_after", "Month after", "money"),
        Column("break_even_llm_share", "Breaks even at full share", "exact"),
    )
    rows = tuple(
        (
            a.policy, " / ".join(numbers.exact_share(s) for s in a.shares), a.cost_per_call,
            a.baseline_per_call, a.reduction, a.calls_per_month, a.month_before, a.month_after,
            a.break_even_llm_share,
        )
        for a in simulation.at_share
    )  # fmt: skip
    return Table(
        "at_share", "At exactly these shares: arithmetic, not traffic", columns, rows,
        currency_of(simulation),
    )  # fmt: skip


def arms(simulation: Simulation) -> Table:
    """Tabulate the arms: which LLM each is, at which price and on which evidence."""
    columns = (
        Column("arm", "Arm"),
        Column("llm_id", "LLM"),
        Column("input_usd_per_mtok", "In / M tokens", "price"),
        Column("output_usd_per_mtok", "Out / M tokens", "price"),
        Column("price_source", "Price from", "prose"),
        Column("latency_evidence", "Latency"),
        Column("quality_evidence", "Quality"),
        Column("note", "Note", "prose"),
    )
    rows = tuple(_arm_row(arm, simulation.arms) for arm in simulation.arms)
    return Table("arms", "Arms", columns, rows)


def _arm_row(arm: ArmUsed, arms: Sequence[ArmUsed]) -> tuple[Cell, ...]:
    paid = arm.price
    prices: tuple[Cell, ...] = (None, None, None)
    if paid is not None:
        prices = (paid.input_usd_per_mtok, paid.output_usd_per_mtok, price_source(arm, arms))
    evidence = (arm.latency_evidence.value, arm.quality_evidence.value)
    return (arm.arm, arm.llm_id, *prices, *evidence, arm.note)


def price_source(arm: ArmUsed, arms: Sequence[ArmUsed]) -> str:
    """Say where the price of an arm is from; empty without one. It may be that of another arm."""
    if arm.price is None:
        return ""
    lenders = [other.arm for other in arms if other.llm_id == arm.price.llm_id]
    if lenders and arm.arm not in lenders:
        return f"borrowed: that of {lenders[0]}"
    return f"{arm.price.status}: {arm.price.source}"


def cheaper_rows_told(simulation: Simulation) -> str:
    """Say why rows that know nothing of the work can cost less than the policy; empty where none does."""
    policy = headline(simulation)
    if policy is None or policy.cost_per_call is None:
        return ""
    names = [
        row.policy
        for row in simulation.policies
        if row.policy in BLIND
        and row.params.get("beside") in (None, policy.policy)
        and row.cost_per_call is not None
        and row.cost_per_call < policy.cost_per_call
    ]
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    why = (
        "they do not look at the work, so they send long, hard requests to a cheaper model too, "
        "and those cost most"
    )
    if all(arm.price is not None and arm.price.status == "flat" for arm in simulation.arms):
        why = "they send as many requests to a cheaper model or more, and pay no classifier"
    return (
        f"Why {listed} can cost less than {policy.policy}: {why}. Read their saving beside their "
        "failures."
    )


def currency_of(simulation: Simulation) -> str:
    """Give the currency of a simulation's money."""
    return simulation.policies[0].currency if simulation.policies else "USD"
