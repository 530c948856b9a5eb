"""The field's metrics of a router between a weak and a strong model, with their edge cases.

A metric that has no meaning on a curve is refused with its reason, never set to 0.
"""

from collections.abc import Sequence

import numpy as np

from routeaudit.stats.figures import Figure, Floats, known, refused
from routeaudit.stats.router_curves import Curve, Point
from routeaudit.stats.sweep import upper_hull

_CLOSE = 1e-9


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
    points = np.array([weak, strong, *settings])
    return _mean_height(points[points[:, 0] <= dearest], cheapest, dearest)


def _mean_height(points: Floats, cheapest: float, dearest: float) -> Figure:
    if cheapest == dearest:
        return known(points[:, 1].max())
    hull = points[upper_hull(points[:, 0], points[:, 1])]
    inside = (hull[:, 0] > cheapest) & (hull[:, 0] < dearest)
    cost = np.concatenate([[cheapest], hull[inside, 0], [dearest]])
    height = np.interp(cost, hull[:, 0], hull[:, 1])
    return known(np.trapezoid(height, cost) / (dearest - cheapest))


def aiq_of_curve(curve: Curve, drafts: float = 0.0, overhead: float = 0.0) -> Figure:
    """Give the AIQ of a whole curve, between its two models alone; refused without costs.

    Args:
        curve: with costs; each of its points is a setting.
        drafts: what an escalated call costs more than the strong model alone, on average.
        overhead: what every routed call costs more than a model alone: its classifier.
    """
    if curve.cost is None:
        return refused("the cost of the calls is not known")
    alone = _alone(curve, drafts, overhead)
    cheapest, dearest = sorted(model.cost for model in alone)
    if not np.isfinite([cheapest, dearest]).all():
        return refused("the cost of a model alone is not known")
    points = np.vstack([np.column_stack([curve.cost, curve.quality]), alone])
    return _mean_height(points[points[:, 0] <= dearest], cheapest, dearest)


def ibc_lift_at(
    curve: Curve, router: Point, drafts: float = 0.0, overhead: float = 0.0
) -> Figure:
    """Give the lift of a router over the two models alone that a curve ends in."""
    return ibc_lift(router, *_alone(curve, drafts, overhead))


def _alone(curve: Curve, drafts: float, overhead: float) -> tuple[Point, Point]:
    small, large = curve.at(0.0), curve.at(1.0)
    return (
        Point(small.cost - overhead, small.quality),
        Point(large.cost - overhead - drafts, large.quality),
    )


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


def _no_gap(curve: Curve) -> str:
    weak, strong = curve.weak_quality, curve.strong_quality
    if strong > weak:
        return ""
    return f"the strong model is not better than the weak one ({strong:.4f} <= {weak:.4f})"
