"""Two answers to the same calls: what routing loses and gains, and whether they belong together."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from routeaudit.stats.binomial import clopper_pearson
from routeaudit.stats.figures import CONFIDENCE, Bools, Figure, Floats, Interval, known, refused

_LEAST_DISCORDANT = 30
_SUSPECT_FROM_ROWS = 1_000
_SUSPECT_PHI = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A mean paired difference over n calls, with the pairs that make it up.

    `lost` and `gained` count the calls whose cheap answer is worse or better. `method` says
    how the interval came about; it is null with fewer than two calls.
    """

    value: float
    interval: Interval | None
    lost: int
    gained: int
    n: int
    method: str


def accuracy_change(
    cheap: Floats, full: Floats, calls: int, confidence: float = CONFIDENCE
) -> Difference | None:
    """Give the change of mean acceptability that serving these calls cheaply makes.

    Args:
        cheap: (m,) acceptability of the cheap answers of the served calls, 0..1, no NaN.
        full: (m,) of the full arm's answers to the same calls.
        calls: all calls, served or not: the others change nothing.
        confidence: of the two-sided interval.

    Returns:
        Normal from 30 discordant pairs on; else exact bounds of lost and of gained together,
        which stay honest when no pair differs. Graded scores are always normal. Null without
        calls.
    """
    if calls <= 0:
        return None
    gap = cheap - full
    lost, gained = int((gap < 0).sum()), int((gap > 0).sum())
    value = float(gap.sum()) / calls
    graded = bool((np.abs(gap) != np.round(np.abs(gap))).any())
    exact = lost + gained < _LEAST_DISCORDANT and not graded
    interval = (
        _exact_interval(lost, gained, calls, confidence)
        if exact
        else _normal_interval(value, float(gap @ gap), calls, confidence)
    )
    return Difference(
        value=value,
        interval=interval,
        lost=lost,
        gained=gained,
        n=calls,
        method="exact" if exact else "normal",
    )


def gain_over_shuffle(
    served: Bools,
    cheap: Floats,
    full: Floats,
    clusters: npt.ArrayLike | None = None,
    confidence: float = CONFIDENCE,
) -> Difference | None:
    """Compare a policy with sending the same share of calls to the cheap arm at random.

    Args:
        served: (n,) whether the policy serves the call cheaply.
        cheap: (n,) acceptability of the cheap answer, no NaN.
        full: (n,) of the full arm's answer.
        clusters: (n,) calls of one template or conversation; null when each is its own.
        confidence: of the two-sided interval.

    Returns:
        The mean gain per call; the policy beats its shuffle when the interval is above 0.
        `lost` and `gained` count the served calls. Null without calls.
    """
    n = len(served)
    if n == 0:
        return None
    gap = cheap - full
    value = float(np.mean((served - served.mean()) * gap))
    influence = (served - served.mean()) * (gap - gap.mean()) - value
    spread = np.bincount(_groups(clusters, n), weights=influence)
    interval = None
    if len(spread) > 1:
        scale = len(spread) / (len(spread) - 1)
        half = _z(confidence) * float(np.sqrt(scale * (spread @ spread))) / n
        interval = Interval(value - half, value + half)
    return Difference(
        value=value,
        interval=interval,
        lost=int((served & (gap < 0)).sum()),
        gained=int((served & (gap > 0)).sum()),
        n=n,
        method="normal",
    )


def phi(first: Bools, second: Bools) -> Figure:
    """Correlate two right-or-wrong columns; refused when one of them never varies."""
    if len(first) == 0 or first.all() or second.all() or not (first.any() and second.any()):
        return refused("one of the two is always right or always wrong")
    return known(np.corrcoef(first, second)[0, 1])


def right_together(first: Floats, second: Floats) -> Figure:
    """Give phi of two columns of scores; graded ones count as right in their upper half.

    Args:
        first: (n,) scores of one model, no NaN.
        second: (n,) of the other, on the same rows and scale.
    """
    if len(first) == 0:
        return refused("no row has both scores")
    low = min(float(first.min()), float(second.min()))
    high = max(float(first.max()), float(second.max()))
    middle = (low + high) / 2
    return phi(first > middle, second > middle)


def looks_misaligned(correlation: Figure, rows: int) -> bool:
    """Tell whether two models agree so little that their rows were likely joined wrongly.

    Real pairs show a phi of .1 to .6, because hard questions are hard for both.
    """
    value = correlation.value
    return value is not None and rows >= _SUSPECT_FROM_ROWS and abs(value) < _SUSPECT_PHI


def _exact_interval(lost: int, gained: int, calls: int, confidence: float) -> Interval:
    # Each side gets half of the error, so both hold together with the asked confidence.
    each = (1 + confidence) / 2
    worse = clopper_pearson(lost, calls, each) or Interval(0.0, 1.0)
    better = clopper_pearson(gained, calls, each) or Interval(0.0, 1.0)
    return Interval(better.low - worse.high, better.high - worse.low)


def _normal_interval(
    value: float, squares: float, calls: int, confidence: float
) -> Interval | None:
    if calls < 2:  # noqa: PLR2004 a variance needs two
        return None
    variance = max(0.0, squares / calls - value * value) / (calls - 1)
    half = _z(confidence) * variance**0.5
    return Interval(value - half, value + half)


def _groups(clusters: npt.ArrayLike | None, n: int) -> npt.NDArray[np.intp]:
    if clusters is None:
        return np.arange(n)
    return np.unique(np.asarray(clusters), return_inverse=True)[1]


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
