"""The field's router metrics on measured outcomes; each is refused by name where it has no meaning."""

from collections.abc import Callable
from functools import partial

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Floats, Ground
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.result import Interval, Metric
from routeaudit.stats import router_curves as curves
from routeaudit.stats import router_metrics as field
from routeaudit.stats.figures import Figure
from routeaudit.stats.paired import right_together

MOST_ROWS_RESAMPLED = 100_000
PER_1000 = 1_000


def metrics_of(
    ground: Ground, scores: Floats, arm: str, entry: Entry, settings: SimulationSettings
) -> tuple[Metric, ...]:
    """Score a router between one cheaper arm and the full one.

    On the rows where both have a score; none where nothing is measured, or where a third arm
    answers too.
    """
    weak, strong = ground.arms[arm], ground.arms["full"]
    both = ~np.isnan(weak.score) & ~np.isnan(strong.score)
    if weak.score_low is not None or ground.kind == "logs" or not both.any():
        return ()
    if "micro_cut" in entry.params:
        return ()
    outcomes = curves.Outcomes(weak=weak.score[both], strong=strong.score[both])
    need = _need(scores[both])
    curve = curves.routing_curve(outcomes, need)
    resampled = _resampled(ground, outcomes, need, both, settings)
    perfect = curves.oracle_need(outcomes)
    oracle = curves.routing_curve(outcomes, perfect)
    oracles = _resampled(ground, outcomes, perfect, both, settings)
    return (
        *_at_chosen(entry, scores[both], outcomes, curve, resampled),
        _metric("APGR", field.apgr, curve, resampled),
        *(
            _metric(f"CPT({share:.0%})", partial(field.cpt, recovered=share), curve, resampled)
            for share in (0.2, 0.5, 0.8)
        ),
        _metric("oracle APGR", field.apgr, oracle, oracles),
        *(
            _metric(
                f"oracle CPT({share:.0%})", partial(field.cpt, recovered=share), oracle, oracles
            )
            for share in (0.5, 0.8)
        ),
        _captured(curve, oracle, list(zip(resampled, oracles, strict=True))),
        _plain("phi of both models", right_together(outcomes.weak, outcomes.strong)),
        *_with_cost(ground, arm, scores, entry, settings),
    )


def _need(scores: Floats) -> Floats:
    """(n,) higher means harder; a policy sends a row of unknown score to the full arm."""
    return np.where(np.isnan(scores), np.inf, -scores)


def _resampled(
    ground: Ground,
    outcomes: curves.Outcomes,
    need: Floats,
    both: np.ndarray,
    settings: SimulationSettings,
) -> list[curves.Curve]:
    if len(need) > MOST_ROWS_RESAMPLED:
        return []
    clusters = None if ground.clusters is None else ground.clusters[both]
    return curves.resampled_curves(outcomes, need, clusters, settings.seed)


def _at_chosen(
    entry: Entry,
    scores: Floats,
    outcomes: curves.Outcomes,
    curve: curves.Curve,
    resampled: list[curves.Curve],
) -> tuple[Metric, ...]:
    if entry.cut is None:
        return ()
    cheap = scores >= entry.cut
    quality = float(np.where(cheap, outcomes.weak, outcomes.strong).mean())
    if curve.strong_quality <= curve.weak_quality:
        return (Metric(name="PGR", value=None, reason=_not_better(curve)),)
    share = float(1 - cheap.mean())

    def at_share(drawn: curves.Curve) -> Figure:
        height = float(np.interp(share, drawn.strong_share, drawn.quality))
        return field.pgr(height, drawn.weak_quality, drawn.strong_quality)

    figure = field.pgr(quality, curve.weak_quality, curve.strong_quality)
    return (_ranged("PGR", figure, at_share, resampled),)


def _not_better(curve: curves.Curve) -> str:
    return (
        f"the dearer model is not the better one ({curve.strong_quality:.4f} against"
        f" {curve.weak_quality:.4f})"
    )


