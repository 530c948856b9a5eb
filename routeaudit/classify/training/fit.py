"""Fit the linear head: softmax over tasks and over tiers, Adam, features dropped at random."""

from dataclasses import dataclass
from typing import Any, NamedTuple  # Any: a sparse matrix, from a library without types

import numpy as np
import numpy.typing as npt

from routeaudit.classify.calibrate import softmax
from routeaudit.classify.training.vocabulary import Counts, Vocabulary
from routeaudit.classify.weights import GROUP_WEIGHT, LEAST_LENGTH, OUTPUTS
from routeaudit.frames import TASKS, TIERS
from routeaudit.options import check, option

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to fit."""

    epochs: int = option(18, "passes over the data", low=1)
    loudness_rate: float = option(0.05, "first step size of the loudness of features", low=0)
    rate: float = option(0.02, "first step size; falls to 0 in a line", low=0)
    drop: float = option(0.3, "share of features left out of each step", low=0, high=0.9)
    shrink: float = option(1e-6, "pull of each weight towards 0", low=0)
    smooth: float = option(0.1, "share of each label spread over all labels", low=0, high=0.5)
    batch: int = option(512, "rows in a step", low=1)

    def __post_init__(self) -> None:
        check(self)


class Labels(NamedTuple):
    """What the rows are, and how much each counts; all (n,)."""

    task: I64
    tier: I64
    weight: F32


class Head(NamedTuple):
    """A fitted linear head."""

    table: F32  # (features, OUTPUTS)
    bias: F32  # (OUTPUTS,)
    loudness: F32  # (features,) logarithm of how loud each feature speaks


_QUIETEST = 1 / 32
_LOUDNESS = (-3.0, 1.5)


class _Adam:
    """Moments of each weight; only the rows that a step touches move."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.first = np.zeros(shape, np.float32)
        self.second = np.zeros(shape, np.float32)

    def step(self, gradient: F32, rows: I64 | slice) -> F32:
        self.first[rows] = 0.9 * self.first[rows] + 0.1 * gradient
        self.second[rows] = 0.99 * self.second[rows] + 0.01 * gradient * gradient
        return np.asarray(self.first[rows] / (np.sqrt(self.second[rows]) + 1e-6), np.float32)


_Moments = tuple[_Adam, _Adam, _Adam]


class _Batch(NamedTuple):
    """Some rows as the head sees them; the arrays go over the entries of the sparse matrix."""

    values: Any  # the matrix that the table multiplies, scipy sparse
    column: I64
    row: I64
    key: I64  # row and group as one number
    pull: F32  # squared loudness of the entry over that of its row and group


def fit(counts: Counts, labels: Labels, words: Vocabulary, recipe: Recipe, seed: int) -> Head:
    """Fit the head, and with it how loud each feature speaks.

    Args:
        counts: (n, features) counts and the group of each feature.
        labels: (n,) tasks, tiers and row weights.
        words: the features; their loudness is where the search starts.
        recipe: step sizes and the like.
        seed: the order of rows and the features left out.
    """
    chance = np.random.default_rng(seed)
    total, features = counts.rows.shape
    head = Head(
        np.zeros((features, OUTPUTS), np.float32),
        np.zeros(OUTPUTS, np.float32),
        np.log(np.maximum(words.loudness, _QUIETEST)),
    )
    moments = _Adam(head.table.shape), _Adam((1, OUTPUTS)), _Adam((features, 1))
    target = _targets(labels.task, labels.tier, recipe.smooth)
    starts = range(0, total, recipe.batch)
    for turn in range(recipe.epochs):
        order = chance.permutation(total)
        for done, first in enumerate(starts):
            chosen = order[first : first + recipe.batch]
            some = counts.rows[chosen]
            some.data *= chance.random(some.nnz) > recipe.drop
            some.eliminate_zeros()
            batch = _seen(some, counts.group, head.loudness)
            weight = labels.weight[chosen]
            error = _shares(batch.values @ head.table + head.bias) - target[chosen]
            error *= (weight / weight.sum())[:, None]
            left = 1 - (turn + done / len(starts)) / recipe.epochs
            _step(head, batch, error, moments, recipe, np.float32(left))
    return head


def _seen(some: Any, group: I64, loudness: F32) -> _Batch:  # noqa: ANN401 scipy has no types
    """Scale each group of each row to unit length by the loudness of its features."""
    row = np.repeat(np.arange(some.shape[0]), np.diff(some.indptr))
    column = some.indices
    key = row * len(GROUP_WEIGHT) + group[column]
    loud = np.exp(loudness[column])
    squares = some.data * loud * loud
    length = np.maximum(np.sqrt(np.bincount(key, weights=squares)), LEAST_LENGTH)[key]
    values = some.copy()
    values.data = (GROUP_WEIGHT[group[column]] * some.data * loud / length).astype(np.float32)
    return _Batch(values, column, row, key, (squares / length**2).astype(np.float32))


def _step(
    head: Head, batch: _Batch, error: F32, moments: _Moments, recipe: Recipe, left: np.float32
) -> None:
    touched = np.unique(batch.column)
    by_value = np.einsum("ij,ij->i", head.table[batch.column], error[batch.row])
    by_value *= batch.values.data
    # A louder feature speaks up, and quietens the rest of its group.
    quieter = batch.pull * np.bincount(batch.key, weights=by_value)[batch.key]
    louder = np.bincount(batch.column, weights=by_value - quieter, minlength=len(head.loudness))
    slope = batch.values.T.tocsr()[touched] @ error + recipe.shrink * head.table[touched]
    table, bias, loudness = moments
    head.table[touched] -= recipe.rate * left * table.step(slope, touched)
    head.bias[:] -= recipe.rate * left * bias.step(error.sum(axis=0)[None], slice(None))[0]
    step = loudness.step(louder[touched, None].astype(np.float32), touched)[:, 0]
    moved = head.loudness[touched] - recipe.loudness_rate * left * step
    head.loudness[touched] = np.clip(moved, *_LOUDNESS)


def _targets(task: I64, tier: I64, smooth: float) -> F32:
    target = np.zeros((len(task), OUTPUTS), np.float32)
    every = np.arange(len(task))
    target[every, task] = 1
    target[every, len(TASKS) + tier] = 1
    even = np.repeat([1 / len(TASKS), 1 / len(TIERS)], [len(TASKS), len(TIERS)])
    return (target * (1 - smooth) + even * smooth).astype(np.float32)


def _shares(scores: F32) -> F32:
    tasks, tiers = scores[:, : len(TASKS)], scores[:, len(TASKS) :]
    return np.concatenate([softmax(tasks), softmax(tiers)], axis=1)
