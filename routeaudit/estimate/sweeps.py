"""A policy at every threshold: cost, failures, times, the front, and what can be guaranteed."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from routeaudit.comparison import Asked, Entry
from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.estimate.grouped import threshold_intervals
from routeaudit.estimate.metrics import metrics_of
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Ledger, Settled, settle
from routeaudit.estimate.tiers_grid import tiers_grid
from routeaudit.frames import NOVEL
from routeaudit.result import Sweep, SweepPoint
from routeaudit.stats.sampling import hash_uniform
from routeaudit.stats.sweep import (
    Grid,
    grid,
    latency_quantiles,
    pareto_front,
    share_thresholds,
    upper_hull,
)
from routeaudit.stats.thresholds import (
    Guarantee,
    fixed_sequence,
    fixed_sequence_graded,
    is_monotone,
    multi_start,
    one_per_cluster,
    served_levels,
)

_BEYOND = 0.01
SECOND_WALK = "found from four starts, after the plain walk could not start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides of a cut on every request: kept by the cheaper arm, or passed on."""

    scores: Floats
    kept: Settled
    passed: Settled
    arm: str


def sweeps_of(
    ledger: Ledger, entry: Entry, settings: SimulationSettings, asked: Asked
) -> tuple[Sweep, ...]:
    """Try every threshold of a policy's last cut, and pairs where it has two."""
    ground, sides = ledger.ground, _sides(ledger, entry)
    if sides is None:
        return ()
    found = [_sweep(ground, entry, settings, asked, sides)]
    if "micro_cut" in entry.params:
        pairs = tiers_grid(ground, entry, sides.scores, asked)
        found += [pairs] if pairs is not None else []
    return tuple(found)


def _sweep(
    ground: Ground, entry: Entry, settings: SimulationSettings, asked: Asked, sides: Sides
) -> Sweep:
    sign = asked.sign(entry.score)
    rows = grid(sides.scores, _thresholds(sides.scores, entry, settings))
    guarantee = _guaranteed(ground, entry, sides, settings)
    return Sweep(
        policy=entry.policy,
        param=entry.param,
        chosen=None if entry.cut is None or not np.isfinite(entry.cut) else sign * entry.cut,
        points=_points(ground, sides, rows, sign, settings.seed),
        guaranteed=_turned(guarantee, sign),
        guarantee_note=_note(guarantee, settings),
        metrics=metrics_of(ground, sides.scores, sides.arm, entry, settings),
    )


def _sides(ledger: Ledger, entry: Entry) -> Sides | None:
    ground = ledger.ground
    if entry.score is None or entry.cut is None:
        return None
    arm = str(entry.params.get("arm") or "mid")
    escalating = entry.score == "confidence"
    scores = _scores(ground, entry, arm)
    if np.isnan(scores).all():
        return None
    micro = entry.params.get("micro_cut")
    kept = pl.Series("path", [arm], dtype=pl.String).new_from_index(0, ground.n)
    if isinstance(micro, (int, float)) and "micro" in ground.arms:
        # Sweeping the lower cut leaves what is above the upper one with the micro arm.
        kept = _where(scores >= float(micro), "micro", arm)
    last = f"{arm}>full" if escalating else "full"
    passed = pl.Series("path", [last], dtype=pl.String).new_from_index(0, ground.n)
    still = ledger.still()
    return Sides(
        scores=scores,
        kept=settle(still, replace(entry, paths=kept)),
        passed=settle(still, replace(entry, paths=passed)),
        arm=arm,
    )


def _where(mask: Bools, yes: str, no: str) -> pl.Series:
    names = pl.Series("path", [no, yes], dtype=pl.String)
    return names.gather(pl.Series(mask.astype(np.uint32)))


def _scores(ground: Ground, entry: Entry, arm: str) -> Floats:
    visible, name = ground.visible, entry.score or ""
    column = f"{name}_{arm}" if f"{name}_{arm}" in visible.columns else name
    if column not in visible.columns:
        return np.full(ground.n, np.nan)
    scores: Floats = visible[column].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
    if entry.reads_classifier and "novelty" in visible.columns:
        scores[visible["novelty"].fill_null(0.0).to_numpy() >= NOVEL] = np.nan
    if entry.reads_classifier and "classifier_error" in visible.columns:
        scores[visible["classifier_error"].fill_null(value=False).to_numpy()] = np.nan
    return scores


def _thresholds(scores: Floats, entry: Entry, settings: SimulationSettings) -> Floats:
    """Thresholds at even shares, the chosen one, and one that keeps nothing."""
    known = scores[~np.isnan(scores)]
    shares = np.linspace(0, 1, settings.curve_points)[1:]
    levels = share_thresholds(known, shares)
    highest = float(known.max())
    # Not infinity: JSON has none.
    nothing = highest + _BEYOND * max(float(np.ptp(known)), abs(highest), 1e-9)
    chosen = [] if entry.cut is None or not np.isfinite(entry.cut) else [entry.cut]
    return np.concatenate([levels, [nothing], chosen])