def _metric(
    name: str,
    metric: Callable[[curves.Curve], Figure],
    curve: curves.Curve,
    resampled: list[curves.Curve],
) -> Metric:
    if curve.strong_quality <= curve.weak_quality:
        return Metric(name=name, value=None, reason=_not_better(curve))
    return _ranged(name, metric(curve), metric, resampled)


def _ranged(
    name: str,
    figure: Figure,
    metric: Callable[[curves.Curve], Figure],
    resampled: list[curves.Curve],
) -> Metric:
    found = curves.metric_interval(metric, resampled) if figure.value is not None else None
    ends = found and Interval(low=found.low, high=found.high, method="cluster bootstrap")
    return Metric(name=name, value=figure.value, interval=ends, reason=figure.reason)


def _plain(name: str, figure: Figure) -> Metric:
    return Metric(name=name, value=figure.value, reason=figure.reason)


def _captured(
    curve: curves.Curve, oracle: curves.Curve, drawn: list[tuple[curves.Curve, curves.Curve]]
) -> Metric:
    """The share of the oracle's gain; both curves are drawn from the same rows each time."""
    place = {id(mine): best for mine, best in drawn}

    def again(mine: curves.Curve) -> Figure:
        return field.oracle_gain_share(mine, place[id(mine)])

    figure = field.oracle_gain_share(curve, oracle)
    return _ranged("oracle gain captured", figure, again, [mine for mine, _ in drawn])


def _with_cost(
    ground: Ground, arm: str, scores: Floats, entry: Entry, settings: SimulationSettings
) -> tuple[Metric, ...]:
    """Metrics of cost and quality together, over rows where both are known of both arms."""
    weak, strong = ground.arms[arm], ground.arms["full"]
    known = ~np.isnan(weak.cost + strong.cost + weak.score + strong.score)
    if not (known & ~np.isnan(scores)).any():
        reason = "no row has both costs, both scores and the signal"
        names = ("AIQ", "IBC lift", "Arena score")
        return tuple(Metric(name=name, value=None, reason=reason) for name in names)
    draft = weak.cost[known] if entry.score == "confidence" else np.zeros(int(known.sum()))
    overhead = ground.classifier.cost if entry.reads_classifier else 0.0
    outcomes = curves.Outcomes(
        weak=weak.score[known],
        strong=strong.score[known],
        weak_cost=weak.cost[known] + overhead,
        strong_cost=strong.cost[known] + draft + overhead,
    )
    need = _need(scores[known])
    curve = curves.routing_curve(outcomes, need)
    resampled = _resampled(ground, outcomes, need, known, settings)
    drafts = float(draft.mean())
    kept = scores[known] >= entry.cut if entry.cut is not None else np.ones(len(need), bool)
    share = float(1 - kept.mean())
    # Where no threshold could be promised, the full arm is asked at once: nobody drafts.
    spared = drafts if set(entry.kinds) == {"full"} else 0.0

    def chosen(drawn: curves.Curve) -> curves.Point:
        point = drawn.at(share)
        return point._replace(cost=point.cost - spared)

    def ranged(name: str, metric: Callable[[curves.Curve], Figure]) -> Metric:
        return _ranged(name, metric(curve), metric, resampled)

    found = (
        ranged("AIQ", lambda drawn: field.aiq_of_curve(drawn, drafts, overhead)),
        ranged(
            "IBC lift", lambda drawn: field.ibc_lift_at(drawn, chosen(drawn), drafts, overhead)
        ),
    )
    reason = _no_arena(ground)
    if reason:
        return (*found, Metric(name="Arena score", value=None, reason=reason))

    def arena(drawn: curves.Curve) -> Figure:
        point = chosen(drawn)
        return field.arena_score(point.quality, point.cost * PER_1000)

    return (*found, ranged("Arena score", arena))


def _no_arena(ground: Ground) -> str:
    if ground.currency != "USD":
        return f"its scale is in US dollars, and these costs are in {ground.currency}"
    if ground.scale != (0.0, 1.0):
        return "its scale needs scores from 0 to 1"
    return ""
