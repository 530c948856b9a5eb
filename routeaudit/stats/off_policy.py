"""What another policy would have earned, from a log whose router chose arms by chance.

Only identifiable when several arms were tried on overlapping traffic with known chances. When
the diagnostics say no, the answer is a refusal with its reasons, never a number.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from routeaudit.stats.figures import CONFIDENCE, Floats, Interval, Ints

HEAVIEST_WEIGHT = 20.0
_LEAST_ROWS, _LEAST_ROW_SHARE = 200, 0.05
_MOST_ERRORS, _MOST_APART = 3.0, 2.0
_MOST_WEIGHT_SHARE = 0.05
_MOST_UNSUPPORTED = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """n logged calls and A arms.

    `reward` (n,) is what the logged arm earned (acceptability, dollars, seconds), no NaN;
    `arm` (n,) is its column; `chance` (n, A) are the log's chances of each arm, fixed before
    the outcome; `policy` (n, A) those of the policy to evaluate, rows add up to 1.
    `predicted` (n, A) are rewards predicted without the row itself (`cross_fitted_means`).
    """

    reward: Floats
    arm: Ints
    chance: Floats
    policy: Floats
    predicted: Floats | None = None


class Estimate(NamedTuple):
    """A mean reward per call with its 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostics:
    """Whether the log can speak for the policy.

    `effective_rows` of the n that count; `mean_weight` (1 when chances are right) and its
    standard error; `largest_share` of one row in all weight; `unsupported` share of the
    policy's choices that the log never makes.
    """

    effective_rows: float
    mean_weight: float
    mean_weight_error: float
    largest_share: float
    unsupported: float
    clipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPolicy:
    """Estimates, or the refusals; all estimates are null when there is a refusal.

    `doubly_robust` also needs predictions. `bounds` are given when only a part of the
    policy's choices was never logged: the mean with that part at 0 and at 1. `flags` don't
    refuse, but belong beside the figure.
    """

    inverse: Estimate | None
    self_normalised: Estimate | None
    doubly_robust: Estimate | None
    bounds: Interval | None
    diagnostics: Diagnostics
    refusals: tuple[str, ...]
    flags: tuple[str, ...]


def evaluate(logged: Logged) -> OffPolicy:
    """Estimate the policy's mean reward by inverse chances, self-normalised and doubly robust.

    Weights over 20 are clipped, and flagged.
    """
    weights, clipped = _weights(logged)
    diagnostics = _diagnose(logged, weights, clipped)
    refusals = _refusals(diagnostics, len(weights))
    if refusals:
        return OffPolicy(
            inverse=None,
            self_normalised=None,
            doubly_robust=None,
            bounds=_bounds(logged, weights, diagnostics.unsupported),
            diagnostics=diagnostics,
            refusals=refusals,
            flags=(),
        )
    plain = _estimate(weights * logged.reward)
    mean = float(weights @ logged.reward / weights.sum())
    normalised = _estimate(mean + weights * (logged.reward - mean) / weights.mean())
    robust = _doubly_robust(logged, weights)
    return OffPolicy(
        inverse=plain,
        self_normalised=normalised,
        doubly_robust=robust,
        bounds=None,
        diagnostics=diagnostics,
        refusals=(),
        flags=_flags(normalised, robust, clipped),
    )


def cross_fitted_means(logged: Logged, cell: Ints, fold: Ints) -> Floats:
    """(n, A) mean reward of each arm in a row's cell, over the other folds only.

    Args:
        logged: the calls.
        cell: (n,) segment of each row, 0, 1, ...: its task, say.
        fold: (n,) 0, 1, ... 2 to 5 folds by the row's hash, whole clusters in one.

    Returns:
        The arm's mean over all cells where a cell never saw it, and the mean of all where no
        other fold did.
    """
    cells, folds, arms = int(cell.max()) + 1, int(fold.max()) + 1, logged.chance.shape[1]
    shape = (folds, cells, arms)
    place = np.ravel_multi_index((fold, cell, logged.arm), shape)
    size = folds * cells * arms
    sums = np.bincount(place, weights=logged.reward, minlength=size).reshape(shape)
    counts = np.bincount(place, minlength=size).reshape(shape)
    other_sums, other_counts = sums.sum(axis=0) - sums, counts.sum(axis=0) - counts
    everywhere = np.where(
        other_counts.sum(axis=1) > 0,
        other_sums.sum(axis=1) / np.maximum(other_counts.sum(axis=1), 1),
        logged.reward.mean(),
    )
    means = np.where(
        other_counts > 0, other_sums / np.maximum(other_counts, 1), everywhere[:, None, :]
    )
    return np.asarray(means[fold, cell], dtype=np.float64)