def _points(
    ground: Ground, sides: Sides, rows: Grid, sign: float, seed: int
) -> tuple[SweepPoint, ...]:
    kept, passed, n = sides.kept, sides.passed, ground.n
    priced = ~np.isnan(kept.cost) & ~np.isnan(passed.cost)
    cost = _mean(rows, kept.cost, passed.cost, priced)
    scored = ~np.isnan(kept.score) & ~np.isnan(passed.score)
    score = _mean(rows, kept.score, passed.score, scored)
    failures = 1 - ground.acceptability(kept.score)
    lost = rows.totals(np.nan_to_num(failures), 0.0)
    judged = rows.totals((~np.isnan(failures)).astype(float), 0.0)
    times = latency_quantiles(rows, kept.latency_s, passed.latency_s).everyone
    quality = score if scored.any() else -_assumed_loss(rows, failures, n)
    front = set(pareto_front(cost, quality).tolist()) if priced.any() else set()
    hull = set(upper_hull(cost, quality).tolist()) if priced.any() else set()
    measured = ground.arms[sides.arm].score_low is None
    ranges = threshold_intervals(rows, failures, ground.clusters, seed) if measured else []
    served = rows.kept / max(n, 1)
    return tuple(
        SweepPoint(
            threshold=sign * float(threshold),
            served_share=float(served[k]),
            cost_per_call=_known(cost[k]),
            failure_rate=float(lost[k] / judged[k]) if judged[k] else None,
            interval=ranges[k] if measured else None,
            score_mean=_known(score[k]),
            latency_p50_s=_known(times[k, 0]),
            latency_p95_s=_known(times[k, 1]),
            on_front=k in front,
            on_hull=k in hull,
        )
        for k, threshold in enumerate(rows.thresholds.tolist())
    )


def _mean(rows: Grid, kept: Floats, passed: Floats, known: Bools) -> Floats:
    """(K,) means over the rows on which both sides are known: like with like."""
    if not known.any():
        return np.full(len(rows.thresholds), np.nan)
    totals = rows.totals(np.where(known, kept, 0.0), np.where(known, passed, 0.0))
    means: Floats = totals / int(known.sum())
    return means


def _assumed_loss(rows: Grid, failures: Floats, n: int) -> Floats:
    loss: Floats = rows.totals(np.nan_to_num(failures), 0.0) / max(n, 1)
    return loss


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def guarantee_of(
    ground: Ground, entry: Entry, settings: SimulationSettings
) -> Guarantee | None:
    """Find a policy's guaranteed threshold; None where no guarantee covers it."""
    sides = _sides(Ledger(ground), entry)
    return None if sides is None else _guaranteed(ground, entry, sides, settings)


def _guaranteed(
    ground: Ground, entry: Entry, sides: Sides, settings: SimulationSettings
) -> Guarantee | None:
    """Walk from strict to lax on the scored rows; one row of each cluster only."""
    limit = settings.target()
    failures = 1 - ground.acceptability(ground.arms[sides.arm].score)
    rows = ~np.isnan(failures) & ~np.isnan(sides.scores)
    if limit is None or "micro_cut" in entry.params:
        return None
    if ground.arms[sides.arm].score_low is not None or not rows.any():
        return None
    if ground.clusters is not None:
        die = hash_uniform(ground.ids.to_list(), settings.seed)
        rows &= one_per_cluster(ground.clusters, die)
    levels = served_levels(sides.scores)
    losses = np.clip(failures[rows], 0.0, 1.0)
    if ((losses == 0) | (losses == 1)).all():
        return _walked(levels, sides.scores[rows], losses > 0, limit)
    return fixed_sequence_graded(levels, sides.scores[rows], losses, limit)


def _walked(levels: Floats, scores: Floats, failed: Bools, limit: float) -> Guarantee:
    """Walk once; where the surest answers fail most, so that it can't start, from four starts.

    Trying twice spends the doubt twice, so the second answer is 90 % sure, and says so.
    """
    found = fixed_sequence(levels, scores, failed, limit)
    if found.threshold is not None or is_monotone(found):
        return found
    again = multi_start(levels, scores, failed, limit)
    return found if again.threshold is None else replace(again, reason=SECOND_WALK)


def _turned(guarantee: Guarantee | None, sign: float) -> float | None:
    if guarantee is None or guarantee.threshold is None:
        return None
    return sign * guarantee.threshold


def _note(guarantee: Guarantee | None, settings: SimulationSettings) -> str:
    limit = settings.target()
    if limit is None:
        return ""
    if guarantee is None:
        return "nothing can be guaranteed: no scored answers, or several cheaper arms"
    odd = "" if is_monotone(guarantee) else "; confidence is not monotone: recalibrate it"
    if guarantee.threshold is None:
        return guarantee.reason + odd
    sure = "90 %" if guarantee.reason == SECOND_WALK else "95 %"
    return (
        f"failures of served answers stay within {limit:.1%} with {sure} confidence, if the"
        f" traffic is like these rows{odd}"
    )
