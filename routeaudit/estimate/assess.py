"""Turn what a policy's paths came to into the row that a result shows."""

from typing import NamedTuple

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.drafts import draft_cost
from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.estimate.months import month_figure
from routeaudit.estimate.picking import picked
from routeaudit.estimate.quality import quality_of
from routeaudit.estimate.savings import balance_of, saving_of, unpriced_arms
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Settled
from routeaudit.estimate.tried import off_policy_told
from routeaudit.result import (
    Evidence,
    Figure,
    Interval,
    Latency,
    LatencyStats,
    PolicyResult,
    Quality,
    Saving,
    Verdict,
    WaterfallStep,
)
from routeaudit.stats.bootstrap import times_faster
from routeaudit.stats.ranks import Ranked


def assess(
    ground: Ground, entry: Entry, settled: Settled, settings: SimulationSettings
) -> PolicyResult:
    """Sum a policy up beside the baseline."""
    unpriced = unpriced_arms(ground, entry)
    priced, against = _priced(ground, settled, unpriced)
    known = against if against.any() else priced
    money = _money(ground, entry, settled, (known, against), settings)
    quality = quality_of(ground, entry, settled, settings)
    return PolicyResult(
        policy=entry.policy,
        role=entry.role,
        params=entry.params,
        n=ground.n,
        calls=settled.calls,
        served=int(settled.served.sum()),
        escalated=int(settled.escalated.sum()),
        currency=ground.currency,
        cost_total=money.total,
        n_priced=int(known.sum()) if money.total is not None else None,
        cost_per_call=money.per_call,
        cost_month=money.month,
        per_call_with_draft=money.with_draft,
        per_call_without_draft=money.without_draft,
        saving=money.saving,
        latency_s=_latency(ground, entry, settled),
        quality=quality,
        waterfall=money.steps,
        warnings=entry.warnings
        + _unknown(ground, settled, known, unpriced)
        + _unscored(quality)
        + off_policy_told(ground, entry, settled),
    )


class _Money(NamedTuple):
    """What a policy costs and saves; None where no cost is known."""

    total: float | None
    per_call: float | None
    month: Figure | None
    with_draft: float | None
    without_draft: float | None
    saving: Saving
    steps: tuple[WaterfallStep, ...]


def _money(
    ground: Ground,
    entry: Entry,
    settled: Settled,
    rows: tuple[Bools, Bools],
    settings: SimulationSettings,
) -> _Money:
    """Sum up costs on the rows where they are known, and the saving where both sides are."""
    known, against = rows
    costs = picked(settled.cost, known)
    total = float(costs.sum()) if len(costs) else None
    both = _both_ways(ground, entry, settled, known, settings)
    after = costs if known is against else picked(settled.cost, against)
    balance = balance_of(ground, settled, against, after)
    return _Money(
        total=total,
        per_call=None if total is None else total / len(costs),
        month=month_figure(ground, entry, costs, known, settings),
        with_draft=both[0],
        without_draft=both[1],
        saving=saving_of(ground, entry, balance, settings),
        steps=balance.steps,
    )


def _both_ways(
    ground: Ground,
    entry: Entry,
    settled: Settled,
    known: Bools,
    settings: SimulationSettings,
) -> tuple[float | None, float | None]:
    """Price a call with the draft of an escalated one as context, and without."""
    if entry.role != "policy" or not settled.escalated.any() or not known.any():
        return None, None
    per_call = float(picked(settled.cost, known).mean())
    drafts = float(np.nan_to_num(picked(draft_cost(ground, entry), known)).mean())
    if settings.context == "none":
        return per_call + drafts, per_call
    return per_call, per_call - drafts


def _priced(ground: Ground, settled: Settled, unpriced: tuple[str, ...]) -> tuple[Bools, Bools]:
    """(n,) where a policy has a cost, and where the baseline has one too."""
    if unpriced:
        return (np.zeros(ground.n, bool),) * 2
    priced: Bools = ~np.isnan(settled.cost)
    return priced, priced & ~np.isnan(ground.baseline.cost)


def latency_stats(latency_s: Floats) -> LatencyStats:
    """Give numpy's linear percentiles of what is known."""
    ranked = Ranked(latency_s)
    if not ranked.n:
        return LatencyStats(n=0)
    known = latency_s if ranked.n == len(latency_s) else picked(latency_s, ~np.isnan(latency_s))
    p50, p95, p99 = (ranked.percentile(share) for share in (0.50, 0.95, 0.99))
    return LatencyStats(n=ranked.n, mean=float(known.mean()), p50=p50, p95=p95, p99=p99)


def _latency(ground: Ground, entry: Entry, settled: Settled) -> Latency:
    arms = {arm for kind in entry.kinds for arm in kind.split(">")}
    evidence = max((ground.column(arm).latency_evidence for arm in arms), key=_doubt)
    return Latency(
        all=latency_stats(settled.latency_s),
        served=latency_stats(picked(settled.latency_s, settled.served)),
        escalated=latency_stats(picked(settled.latency_s, settled.escalated)),
        evidence=evidence,
        speedup_served=_speedup(ground, settled, evidence) if entry.role == "policy" else None,
        slowdown_escalated=_slowdown(ground, settled, evidence)
        if entry.role == "policy"
        else None,
    )


def _doubt(evidence: Evidence) -> int:
    return list(Evidence).index(evidence)


def _speedup(ground: Ground, settled: Settled, evidence: Evidence) -> Figure | None:
    rows = settled.served
    found = times_faster(
        picked(ground.baseline.latency_s, rows), picked(settled.latency_s, rows)
    )
    if found is None:
        return None
    return Figure(
        value=found.median,
        interval=Interval(low=found.interval.low, high=found.interval.high, method="median"),
        evidence=evidence,
        note="" if found.median > 1 else "the cheaper arm is not faster",
    )


def _slowdown(ground: Ground, settled: Settled, evidence: Evidence) -> Figure | None:
    """How many times longer those wait who were asked a cheaper arm first, for nothing."""
    rows = settled.escalated
    found = times_faster(
        picked(settled.latency_s, rows), picked(ground.baseline.latency_s, rows)
    )
    if found is None:
        return None
    low, high = found.interval
    return Figure(
        value=found.median,
        interval=Interval(low=low, high=high, method="median"),
        evidence=evidence,
    )


def _unknown(
    ground: Ground, settled: Settled, known: Bools, unpriced: tuple[str, ...]
) -> tuple[str, ...]:
    if unpriced:
        named = " and ".join(f"{arm} ({ground.arms[arm].llm_id})" for arm in unpriced)
        lacks = "price" if ground.kind == "logs" else "cost"
        return (f"no {lacks} of {named} is known, so what it would cost is not known either",)
    lost = len(known) - int(np.count_nonzero(known))
    if not lost or lost == len(known):
        return ("no cost is known",) if lost else ()
    return (f"{lost:,} of {len(settled.cost):,} calls have no price: outside both totals",)


def _unscored(quality: Quality) -> tuple[str, ...]:
    """Warn of what a measured failure rate does not speak of."""
    return (
        (quality.note,) if quality.note and quality.verdict is not Verdict.NOT_MEASURED else ()
    )
