"""What a router between a weak and a strong model reaches at each share of strong calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.stats.figures import CONFIDENCE, Figure, Floats, Interval, Ints
from routeaudit.stats.sweep import every_threshold

RESAMPLES = 200
_MOST_STEPS = 1_000


class Point(NamedTuple):
    """What one router, or one model alone, costs per call and how good its answers are."""

    cost: float
    quality: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """(n,) scores of the two models on the same calls (n >= 1), none of them unknown.

    The costs per call are null where a table has none.
    """

    weak: Floats
    strong: Floats
    weak_cost: Floats | None = None
    strong_cost: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """(J,) mean quality over rising shares of strong calls, from 0 (all weak) to 1.

    `cost` (J,) is the mean cost per call, null when unknown; `calls` is the number of calls
    behind the curve: a share is a whole number of calls.
    """

    strong_share: Floats
    quality: Floats
    calls: int
    cost: Floats | None = None

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

    def at(self, share: float) -> Point:
        """Read the curve at a share of strong calls; the cost is NaN when unknown."""
        quality = float(np.interp(share, self.strong_share, self.quality))
        if self.cost is None:
            return Point(float("nan"), quality)
        return Point(float(np.interp(share, self.strong_share, self.cost)), quality)


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

    def along(weak: Floats, strong: Floats) -> Floats:
        gained = np.concatenate([[0.0], np.cumsum((strong - weak)[rows.order])])
        mean: Floats = (weak.sum() + gained[ends]) / calls
        return mean

    costs = _costs(outcomes)
    return Curve(
        strong_share=ends / calls,
        quality=along(outcomes.weak, outcomes.strong),
        calls=calls,
        cost=along(*costs) if costs else None,
    )


def oracle_need(outcomes: Outcomes) -> Floats:
    """(n,) what an oracle would know: how much better the strong answer is."""
    return outcomes.strong - outcomes.weak


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
    costs = _costs(outcomes)
    drawn = []
    for _ in range(resamples):
        times = np.bincount(random.integers(size, size=size), minlength=size)[group]
        share = np.concatenate([[0.0], np.cumsum(np.bincount(step, weights=times))])
        quality = _drawn_means(step, times, outcomes.weak, outcomes.strong)
        cost = _drawn_means(step, times, *costs) if costs else None
        drawn.append(
            Curve(strong_share=share / share[-1], quality=quality, calls=calls, cost=cost)
        )
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


def _costs(outcomes: Outcomes) -> tuple[Floats, Floats] | None:
    if outcomes.weak_cost is None or outcomes.strong_cost is None:
        return None
    return outcomes.weak_cost, outcomes.strong_cost


def _drawn_means(step: Ints, times: Ints, weak: Floats, strong: Floats) -> Floats:
    gained = np.bincount(step, weights=times * (strong - weak))
    sums = np.concatenate([[0.0], np.cumsum(gained)]) + float(times @ weak)
    means: Floats = sums / times.sum()
    return means


def _steps(need: Floats) -> Ints:
    distinct, rank = np.unique(-need, return_inverse=True)
    if len(distinct) > _MOST_STEPS:
        rank = rank * _MOST_STEPS // len(distinct)
    return np.asarray(rank, dtype=np.int64)
