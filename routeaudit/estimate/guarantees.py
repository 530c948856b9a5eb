"""The cheapest thresholds of a policy with a finite-sample guarantee (docs/method.md, thresholds)."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from routeaudit.comparison import Asked, Entry
from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Ledger
from routeaudit.estimate.several_cuts import UNSCORED, Cuts, several_cuts
from routeaudit.estimate.visible import score_of
from routeaudit.stats.thresholds import (
    Guarantee,
    fixed_sequence,
    fixed_sequence_graded,
    is_monotone,
    multi_start,
    one_per_cluster,
    served_levels,
)

SECOND_WALK = "found from four starts, after the plain walk could not start"


class Promise(NamedTuple):
    """Thresholds on the visible scale, strict to lax, or None; and what is promised, in words."""

    cuts: Cuts | None
    note: str


def promise_of(
    ledger: Ledger, entry: Entry, settings: SimulationSettings, asked: Asked
) -> Promise | None:
    """Find a policy's guaranteed thresholds; None without a target, or where it has no cut."""
    limit = settings.target()
    if limit is None:
        return None
    several = several_cuts(ledger, entry, asked, limit)
    if several is not None:
        return Promise(*several)
    if entry.score is None or entry.cut is None:
        return None
    return _one_cut(ledger, entry, settings, limit)


def _one_cut(
    ledger: Ledger, entry: Entry, settings: SimulationSettings, limit: float
) -> Promise:
    guarantee = guarantee_of(ledger.ground, entry, settings)
    if guarantee is None:
        return Promise(None, UNSCORED)
    odd = "" if is_monotone(guarantee) else "; confidence is not monotone: recalibrate it"
    if guarantee.threshold is None:
        return Promise(None, guarantee.reason + odd)
    sure = "90 %" if guarantee.reason == SECOND_WALK else "95 %"
    return Promise(
        (_cheapest(ledger, entry, guarantee),),
        f"failures of served answers stay within {limit:.1%} with {sure} confidence, if the"
        f" traffic is like these rows{odd}",
    )


def guarantee_of(
    ground: Ground, entry: Entry, settings: SimulationSettings
) -> Guarantee | None:
    """Walk from strict to lax on the scored rows; one row of each cluster only.

    None where nothing is scored.
    """
    limit, arm = settings.target(), entry.small_arm
    failures = 1 - ground.acceptability(ground.arms[arm].score)
    scores = score_of(ground, entry, arm)
    rows = ~np.isnan(failures) & ~np.isnan(scores)
    if limit is None or ground.arms[arm].score_low is not None or not rows.any():
        return None
    if ground.clusters is not None:
        die = ground.visible["chance"].to_numpy()
        rows &= one_per_cluster(ground.clusters, die)
    levels = served_levels(scores)
    losses = np.clip(failures[rows], 0.0, 1.0)
    if ((losses == 0) | (losses == 1)).all():
        return _walked(levels, scores[rows], losses > 0, limit)
    return fixed_sequence_graded(levels, scores[rows], losses, limit)


def _walked(levels: Floats, scores: Floats, failed: Bools, limit: float) -> Guarantee:
    """Walk once; where the surest answers fail most, so that it can't start, from four starts.

    Trying twice spends the doubt twice, so the second answer is 90 % sure, and says so.
    """
    found = fixed_sequence(levels, scores, failed, limit)
    if found.threshold is not None or is_monotone(found):
        return found
    again = multi_start(levels, scores, failed, limit)
    return found if again.threshold is None else replace(again, reason=SECOND_WALK)


def _cheapest(ledger: Ledger, entry: Entry, guarantee: Guarantee) -> float:
    """Pick the proven threshold that costs least; the laxest where no cost is known.

    The laxest is the cheapest too, unless the small arm is the dearer one.
    """
    arm = entry.small_arm
    kept_cost, passed_cost = ledger.line(arm).cost, ledger.line(entry.passed_on).cost
    known = ~np.isnan(kept_cost) & ~np.isnan(passed_cost)
    scores = score_of(ledger.ground, entry, arm)[known]
    gain = (passed_cost - kept_cost)[known]
    proven = [level.threshold for level in guarantee.levels if level.proven]
    saved = [float(gain[scores >= threshold].sum()) for threshold in proven]
    return min(proven, key=lambda cut: (-saved[proven.index(cut)], cut))
