"""A policy at every threshold: cost, failures, times, the front, and what can be guaranteed."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from routeaudit.comparison import Asked, Entry
from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.estimate.grouped import threshold_intervals
from routeaudit.estimate.guarantees import promise_of
from routeaudit.estimate.metrics import metrics_of
from routeaudit.estimate.picking import chosen, picked
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Ledger, Settled, settle
from routeaudit.estimate.several_cuts import cheap_arms
from routeaudit.estimate.tiers_grid import tiers_grid
from routeaudit.estimate.visible import score_of
from routeaudit.result import Sweep, SweepPoint
from routeaudit.stats.sweep import (
    Grid,
    grid,
    latency_quantiles,
    pareto_front,
    share_thresholds,
    upper_hull,
)

MOST_POINTS = 2_000
"""The longest curve that is shown; where more thresholds differ, these are at even shares."""

_BEYOND = 0.01
_NOTHING = np.zeros(1)


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
    found, scores = [_sweep(ledger, entry, settings, asked, sides)], sides.scores
    del sides
    if "micro_cut" in entry.params:
        pairs = tiers_grid(ground, entry, scores, asked)
        found += [pairs] if pairs is not None else []
    return tuple(found)


def paths_tried(entry: Entry) -> tuple[str, ...]:
    """List the paths that sweeping a policy, or finding its thresholds, asks for."""
    if "order" not in entry.params:
        return (entry.passed_on,)
    return (entry.passed_on, ">".join([*cheap_arms(entry), "full"]))


def _sweep(
    ledger: Ledger, entry: Entry, settings: SimulationSettings, asked: Asked, sides: Sides
) -> Sweep:
    ground, sign = ledger.ground, asked.sign(entry.score)
    rows = grid(sides.scores, _thresholds(sides.scores, entry, settings))
    promise = promise_of(ledger, entry, settings, asked)
    return Sweep(
        policy=entry.policy,
        param=entry.param,
        chosen=None if entry.cut is None or not np.isfinite(entry.cut) else sign * entry.cut,
        points=_points(ground, sides, rows, sign, settings.seed),
        guaranteed=sign * promise.cuts[-1] if promise and promise.cuts else None,
        guarantee_note=promise.note if promise else "",
        metrics=metrics_of(ground, sides.scores, sides.arm, entry, settings),
    )


def _sides(ledger: Ledger, entry: Entry) -> Sides | None:
    ground = ledger.ground
    if entry.score is None or entry.cut is None:
        return None
    arm = entry.small_arm
    scores = score_of(ground, entry, arm)
    if np.isnan(scores).all():
        return None
    kept = _all_of(arm, ground.n)
    if "micro_cut" in entry.params and entry.first_cut is not None and "micro" in ground.arms:
        # Sweeping the lower cut leaves what is above the upper one with the micro arm.
        kept = _where(scores >= entry.first_cut, "micro", arm)
    passed = _all_of(entry.passed_on, ground.n)
    still = ledger.still()
    return Sides(
        scores=scores,
        kept=settle(still, replace(entry, paths=kept)),
        passed=settle(still, replace(entry, paths=passed)),
        arm=arm,
    )


def _all_of(path: str, n: int) -> pl.Series:
    return pl.Series("path", [path], dtype=pl.Enum([path])).new_from_index(0, n)


def _where(mask: Bools, yes: str, no: str) -> pl.Series:
    return pl.Series("path", mask.view(np.uint8)).cat.to(pl.Enum([no, yes]))


def _thresholds(scores: Floats, entry: Entry, settings: SimulationSettings) -> Floats:
    """Thresholds at even shares or all of them, the chosen one, and one that keeps nothing."""
    known = picked(scores, ~np.isnan(scores))
    levels = np.unique(known) if settings.sweep else known
    if not settings.sweep or len(levels) > MOST_POINTS:
        count = MOST_POINTS if settings.sweep else settings.curve_points
        levels = share_thresholds(known, np.linspace(0, 1, count)[1:])
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
    lost, judged = _failing(rows, failures)
    times = latency_quantiles(rows, kept.latency_s, passed.latency_s).everyone
    quality = score if scored.any() else -lost / max(n, 1)
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


def _failing(rows: Grid, failures: Floats) -> tuple[Floats, Floats]:
    """(K,) what fails of what is kept, and how many of it are judged."""
    judged = ~np.isnan(failures)
    if judged.all():
        return rows.totals(failures, 0.0), rows.kept.astype(np.float64)
    return rows.totals(chosen(judged, failures, _NOTHING), 0.0), rows.totals(judged, 0.0)


def _mean(rows: Grid, kept: Floats, passed: Floats, known: Bools) -> Floats:
    """(K,) means over the rows on which both sides are known: like with like."""
    if not known.any():
        return np.full(len(rows.thresholds), np.nan)
    if not known.all():
        kept, passed = chosen(known, kept, _NOTHING), chosen(known, passed, _NOTHING)
    totals = rows.totals(kept, passed)
    means: Floats = totals / int(known.sum())
    return means


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
