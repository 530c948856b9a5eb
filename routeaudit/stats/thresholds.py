"""The cheapest threshold whose failure rate is guaranteed, from a scored sample.

Fixed-sequence Learn-then-Test: with probability 1 - delta over the sample, the true failure
rate of what is served at the threshold found is at most the limit. Picking the laxest
threshold that looks good breaks such a promise about half the time.

The sample must be drawn at random (or in proportion, by strata) from the traffic that the
threshold will see, one row per cluster, and not be what the score was fitted on.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routeaudit.stats.binomial import binomial_cdf
from routeaudit.stats.figures import Bools, Floats, Ints
from routeaudit.stats.sweep import grid, share_thresholds

DELTA = 0.05
LEVELS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One threshold of the walk: what the sample says of it.

    `p_value` is null where too few rows were served to prove anything; `proven` says that the
    walk passed it.
    """

    threshold: float
    served: int
    loss: float
    p_value: float | None
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """The laxest proven threshold, or null with the reason, and the walk that led there."""

    threshold: float | None
    reason: str
    levels: tuple[Level, ...]


def served_levels(scores: npt.ArrayLike, count: int = LEVELS) -> Floats:
    """(<= count,) thresholds that serve 1/count, 2/count, ... of all traffic, strict to lax.

    From the scores of all rows, never from labels; ties and unknown scores leave fewer.
    """
    levels = share_thresholds(scores, np.arange(1, count + 1) / count)
    return np.unique(levels[~np.isnan(levels)])[::-1].copy()


def fixed_sequence(
    levels: Floats, scores: npt.ArrayLike, failed: Bools, limit: float, delta: float = DELTA
) -> Guarantee:
    """Walk from strict to lax and stop at the first level that can't be proven.

    Args:
        levels: thresholds from `served_levels`, or the lax end of them only.
        scores: (n,) of the scored sample; a row is served when its score >= the threshold.
        failed: (n,) whether its answer was unacceptable.
        limit: the failure rate of served rows that is promised not to be passed.
        delta: how often the promise may be broken.
    """
    served, losses = _per_level(levels, scores, failed)
    p_values = walk_p_values(served, losses, limit, delta)
    return _walked(levels, served, losses, p_values, walk(p_values, 0, delta))


def fixed_sequence_graded(
    levels: Floats, scores: npt.ArrayLike, losses: Floats, limit: float, delta: float = DELTA
) -> Guarantee:
    """Walk as `fixed_sequence`, for losses graded from 0 to 1 (Hoeffding-Bentkus)."""
    served, totals = _per_level(levels, scores, losses)
    p_values = walk_p_values_graded(served, totals, limit, delta)
    return _walked(levels, served, totals, p_values, walk(p_values, 0, delta))


def walk_p_values(
    served: Ints, failures: Floats, limit: float, delta: float = DELTA
) -> list[float | None]:
    """Give the p-value of each step of a walk: (S,) scored rows served and how many failed.

    None where too few rows are served to prove anything at `delta`.
    """
    least = rows_to_prove(limit, delta)
    return [
        binomial_cdf(float(k), float(m), limit) if m >= least else None
        for m, k in zip(served.tolist(), failures.tolist(), strict=True)
    ]


def walk_p_values_graded(
    served: Ints, losses: Floats, limit: float, delta: float = DELTA
) -> list[float | None]:
    """Give p-values as `walk_p_values`, for sums of losses graded from 0 to 1."""
    least = rows_to_prove(limit, delta)
    return [
        hoeffding_bentkus(loss / m, m, limit) if m >= least else None
        for m, loss in zip(served.tolist(), losses.tolist(), strict=True)
    ]


