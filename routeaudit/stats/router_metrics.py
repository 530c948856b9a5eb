"""The field's metrics of a router between a weak and a strong model, with their edge cases.

A `Curve` says what quality a router reaches at each share of calls that goes to the strong
model. A metric that has no meaning on a curve is refused with its reason, never set to 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.stats.figures import CONFIDENCE, Figure, Floats, Interval, Ints, known, refused
from routeaudit.stats.sweep import every_threshold, upper_hull

RESAMPLES = 200
_MOST_STEPS = 1_000
_CLOSE = 1e-9


class Point(NamedTuple):
    """What one router, or one model alone, costs per call and how good its answers are."""

    cost: float
    quality: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """(n,) scores of the two models on the same calls, none of them unknown."""

    weak: Floats
    strong: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """(J,) mean quality over rising shares of strong calls, from 0 (all weak) to 1.

    `calls` is the number of calls behind it: a share is a whole number of calls.
    """

    strong_share: Floats
    quality: Floats
    calls: int

    @property
    def weak_quality(self) -> float:
        """The quality of the weak model alone."""
        return float(self.quality[0])

    @property
    def strong_quality(self) -> float:
        """The quality of the strong model alone."""
        return float(self.quality[-1])

    @property
    def area(self) -> float:
        """Mean quality over all shares, by trapezoids."""
        return float(np.trapezoid(self.quality, self.strong_share))


def routing_curve(outcomes: Outcomes, need: npt.ArrayLike) -> Curve:
    """Send the calls of highest `need` to the strong model first; ties go together.

    Args:
        outcomes: the two scores of n calls.
        need: (n,) higher means harder; NaN goes to the strong model last.
    """
    rows = every_threshold(need)
    calls = len(outcomes.weak)
    # Rows of unknown need are one tie at the end; with none, the last point is all strong.
    ends = np.unique(np.append(rows.kept, calls))
    gained = np.concatenate([[0.0], np.cumsum((outcomes.strong - outcomes.weak)[rows.order])])
    quality = (outcomes.weak.sum() + gained[ends]) / calls
    return Curve(strong_share=ends / calls, quality=quality, calls=calls)


def curve_of_points(
    strong_share: npt.ArrayLike, quality: npt.ArrayLike, alone: tuple[float, float], calls: int
) -> Curve:
    """Make a curve of separate settings; equal shares count with their mean quality.

    Args:
        strong_share: (J,) in any order.
        quality: (J,) mean quality of each setting.
        alone: the quality of the weak and of the strong model alone: the end points.
        calls: how many calls each was tried on.
    """
    shares, group = np.unique(np.asarray(strong_share, np.float64), return_inverse=True)
    sums = np.bincount(group, weights=np.asarray(quality, np.float64))
    inner = (shares > 0) & (shares < 1)
    means = (sums / np.bincount(group))[inner]
    return Curve(
        strong_share=np.concatenate([[0.0], shares[inner], [1.0]]),
        quality=np.concatenate([[alone[0]], means, [alone[1]]]),
        calls=calls,
    )


def oracle_need(outcomes: Outcomes) -> Floats:
    """(n,) what an oracle would know: how much better the strong answer is."""
    return outcomes.strong - outcomes.weak


def oracle_choice(scores: Floats, costs: Floats) -> Ints:
    """(n,) column of the best known score of each row, the cheapest of equals; -1 if none.

    Both are (n, arms); a NaN score is unknown, an unknown cost counts as dearest.
    """
    known_scores = np.where(np.isnan(scores), -np.inf, scores)
    best = known_scores >= known_scores.max(axis=1, keepdims=True)
    price = np.where(np.isnan(costs), np.finfo(np.float64).max, costs)
    choice = np.where(best, price, np.inf).argmin(axis=1)
    return np.where(np.isnan(scores).all(axis=1), -1, choice)


def pgr(quality: float, weak: float, strong: float) -> Figure:
    """Performance gap recovered; may be below 0 or above 1."""
    if strong == weak:
        return refused("both models score the same, so there is no gap to recover")
    return known((quality - weak) / (strong - weak))


def apgr(curve: Curve) -> Figure:
    """Mean performance gap recovered over all shares; random routing has 0.5."""
    reason = _no_gap(curve)
    if reason:
        return refused(reason)
    gap = curve.strong_quality - curve.weak_quality
    return known((curve.area - curve.weak_quality) / gap)


def cpt(curve: Curve, recovered: float) -> Figure:
    """Call-performance threshold: the least share of strong calls that recovers this PGR.

    Linear between points, first crossing, rounded up to whole calls.
    """
    reason = _no_gap(curve)
    if reason:
        return refused(reason)
    gap = curve.strong_quality - curve.weak_quality
    gained = (curve.quality - curve.weak_quality) / gap
    # The last point recovers 1, so any recovery up to that is reached somewhere.
    reached = np.flatnonzero(gained >= recovered - _CLOSE)
    if len(reached) == 0:
        return refused(f"no share of strong calls recovers {100 * recovered:g} % of the gap")
    at = max(int(reached[0]), 1)
    rise = gained[at] - gained[at - 1]
    part = (recovered - gained[at - 1]) / rise if rise > 0 else 0.0
    shares = curve.strong_share
    share = shares[at - 1] + np.clip(part, 0, 1) * (shares[at] - shares[at - 1])
    return known(np.ceil(share * curve.calls - 1e-6) / curve.calls)


def aiq(settings: Sequence[Point], weak: Point, strong: Point) -> Figure:
    """Average improvement in quality: the mean height of the best hull over the cost range.

    The two models alone join the hull and fix the range; settings dearer than both are left
    out. The hull never falls: who can pay more may pay less.
    """
    cheapest, dearest = sorted([weak.cost, strong.cost])
    if not np.isfinite([cheapest, dearest]).all():
        return refused("the cost of a model alone is not known")
    points = np.array([p for p in (weak, strong, *settings) if p.cost <= dearest])
    if cheapest == dearest:
        return known(points[:, 1].max())
    hull = points[upper_hull(points[:, 0], points[:, 1])]
    inside = (hull[:, 0] > cheapest) & (hull[:, 0] < dearest)
    cost = np.concatenate([[cheapest], hull[inside, 0], [dearest]])
    height = np.interp(cost, hull[:, 0], hull[:, 1])
    return known(np.trapezoid(height, cost) / (dearest - cheapest))


def ibc(router: Point, small: Point) -> Figure:
    """Incremental benefit per cost over the small model alone."""
    if router.cost == small.cost:
        return refused("the router costs exactly as much as the small model")
    if router.cost < small.cost:
        return refused("the router is cheaper than the small model, which flips the sign")
    return known((router.quality - small.quality) / (router.cost - small.cost))


def ibc_lift(router: Point, small: Point, large: Point) -> Figure:
    """Compare the router's benefit per cost with that of always using the large model."""
    if large.cost <= small.cost:
        return refused("the large model is not dearer than the small one")
    if large.quality <= small.quality:
        return refused("the dearer model is not better")
    earned, base = ibc(router, small), ibc(large, small)
    if earned.value is None or base.value is None:
        return earned
    return known((earned.value - base.value) / base.value)


