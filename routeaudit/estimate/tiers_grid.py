"""Two cuts at once: the best pairs of thresholds of the three-tier policy."""

import numpy as np

from routeaudit.comparison import Asked, Entry
from routeaudit.estimate.ground import Floats, Ground
from routeaudit.estimate.picking import picked
from routeaudit.result import Sweep, SweepPoint
from routeaudit.stats.sweep import (
    Grid,
    grid,
    pareto_front,
    share_thresholds,
    three_tier_totals,
    upper_hull,
)

SIDE = 51


def tiers_grid(ground: Ground, entry: Entry, scores: Floats, asked: Asked) -> Sweep | None:
    """Try 51 x 51 pairs of cuts and keep those that no other beats on cost and failures.

    None where prices or scores of an arm are unknown everywhere. Rows that lack either are
    left out of the means.
    """
    arms = [ground.arms[name] for name in ("micro", "mid", "full")]
    known = ~np.isnan(scores) & (True if ground.counted is None else ground.counted)
    for arm in arms:
        known &= ~np.isnan(arm.cost) & ~np.isnan(arm.score)
    if not known.any():
        return None
    cut = picked(scores, known)
    rows, n = grid(cut, share_thresholds(cut, np.linspace(0, 1, SIDE)[1:])), len(cut)
    cost = _totals(rows, [picked(arm.cost, known) for arm in arms]) / n + ground.classifier.cost
    answers = [picked(arm.score, known) for arm in arms]
    failing = _totals(rows, [*(1 - ground.acceptability(a) for a in answers[:2]), np.zeros(n)])
    served = rows.kept[None, :].astype(float) + 0 * cost
    good = _totals(rows, answers) / n
    return Sweep(
        policy=f"{entry.policy}-grid",
        param="mid_cut, with micro_cut above it",
        chosen=None,
        points=tuple(_points(rows, (cost, failing, served, good), n, asked.sign(entry.score))),
        guarantee_note="only the pairs that no other pair beats are listed",
    )


def _totals(rows: Grid, values: list[Floats]) -> Floats:
    return three_tier_totals(rows, values[0], values[1], values[2])


def _points(
    rows: Grid, tables: tuple[Floats, Floats, Floats, Floats], n: int, sign: float
) -> list[SweepPoint]:
    cost, failing, served, good = (table.ravel() for table in tables)
    # Assumed scores and measured ones both rank pairs; what is shown as a score is the mean.
    front, hull = pareto_front(cost, good), set(upper_hull(cost, good).tolist())
    side = len(rows.thresholds)
    return [
        SweepPoint(
            threshold=sign * float(rows.thresholds[at % side]),
            upper_threshold=sign * float(rows.thresholds[at // side]),
            served_share=float(served[at]) / n,
            cost_per_call=float(cost[at]),
            failure_rate=float(failing[at] / served[at]) if served[at] else None,
            score_mean=float(good[at]),
            on_front=True,
            on_hull=at in hull,
        )
        for at in front.tolist()
    ]