def _weights(logged: Logged) -> tuple[Floats, int]:
    rows = np.arange(len(logged.arm))
    chance, wanted = logged.chance[rows, logged.arm], logged.policy[rows, logged.arm]
    weights = np.divide(wanted, chance, out=np.full(len(rows), np.inf), where=chance > 0)
    heavy = weights > HEAVIEST_WEIGHT
    return np.where(heavy, HEAVIEST_WEIGHT, weights), int(heavy.sum())


def _diagnose(logged: Logged, weights: Floats, clipped: int) -> Diagnostics:
    total, squares = float(weights.sum()), float(weights @ weights)
    n = len(weights)
    never = np.where(logged.chance > 0, 0.0, logged.policy)
    return Diagnostics(
        effective_rows=total**2 / squares if squares else 0.0,
        mean_weight=total / n if n else 0.0,
        mean_weight_error=float(weights.std(ddof=1)) / n**0.5 if n > 1 else 0.0,
        largest_share=float(weights.max()) / total if total else 1.0,
        unsupported=float(never.sum()) / n if n else 1.0,
        clipped=clipped,
    )


def _refusals(found: Diagnostics, n: int) -> tuple[str, ...]:
    least = max(_LEAST_ROWS, _LEAST_ROW_SHARE * n)
    off = abs(found.mean_weight - 1)
    checks = [
        (
            found.unsupported > _MOST_UNSUPPORTED,
            f"{found.unsupported:.1%} of the policy's choices were never logged: replay a sample",
        ),
        (
            found.effective_rows < least,
            f"only {found.effective_rows:.0f} rows effectively count, and it needs {least:.0f}",
        ),
        (
            off > _MOST_ERRORS * found.mean_weight_error and off > 1e-9,  # noqa: PLR2004 rounding
            f"the logged chances are wrong: weights average {found.mean_weight:.3f}, not 1",
        ),
        (
            found.largest_share > _MOST_WEIGHT_SHARE,
            f"one row carries {found.largest_share:.1%} of all weight",
        ),
    ]
    return tuple(reason for refuse, reason in checks if refuse)


def _bounds(logged: Logged, weights: Floats, unsupported: float) -> Interval | None:
    within = ((logged.reward >= 0) & (logged.reward <= 1)).all()
    if not within or not _MOST_UNSUPPORTED < unsupported < 1:
        return None
    seen = float((weights * logged.reward).mean())
    return Interval(min(seen, 1.0), min(seen + unsupported, 1.0))


def _doubly_robust(logged: Logged, weights: Floats) -> Estimate | None:
    if logged.predicted is None:
        return None
    own = logged.predicted[np.arange(len(logged.arm)), logged.arm]
    expected = (logged.policy * logged.predicted).sum(axis=1)
    return _estimate(expected + weights * (logged.reward - own))


def _estimate(values: Floats) -> Estimate:
    half = _z() * float(values.std(ddof=1)) / len(values) ** 0.5
    value = float(values.mean())
    return Estimate(value, Interval(value - half, value + half))


def _flags(normalised: Estimate, robust: Estimate | None, clipped: int) -> tuple[str, ...]:
    flags = []
    if clipped:
        flags.append(f"{clipped} weights were clipped at {HEAVIEST_WEIGHT:g}")
    if robust is not None:
        error = (robust.interval.high - robust.value) / _z()
        if abs(robust.value - normalised.value) > _MOST_APART * error:
            flags.append("the doubly robust and the self-normalised estimate disagree")
    return tuple(flags)


def _z() -> float:
    return NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
