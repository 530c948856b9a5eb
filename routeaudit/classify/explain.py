"""Say which parts of a query spoke for its task and for its tier."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.classify.classifiers.embedded import Embedded
from routeaudit.classify.grams import Grams, grams
from routeaudit.classify.parts import FLAGS, PART_NAMES, flag_name, marked, without_marks
from routeaudit.classify.weights import contributions
from routeaudit.frames import TASKS

_KIND_TOKENS = np.array([1, 1, 2, 3, 3, 1])
"""How many tokens an n-gram of each kind spans."""


class Reason(NamedTuple):
    """One stretch of the text and what it spoke for; more is stronger, below 0 is against."""

    part: str
    text: str
    for_task: float
    for_simple: float


class Explanation(NamedTuple):
    """A verdict and its strongest reasons, strongest first."""

    task: str
    tier: str
    p_simple: float
    novelty: float
    reasons: tuple[Reason, ...]


def explain(query: str, judge: Embedded, *, most: int = 12) -> Explanation:
    """Judge one query and name the stretches of text that weighed most.

    Args:
        query: one text or transcript.
        judge: the embedded classifier; others cannot say why.
        most: how many reasons to give at most.

    Raises:
        ModelError: the weights file cannot be read.
    """
    verdict = judge.classify(pl.Series([query])).row(0, named=True)
    text = marked(query)
    found = grams([text])
    weighed = contributions(found, 1, judge.weights)
    reasons = _reasons(text, found, weighed, TASKS.index(verdict["task"]))
    return Explanation(
        verdict["task"], verdict["tier"], verdict["p_simple"], verdict["novelty"],
        tuple(sorted(reasons, key=lambda reason: -abs(reason.for_task))[:most]),
    )  # fmt: skip


def _reasons(
    text: str, found: Grams, weighed: npt.NDArray[np.float32], task: int
) -> list[Reason]:
    """Gather what each stretch of the text added, whichever n-grams it came by."""
    tasks = weighed[:, :, : len(TASKS)]
    for_task = tasks[:, :, task] - tasks.mean(axis=2)
    tiers = weighed[:, :, len(TASKS) :]
    for_simple = tiers[:, :, :2].mean(axis=2) - tiers[:, :, 2]
    gathered: dict[tuple[str, str], list[float]] = {}
    for token, kind in zip(*np.nonzero(np.abs(weighed).sum(axis=2)), strict=True):
        part = int(found.part[token])
        place = (PART_NAMES[part], _stretch(text, found, int(token), int(kind)))
        sums = gathered.setdefault(place, [0.0, 0.0])
        sums[0] += float(for_task[token, kind])
        sums[1] += float(for_simple[token, kind])
    return [Reason(*place, *sums) for place, sums in gathered.items()]


def _stretch(text: str, found: Grams, token: int, kind: int) -> str:
    """Give the words that an n-gram stands for; a part's mark reads as the start of the part."""
    first, last = int(found.start[token]), token + int(_KIND_TOKENS[kind]) - 1
    words = text[first : int(found.start[last] + found.length[last])]
    if found.part[token] == FLAGS:
        return flag_name(words)
    return without_marks(words)
