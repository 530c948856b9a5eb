"""Refit what a quick classifier says so that it agrees with a slow one on this traffic.

A softmax layer over the quick one's own log-probabilities and the query's length. It starts as
"change nothing" and is held there by a penalty, so a small sample changes little.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FOLDS = 5
_STEPS = 150
_RATE = 0.05
_PENALTY = 2.0  # in labelled queries: how many it takes to outweigh "change nothing"
_SMALLEST = 1e-4


class Refitted(NamedTuple):
    """What the refitted classifier says.

    `labelled` comes from folds that did not see the row itself, `unlabelled` from their mean:
    then the labelled rows are a fair test of what is said of the others.
    """

    labelled: Floats  # (n, tasks)
    unlabelled: Floats  # (N, tasks)


def features(shares: Floats, n_chars: NDArray[np.int64]) -> Floats:
    """Give (n, tasks + 2): log-probabilities, the length's logarithm and a constant."""
    length = np.log1p(n_chars)[:, None] / 10
    return np.hstack([np.log(np.clip(shares, _SMALLEST, 1)), length, np.ones_like(length)])


def refit(labelled: Floats, wanted: Floats, unlabelled: Floats, *, seed: int) -> Refitted:
    """Fit on all folds but one, in turn.

    Args:
        labelled: (n, d) features of the rows that the slow classifier read.
        wanted: (n, tasks) what it said of them; rows add up to 1.
        unlabelled: (N, d) features of the others.
        seed: deals the rows to folds.
    """
    fold = np.random.default_rng(seed).permutation(len(labelled)) % FOLDS
    inside, outside = np.zeros_like(wanted), np.zeros((len(unlabelled), wanted.shape[1]))
    for number in range(FOLDS):
        left_out = fold == number
        layer = _fitted(labelled[~left_out], wanted[~left_out])
        inside[left_out] = _softmax(labelled[left_out] @ layer)
        outside += _softmax(unlabelled @ layer) / FOLDS
    return Refitted(inside, outside)


def _fitted(rows: Floats, wanted: Floats) -> Floats:
    """Minimise cross-entropy by Adam, all rows at once: tens of columns, a few thousand rows."""
    n_tasks = wanted.shape[1]
    start = np.vstack([np.eye(n_tasks), np.zeros((rows.shape[1] - n_tasks, n_tasks))])
    layer, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    for step in range(1, _STEPS + 1):
        gradient = rows.T @ (_softmax(rows @ layer) - wanted) + _PENALTY * (layer - start)
        gradient /= max(len(rows), 1)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        move = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        layer -= _RATE * (1 - step / (_STEPS + 1)) * move
    return layer


def _softmax(scores: Floats) -> Floats:
    shares: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