def arena_score(accuracy: float, cost_per_1000: float) -> Figure:
    """RouterArena's score: a weighted harmonic mean of accuracy and of log cost, in dollars."""
    dearest, cheapest, beta = 200.0, 0.0044, 0.1
    if cost_per_1000 <= 0:
        return known(0.0)
    thrift = float(np.log2(dearest / cost_per_1000) / np.log2(dearest / cheapest))
    if beta * accuracy + thrift <= 0:
        return refused("it costs too much for the scale, which ends at $200 per 1,000 calls")
    return known((1 + beta) * accuracy * thrift / (beta * accuracy + thrift))


def oracle_gain_share(curve: Curve, oracle: Curve) -> Figure:
    """Share of the oracle's gain over random routing that the router captures, over all shares.

    Also meaningful where the strong model is not better: random is the line between the two.
    """
    random = (curve.weak_quality + curve.strong_quality) / 2
    room = oracle.area - random
    if room <= _CLOSE:
        return refused("no call is answered better by one model: an oracle gains nothing")
    return known((curve.area - random) / room)


def resampled_curves(
    outcomes: Outcomes,
    need: npt.ArrayLike,
    clusters: npt.ArrayLike | None,
    seed: int,
    resamples: int = RESAMPLES,
) -> list[Curve]:
    """Draw the curve again from whole clusters (null: every call is its own), with `seed`.

    Beyond 1,000 distinct needs, neighbours are drawn as one step: the interval doesn't change
    visibly and memory stays small.
    """
    calls = len(outcomes.weak)
    step = _steps(np.asarray(need, dtype=np.float64))
    group = (
        np.arange(calls) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    )
    size = int(group.max()) + 1
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(resamples):
        times = np.bincount(random.integers(size, size=size), minlength=size)[group]
        count = np.bincount(step, weights=times)
        gain = np.bincount(step, weights=times * (outcomes.strong - outcomes.weak))
        total = count.sum()
        start = float(times @ outcomes.weak) / total
        share = np.concatenate([[0.0], np.cumsum(count) / total])
        quality = np.concatenate([[start], start + np.cumsum(gain) / total])
        drawn.append(Curve(strong_share=share, quality=quality, calls=calls))
    return drawn


def metric_interval(
    metric: Callable[[Curve], Figure], curves: Sequence[Curve], confidence: float = CONFIDENCE
) -> Interval | None:
    """Give the percentile interval of a metric; null when it is refused on 1 in 20 or more."""
    values = [figure.value for figure in map(metric, curves) if figure.value is not None]
    if not curves or len(values) <= CONFIDENCE * len(curves):
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.array(values), [tail, 1 - tail])
    return Interval(float(low), float(high))


def _no_gap(curve: Curve) -> str:
    weak, strong = curve.weak_quality, curve.strong_quality
    if strong > weak:
        return ""
    return f"the strong model is not better than the weak one ({strong:.4f} <= {weak:.4f})"


def _steps(need: Floats) -> Ints:
    distinct, rank = np.unique(-need, return_inverse=True)
    if len(distinct) > _MOST_STEPS:
        rank = rank * _MOST_STEPS // len(distinct)
    return np.asarray(rank, dtype=np.int64)
