"""Turn what a policy's paths came to into the row that a result shows."""

from typing import NamedTuple

import numpy as np

from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.estimate.months import month_figure
from routeaudit.estimate.quality import quality_of
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Settled
from routeaudit.frames import Entry
from routeaudit.result import (
    Evidence,
    Figure,
    Interval,
    Latency,
    LatencyStats,
    PolicyResult,
    Saving,
    WaterfallStep,
)
from routeaudit.stats.bootstrap import cluster_ratio, times_faster

DAY_S, HOUR_S, DAYS_FOR_DAYS = 86_400.0, 3_600.0, 14


class Waterfall(NamedTuple):
    """The steps from gross to net, and the net; None where nothing is priced."""

    steps: tuple[WaterfallStep, ...]
    net: float | None


def assess(
    ground: Ground, entry: Entry, settled: Settled, settings: SimulationSettings
) -> PolicyResult:
    """Sum a policy up beside the baseline."""
    known = ~np.isnan(settled.cost)
    total = float(settled.cost[known].sum()) if known.any() else None
    per_call = total / int(known.sum()) if total is not None else None
    waterfall = _waterfall(ground, settled)
    return PolicyResult(
        policy=entry.policy,
        role=entry.role,
        params=entry.params,
        n=ground.n,
        calls=settled.calls,
        served=int(settled.served.sum()),
        escalated=int(settled.escalated.sum()),
        currency=ground.currency,
        cost_total=total,
        cost_per_call=per_call,
        cost_month=month_figure(ground, entry, settled.cost, settings),
        saving=_saving(ground, entry, settled, waterfall, settings.seed),
        latency_s=_latency(ground, entry, settled),
        quality=quality_of(ground, entry, settled, settings),
        waterfall=waterfall.steps,
        warnings=entry.warnings + _unknown(settled, known),
    )


def latency_stats(latency_s: Floats) -> LatencyStats:
    """Give numpy's linear percentiles of what is known."""
    known = latency_s[~np.isnan(latency_s)]
    if not len(known):
        return LatencyStats(n=0)
    p50, p95, p99 = np.percentile(known, [50, 95, 99]).tolist()
    return LatencyStats(n=len(known), mean=float(known.mean()), p50=p50, p95=p95, p99=p99)


def _latency(ground: Ground, entry: Entry, settled: Settled) -> Latency:
    arms = {arm for kind in entry.kinds for arm in kind.split(">")}
    evidence = max((ground.column(arm).latency_evidence for arm in arms), key=_doubt)
    return Latency(
        all=latency_stats(settled.latency_s),
        served=latency_stats(settled.latency_s[settled.served]),
        escalated=latency_stats(settled.latency_s[settled.escalated]),
        evidence=evidence,
        speedup_served=_speedup(ground, settled, evidence),
    )


def _doubt(evidence: Evidence) -> int:
    return list(Evidence).index(evidence)


def _speedup(ground: Ground, settled: Settled, evidence: Evidence) -> Figure | None:
    rows = settled.served
    found = times_faster(ground.baseline.latency_s[rows], settled.latency_s[rows])
    if found is None:
        return None
    return Figure(
        value=found.median,
        interval=Interval(low=found.interval.low, high=found.interval.high, method="median"),
        evidence=evidence,
        note="" if found.median > 1 else "the cheaper arm is not faster",
    )


def _waterfall(ground: Ground, settled: Settled) -> Waterfall:
    """From gross to net; what is left of the gross after the named parts is the answers."""
    both = _both(ground, settled)
    if not both.any():
        return Waterfall((), None)
    base = float(ground.baseline.cost[both].sum())
    net = base - float(settled.cost[both].sum())
    parts = {name: amount for name, amount in settled.parts_on(both).items() if amount}
    gross = net + sum(parts.values())
    steps = [WaterfallStep(name="gross", amount=gross)]
    steps += [WaterfallStep(name=name, amount=-amount) for name, amount in parts.items()]
    return Waterfall(tuple(steps), net)


def _saving(
    ground: Ground, entry: Entry, settled: Settled, waterfall: Waterfall, seed: int
) -> Saving:
    if waterfall.net is None:
        return Saving(vs=ground.baseline_name, gross=None, net=None, share=None)
    both = _both(ground, settled)
    base = ground.baseline.cost[both]
    total = float(base.sum())
    return Saving(
        vs=ground.baseline_name,
        gross=waterfall.steps[0].amount,
        net=waterfall.net,
        share=waterfall.net / total if total > 0 else None,
        interval=_share_interval(ground, both, settled, seed)
        if entry.role == "policy"
        else None,
    )


def _share_interval(
    ground: Ground, both: Bools, settled: Settled, seed: int
) -> Interval | None:
    """Resample what goes together: days or hours of a log, repeated prompts of a table."""
    base = ground.baseline.cost[both]
    groups, name = ground.clusters, "prompts"
    if ground.at_s is not None:
        at_s = np.nan_to_num(ground.at_s, nan=float(np.nanmin(ground.at_s)))
        unit = DAY_S if np.ptp(at_s) >= DAYS_FOR_DAYS * DAY_S else HOUR_S
        groups, name = ((at_s - at_s.min()) // unit).astype(np.int64), "days or hours"
    kept = None if groups is None else groups[both]
    found = cluster_ratio(base - settled.cost[both], base, kept, seed)
    if found is None or found.interval is None:
        return None
    low, high = found.interval
    return Interval(low=low, high=high, method=f"bootstrap over {name}")


def _both(ground: Ground, settled: Settled) -> Bools:
    return ~np.isnan(settled.cost) & ~np.isnan(ground.baseline.cost)


def _unknown(settled: Settled, known: Bools) -> tuple[str, ...]:
    lost = int((~known).sum())
    if not lost or lost == len(known):
        return ("no cost is known",) if lost else ()
    return (f"{lost:,} of {len(settled.cost):,} calls have no price: outside every total",)
