"""From raw scores to probabilities, as measured on sources held out of training."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.frames import SIMPLE_TASKS, TASKS

F32 = npt.NDArray[np.float32]

EVEN = 0.5
"""From this `p_simple` on, a query counts as simple."""

_SIMPLE = np.array([task in SIMPLE_TASKS for task in TASKS])


class Calibration(NamedTuple):
    """Eight numbers fitted on held-out sources; their order on disk is this one."""

    task_scale: float
    simple_from_tier: float
    simple_from_task: float
    simple_bias: float
    micro_scale: float
    micro_bias: float
    novelty_mid: float
    novelty_width: float


class Probabilities(NamedTuple):
    """Calibrated verdicts of n queries."""

    task: F32  # (n, 14)
    tier: F32  # (n, 3): micro, mid, full
    simple: F32  # (n,)


def softmax(logits: F32) -> F32:
    """Turn scores into shares that sum to one, row by row."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), np.float32)


def evidence(logits: F32, task_scale: float) -> F32:
    """Give what `p_simple` is made of: (n, 2) log-odds of simple by tier scores and by tasks."""
    tier = logits[:, len(TASKS) :]
    by_tier = np.logaddexp(tier[:, 0], tier[:, 1]) - tier[:, 2]
    task = logits[:, : len(TASKS)] * task_scale
    # The best simple task against the best complex one: a sum over fourteen shares would let
    # many small ones outvote the likely one.
    by_task = task[:, _SIMPLE].max(axis=1) - task[:, ~_SIMPLE].max(axis=1)
    return np.stack([by_tier, by_task], axis=1).astype(np.float32)


def probabilities(logits: F32, fitted: Calibration) -> Probabilities:
    """Calibrate raw scores.

    Args:
        logits: (n, 17) scores of the tasks and tiers.
        fitted: the numbers that training found.

    Returns:
        (n,) probabilities; the tiers and `simple` agree: full is 1 - simple.
    """
    task = softmax(logits[:, : len(TASKS)] * np.float32(fitted.task_scale))
    odds = evidence(logits, fitted.task_scale) @ np.array(
        [fitted.simple_from_tier, fitted.simple_from_task], np.float32
    )
    simple = _sigmoid(odds + np.float32(fitted.simple_bias))
    tier = logits[:, len(TASKS) :]
    micro = _sigmoid(fitted.micro_scale * (tier[:, 0] - tier[:, 1]) + fitted.micro_bias)
    shares = np.stack([simple * micro, simple * (1 - micro), 1 - simple], axis=1)
    return Probabilities(task, shares.astype(np.float32), simple)


def novelty(unknown: F32, fitted: Calibration) -> F32:
    """Turn the share of unknown words into a score: 0.5 at the fitted limit."""
    return _sigmoid((unknown - fitted.novelty_mid) / fitted.novelty_width)


def _sigmoid(odds: F32) -> F32:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), np.float32)
