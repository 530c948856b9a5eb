"""Figures on held-out rows, with intervals over sources, and the fit of the calibration."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.classify.calibrate import EVEN, Calibration, Probabilities, evidence
from routeaudit.frames import TASKS

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]

_FULL = 2
_BINS = 10
_SHORT_CHARS, _LONG_CHARS = 150, 600


class Figures(NamedTuple):
    """Shares of rows, 0..1; null (nan) where there are no such rows."""

    task: float
    tier: float
    simple: float
    complex_as_simple: float
    calibration_error: float


class Bin(NamedTuple):
    """One bar of the reliability plot."""

    said: float
    was: float
    rows: int


def figures(said: Probabilities, task: I64, tier: I64) -> Figures:
    """Measure verdicts against labels."""
    simple = tier < _FULL
    calls_simple = said.simple >= EVEN
    small = np.where(said.tier[:, 0] >= said.tier[:, 1], 0, 1)
    chosen = np.where(calls_simple, small, _FULL)
    return Figures(
        float(np.mean(said.task.argmax(axis=1) == task)),
        float(np.mean(chosen == tier)),
        float(np.mean(calls_simple == simple)),
        float(np.mean(calls_simple[~simple])) if (~simple).any() else float("nan"),
        calibration_error(said.simple, simple),
    )


def reliability(p_simple: F32, simple: npt.NDArray[np.bool_]) -> list[Bin]:
    """Compare, in ten equal steps of `p_simple`, what was said with what was so."""
    step = np.minimum((p_simple * _BINS).astype(int), _BINS - 1)
    bars = []
    for number in range(_BINS):
        inside = step == number
        if inside.any():
            bars.append(
                Bin(
                    float(p_simple[inside].mean()),
                    float(simple[inside].mean()),
                    int(inside.sum()),
                )
            )
    return bars


def calibration_error(p_simple: F32, simple: npt.NDArray[np.bool_]) -> float:
    """Give the expected calibration error of `p_simple`, ten equal steps."""
    bars = reliability(p_simple, simple)
    rows = sum(bar.rows for bar in bars)
    return sum(bar.rows * abs(bar.said - bar.was) for bar in bars) / rows


def over_sources(
    right: npt.NDArray[np.bool_], family: npt.NDArray[np.str_], seed: int
) -> tuple[float, float]:
    """Give the 95 % interval of a share when whole sources, not rows, are drawn again."""
    number = np.unique(family, return_inverse=True)[1]
    rows = np.bincount(number)
    hits = np.bincount(number, weights=right)
    draws = np.random.default_rng(seed).integers(0, len(rows), (1_000, len(rows)))
    shares = hits[draws].sum(axis=1) / rows[draws].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(low), float(high)


def fit_calibration(
    logits: F32, unknown: F32, task: I64, tier: I64, weight: F32
) -> Calibration:
    """Fit the calibration on scores of rows whose source was held out.

    Args:
        logits: (n, 17) scores by heads that never saw the row's source.
        unknown: (n,) share of unknown words, by the same vocabularies.
        task: (n,) index into TASKS.
        tier: (n,) index into TIERS.
        weight: (n,) how much each row counts.
    """
    from sklearn.linear_model import LogisticRegression

    scales = np.geomspace(0.3, 3.0, 47)
    scale = float(min(scales, key=lambda s: _log_loss(logits * np.float32(s), task, weight)))
    plain = LogisticRegression(C=100.0)
    simple = plain.fit(evidence(logits, scale), tier < _FULL, sample_weight=weight)
    small = tier < _FULL
    gap = (logits[:, len(TASKS)] - logits[:, len(TASKS) + 1])[small, None]
    micro = LogisticRegression(C=100.0).fit(gap, tier[small] == 0, sample_weight=weight[small])
    limit = float(np.quantile(unknown, 0.99))
    by_tier, by_task = map(float, simple.coef_[0])
    return Calibration(
        scale, by_tier, by_task, float(simple.intercept_[0]),
        float(micro.coef_[0, 0]), float(micro.intercept_[0]), limit, max(limit / 8, 0.02),
    )  # fmt: skip


def _log_loss(logits: F32, task: I64, weight: F32) -> float:
    scores = logits[:, : len(TASKS)]
    top = scores.max(axis=1, keepdims=True)
    norm = top[:, 0] + np.log(np.exp(scores - top).sum(axis=1))
    return float(np.average(norm - scores[np.arange(len(task)), task], weights=weight))


def best_length_rule(n_chars: I64, tier: I64) -> float:
    """Give the share right of the best "shorter than L is simple" rule, L chosen on these rows."""
    simple = tier < _FULL
    order = np.argsort(n_chars, kind="stable")
    below = np.concatenate(([0], np.cumsum(simple[order])))
    above = np.concatenate(([0], np.cumsum(~simple[order])))
    right = below + (above[-1] - above)
    wrong = (below[-1] - below) + above
    return float(max(right.max(), wrong.max()) / len(tier))


class Pairs(NamedTuple):
    """Share of pairs put in the right order, 0..1, by which of the two is long."""

    long_simple: float
    short_simple: float


def length_breaking_pairs(p_simple: F32, n_chars: I64, simple: npt.NDArray[np.bool_]) -> Pairs:
    """Count how often the simple one of a short and a long query has the higher `p_simple`."""
    short, long = n_chars <= _SHORT_CHARS, n_chars >= _LONG_CHARS
    return Pairs(
        _ordered(p_simple[long & simple], p_simple[short & ~simple]),
        _ordered(p_simple[short & simple], p_simple[long & ~simple]),
    )


def _ordered(simple: F32, hard: F32) -> float:
    if not len(simple) or not len(hard):
        return float("nan")
    ranked = np.sort(hard)
    return float(np.mean(np.searchsorted(ranked, simple, side="left")) / len(hard))