def multi_start(
    levels: Floats, scores: npt.ArrayLike, failed: Bools, limit: float, delta: float = DELTA
) -> Guarantee:
    """Walk from four starts with a quarter of delta each.

    For scores whose most confident answers fail more often, where the plain walk can't start.
    """
    starts = 4
    served, losses = _per_level(levels, scores, failed)
    p_values = walk_p_values(served, losses, limit, delta / starts)
    proven: set[int] = set()
    for start in range(starts):
        first = start * len(levels) // starts
        proven |= walk(p_values, first, delta / starts)
    return _walked(levels, served, losses, p_values, proven)


def rows_to_prove(limit: float, delta: float = DELTA) -> int:
    """Count the served rows below which even no failure proves nothing: 59 for 5 % and 5 %."""
    return math.ceil(math.log(delta) / math.log(1 - limit) - 1e-9)


def hoeffding_bentkus(mean_loss: float, n: int, limit: float) -> float:
    """Return a valid p-value for "the true mean loss is over the limit", losses in 0..1."""
    bentkus = math.e * binomial_cdf(math.ceil(n * mean_loss - 1e-9), n, limit)
    if mean_loss >= limit:
        return 1.0
    hoeffding = math.exp(-n * _relative_entropy(mean_loss, limit))
    return min(hoeffding, bentkus, 1.0)


def is_monotone(guarantee: Guarantee) -> bool:
    """Tell whether the failure rate rises, as it should, from strict to lax.

    False when the strict half of the levels fails clearly more often than the lax end: then
    confidence is not monotone, and should be recalibrated before it is used.
    """
    rates = [(lvl.loss / lvl.served, lvl.served) for lvl in guarantee.levels if lvl.served]
    if not rates:
        return True
    overall = rates[-1][0]
    return not any(
        rate > overall + 2 * math.sqrt(max(overall * (1 - overall), 1e-12) / served)
        for rate, served in rates[:-1]
    )


def one_per_cluster(clusters: npt.ArrayLike, uniform: Floats) -> Bools:
    """Mark one row of each cluster, the one that drew the lowest number (`hash_uniform`)."""
    order = np.argsort(uniform, kind="stable")
    _, first = np.unique(np.asarray(clusters)[order], return_index=True)
    marked = np.zeros(len(uniform), dtype=bool)
    marked[order[first]] = True
    return marked


def _per_level(
    levels: Floats, scores: npt.ArrayLike, losses: npt.ArrayLike
) -> tuple[Ints, Floats]:
    rows = grid(scores, levels)
    return rows.kept, rows.totals(np.asarray(losses, dtype=np.float64), 0.0)


def walk(p_values: list[float | None], first: int, delta: float) -> set[int]:
    """Give the steps from `first` on that are proven before the first one that is not."""
    proven = set()
    for at in range(first, len(p_values)):
        p_value = p_values[at]
        # Too few rows is known before any label is looked at, so skipping costs nothing.
        if p_value is None:
            continue
        if p_value > delta:
            break
        proven.add(at)
    return proven


def _walked(
    levels: Floats,
    served: Ints,
    losses: Floats,
    p_values: list[float | None],
    proven: set[int],
) -> Guarantee:
    walk = tuple(
        Level(
            threshold=float(levels[at]),
            served=int(served[at]),
            loss=float(losses[at]),
            p_value=p_values[at],
            proven=at in proven,
        )
        for at in range(len(levels))
    )
    if proven:
        return Guarantee(threshold=float(levels[max(proven)]), reason="", levels=walk)
    return Guarantee(threshold=None, reason=_reason(p_values), levels=walk)


def _reason(p_values: list[float | None]) -> str:
    if all(p_value is None for p_value in p_values):
        return "too few scored answers at every threshold; everything goes to the full arm"
    return "no threshold can be guaranteed; everything goes to the full arm"


def _relative_entropy(seen: float, limit: float) -> float:
    zero = 0.0
    first = seen * math.log(seen / limit) if seen > 0 else zero
    second = (1 - seen) * math.log((1 - seen) / (1 - limit)) if seen < 1 else zero
    return first + second
