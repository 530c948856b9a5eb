"""Turn a raw confidence into a probability of being right, and say how good it is.

Every calibrator is a frozen set of numbers with one method, `apply`, that keeps the order of
scores. Which one to fit is decided by the number of scored rows.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from routeaudit.stats.figures import Bools, Figure, Floats, Ints, known, refused

PLATT_FROM, ISOTONIC_FROM = 100, 500
BINS = 10
FIT_BELOW, TEST_FROM = 0.4, 0.6
_EDGE = 1e-9
_RIDGE = 1e-6


class Calibrator(Protocol):
    """What each kind of calibration can do."""

    def apply(self, scores: npt.ArrayLike) -> Floats:
        """(n,) probability that each answer is acceptable; NaN stays NaN."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncalibrated:
    """Too few scored rows to calibrate: scores stay as they are, and must be called raw."""

    def apply(self, scores: npt.ArrayLike) -> Floats:
        """(n,) the scores themselves."""
        return np.asarray(scores, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platt:
    """A logistic curve over the logit of the score."""

    slope: float
    intercept: float

    def apply(self, scores: npt.ArrayLike) -> Floats:
        """(n,) probability that each answer is acceptable; NaN stays NaN."""
        return _sigmoid(self.slope * _logit(scores) + self.intercept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotonic:
    """Rising steps: the value of the last step that starts at or below the score.

    Scores on one step can't be told apart, so thresholds only make sense where a step starts.
    """

    starts: Floats
    values: Floats

    def apply(self, scores: npt.ArrayLike) -> Floats:
        """(n,) probability that each answer is acceptable; NaN stays NaN."""
        column = np.asarray(scores, dtype=np.float64)
        step = np.searchsorted(self.starts, column, side="right") - 1
        return np.where(np.isnan(column), np.nan, self.values[np.maximum(step, 0)])


class Reliability(NamedTuple):
    """(B,) bins with rows in them: predicted and observed mean, and how many rows."""

    predicted: Floats
    observed: Floats
    rows: Ints


class Split(NamedTuple):
    """(n,) three masks that share no row: fit the scorer, calibrate it, test the threshold."""

    fit: Bools
    calibrate: Bools
    test: Bools


def fit_calibrator(scores: Floats, accepted: Floats) -> Calibrator:
    """Fit what the number of scored rows bears: nothing, Platt from 100, isotonic from 500.

    Args:
        scores: (n,) raw confidence in 0..1, no NaN.
        accepted: (n,) acceptability of the answer, 0..1.
    """
    if len(scores) < PLATT_FROM:
        return Uncalibrated()
    return (
        fit_platt(scores, accepted)
        if len(scores) < ISOTONIC_FROM
        else fit_isotonic(scores, accepted)
    )


def fit_platt(scores: Floats, accepted: Floats) -> Platt:
    """Fit a logistic curve to the logit of the scores, with Platt's softened targets."""
    good = float(accepted.sum())
    bad = len(accepted) - good
    high, low = (good + 1) / (good + 2), 1 / (bad + 2)
    targets = low + (high - low) * accepted
    columns = np.stack([_logit(scores), np.ones(len(scores))], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(100):
        predicted = _sigmoid(columns @ weights)
        gradient = columns.T @ (predicted - targets) + _RIDGE * weights
        curvature = (columns * (predicted * (1 - predicted))[:, None]).T @ columns
        step = np.linalg.solve(curvature + _RIDGE * np.eye(2), gradient)
        # Short steps where the curve is nearly flat, or Newton overshoots.
        step *= min(1.0, 2 / max(float(np.abs(step).max()), _EDGE))
        weights = weights - step
        if np.abs(step).max() < _EDGE:
            break
    # A falling curve would turn the order of scores around.
    return Platt(slope=max(float(weights[0]), 0.0), intercept=float(weights[1]))


def fit_isotonic(scores: Floats, accepted: Floats) -> Isotonic:
    """Pool adjacent violators: the rising steps closest to what was seen; ties stay together.

    Values stay 1 / (n + 2) away from 0 and 1, because no sample proves certainty.
    """
    starts, group = np.unique(scores, return_inverse=True)
    counts = np.bincount(group).astype(np.float64)
    sums = np.bincount(group, weights=accepted)
    blocks: list[tuple[float, float, float]] = []
    for start, count, total in zip(
        starts.tolist(), counts.tolist(), sums.tolist(), strict=True
    ):
        block = (start, count, total)
        while blocks and blocks[-1][2] * block[1] >= block[2] * blocks[-1][1]:
            before = blocks.pop()
            block = (before[0], before[1] + block[1], before[2] + block[2])
        blocks.append(block)
    table = np.array(blocks)
    edge = 1 / (len(scores) + 2)
    return Isotonic(
        starts=table[:, 0], values=np.clip(table[:, 2] / table[:, 1], edge, 1 - edge)
    )


def reliability(predicted: Floats, accepted: Floats, bins: int = BINS) -> Reliability:
    """Compare predicted with observed acceptability in bins of equal width over 0..1."""
    place = np.clip((predicted * bins).astype(np.int64), 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    there = count > 0
    seen = count[there]
    return Reliability(
        predicted=np.bincount(place, weights=predicted, minlength=bins)[there] / seen,
        observed=np.bincount(place, weights=accepted, minlength=bins)[there] / seen,
        rows=seen,
    )


def expected_calibration_error(predicted: Floats, accepted: Floats, bins: int = BINS) -> Figure:
    """Give the mean gap between predicted and observed over bins; refused without rows."""
    if len(predicted) == 0:
        return refused("no scored answers")
    table = reliability(predicted, accepted, bins)
    return known(np.average(np.abs(table.predicted - table.observed), weights=table.rows))


def auroc(scores: Floats, accepted: Bools) -> Figure:
    """Give the chance that an acceptable answer has the higher score; ties count a half."""
    good = int(accepted.sum())
    bad = len(accepted) - good
    if good == 0 or bad == 0:
        return refused("all scored answers are alike, so there is nothing to tell apart")
    _, group, size = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(size) - (size - 1) / 2)[group]
    return known((rank[accepted].sum() - good * (good + 1) / 2) / (good * bad))


def three_way_split(uniform: Floats) -> Split:
    """Split rows 40 / 20 / 40 by a number drawn for each row's cluster (`hash_uniform`).

    Rows of one cluster must carry the same number, or the test half sees its own templates.
    """
    fit = uniform < FIT_BELOW
    test = uniform >= TEST_FROM
    return Split(fit=fit, calibrate=~fit & ~test, test=test)


def _logit(scores: npt.ArrayLike) -> Floats:
    inside = np.clip(np.asarray(scores, dtype=np.float64), _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside / (1 - inside)))


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(values / 2)))
