"""How often the answers of cheaper arms would not do, with the evidence that there is."""

import msgspec
import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.carried import carried_of
from routeaudit.estimate.evidence import WORST_SHARE, evidence_of, gap_of
from routeaudit.estimate.ground import Ground
from routeaudit.estimate.grouped import failure_rate
from routeaudit.estimate.picking import picked
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Settled
from routeaudit.result import Evidence, Figure, Interval, Quality, Verdict
from routeaudit.stats.bootstrap import cluster_ratio
from routeaudit.stats.paired import accuracy_change


def quality_of(
    ground: Ground, entry: Entry, settled: Settled, settings: SimulationSettings
) -> Quality:
    """Judge a policy's answers; assumed scores give a range and never a verdict."""
    evidence = evidence_of(ground, entry, settled)
    scored = ~np.isnan(settled.score)
    if evidence in {Evidence.ASSUMED, Evidence.NONE}:
        return _assumed(ground, settled, settings, evidence)
    mean = float(settled.score[scored].mean()) if scored.any() else None
    rows = scored & settled.served
    failures = 1 - ground.acceptability(settled.score[rows])
    clusters = None if ground.clusters is None else ground.clusters[rows]
    rate = failure_rate(failures, clusters, settings.seed)
    gap = gap_of(ground, settled)
    lost, gained = _lost_and_gained(ground, settled)
    carried = carried_of(ground, entry, settled, evidence)
    unserved = Quality(
        evidence=evidence,
        n_scored=int(scored.sum()),
        served_scored=int(rows.sum()),
        score_mean=mean,
        rate_all=None if carried is None else carried.rate,
        failing_calls=None if carried is None else carried.calls,
        lost=lost,
        gained=gained,
        added_error=_added_error(ground, settled, settings),
        limit=settings.limit,
        note="no answer of a cheaper arm is scored",
    )
    if rate is None:
        return unserved
    judged = rate.judge(settings.limit)
    unsure = gap.blind >= WORST_SHARE or bool(rate.told)
    passed = Verdict(judged.verdict.value)
    return msgspec.structs.replace(
        unserved,
        failure_rate=rate.value,
        interval=rate.shown,
        upper=judged.upper,
        lower=judged.lower,
        verdict=Verdict.INCONCLUSIVE if unsure and passed is Verdict.PASS else passed,
        more_needed=judged.more_needed,
        note="; ".join(filter(None, (gap.told, rate.told))),
    )


def _lost_and_gained(ground: Ground, settled: Settled) -> tuple[int, int]:
    full = ground.baseline.score
    rows = settled.served & ~np.isnan(settled.score) & ~np.isnan(full)
    lost = int((settled.score[rows] < full[rows]).sum())
    return lost, int((settled.score[rows] > full[rows]).sum())


def _added_error(
    ground: Ground, settled: Settled, settings: SimulationSettings
) -> Figure | None:
    """Compare with the full arm on the same rows; only served ones can differ."""
    full = ground.acceptability(ground.baseline.score)
    mine = ground.acceptability(settled.score)
    known = ~np.isnan(mine) & ~np.isnan(full)
    n = int(known.sum())
    rows = known & settled.served
    if n == 0:
        return None
    note = f"paired, {n:,} rows"
    if not rows.any():
        return Figure(value=0.0, note="the full arm answers everything")
    if ground.clusters is not None:
        gap = np.where(settled.served, full - mine, 0.0)[known]
        ratio = cluster_ratio(gap, 1.0, ground.clusters[known], settings.seed)
        found, value = (None, 0.0) if ratio is None else (ratio.interval, ratio.value)
        ends = found and Interval(low=found.low, high=found.high, method="cluster bootstrap")
        return Figure(value=value, interval=ends, note=note)
    change = accuracy_change(mine[rows], full[rows], n)
    if change is None:
        return None
    ends = change.interval and Interval(
        low=-change.interval.high, high=-change.interval.low, method=f"paired {change.method}"
    )
    return Figure(value=0.0 - change.value, interval=ends, note=note)


def _assumed(
    ground: Ground, settled: Settled, settings: SimulationSettings, evidence: Evidence
) -> Quality:
    rows = settled.served & ~np.isnan(settled.score)
    rate, interval, added = None, None, None
    if rows.any():
        rate = float(1 - picked(settled.score, rows).mean())
        interval = Interval(
            low=float(1 - picked(settled.score_high(), rows).mean()),
            high=float(1 - picked(settled.score_low(), rows).mean()),
            level=None,
            method="published priors, low to high",
        )
        n, served = ground.n, int(rows.sum())
        added = Figure(
            value=rate * served / n,
            interval=Interval(
                low=interval.low * served / n, high=interval.high * served / n, level=None,
                method=interval.method,
            ),
            evidence=evidence,
        )  # fmt: skip
    return Quality(
        evidence=evidence,
        n_scored=0,
        failure_rate=rate,
        interval=interval,
        added_error=added,
        verdict=Verdict.NOT_MEASURED,
        limit=settings.limit,
        note="assumed from published scores of these models; nothing was measured here",
    )
