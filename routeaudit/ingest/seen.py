"""What was met so far, as hashes: a log of any length can be searched for repeats."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Truths = npt.NDArray[np.bool_]
Notes = npt.NDArray[np.unsignedinteger]
Order = npt.NDArray[np.intp]

PARTS = 16
FIRST_KEYS = np.arange(PARTS, dtype=np.uint64) * np.uint64((1 << 64) // PARTS)


class Run(NamedTuple):
    """Sorted hashes, and what is said of each."""

    keys: Hashes
    notes: Notes


class SeenMap:
    """Hashes with a number about each: sorted runs that are merged as they grow.

    They lie apart by their first bits: what is copied to merge two runs is small beside the whole.
    """

    def __init__(self) -> None:
        self._parts: list[list[Run]] = [[] for _ in range(PARTS)]

    def find(self, keys: Hashes) -> tuple[Truths, Hashes]:
        """Tell for each of sorted keys whether it was added before, and what was said of it (else 0)."""
        found, told = np.zeros(len(keys), dtype=np.bool_), np.zeros_like(keys)
        for runs, here in self._cut(keys):
            for run in runs:
                # Sorted keys are looked up next to each other: several times faster.
                at = np.minimum(np.searchsorted(run.keys, keys[here]), len(run.keys) - 1)
                met = run.keys[at] == keys[here]
                found[here] |= met
                told[here][met] = run.notes[at[met]]
        return found, told

    def add(self, keys: Hashes, notes: Notes) -> None:
        """Remember sorted keys, each once in all, with what is to be said of each."""
        for runs, here in self._cut(keys):
            runs.append(Run(keys[here], notes[here]))
            while len(runs) > 1 and len(runs[-2].keys) <= 2 * len(runs[-1].keys):
                late, early = runs.pop(), runs.pop()
                runs.append(_merged(early, late))

    def _cut(self, keys: Hashes) -> Iterator[tuple[list[Run], slice]]:
        starts = np.searchsorted(keys, FIRST_KEYS).tolist()
        for runs, start, end in zip(self._parts, starts, [*starts[1:], len(keys)], strict=True):
            if start < end:
                yield runs, slice(start, end)


def _merged(early: Run, late: Run) -> Run:
    at = np.searchsorted(early.keys, late.keys) + np.arange(len(late.keys))
    is_early = np.ones(len(early.keys) + len(late.keys), dtype=np.bool_)
    is_early[at] = False
    both = Run(*(np.empty(len(is_early), dtype=column.dtype) for column in early))
    for column, first, second in zip(both, early, late, strict=True):
        column[at] = second
        column[is_early] = first
    return both


class Firsts(NamedTuple):
    """For each row: whether it is the first with its key, and what was said of the first."""

    is_first: Truths
    notes: Hashes


class Seen:
    """Finds the first row of each key, in these rows or any before."""

    def __init__(self) -> None:
        self._map = SeenMap()

    def firsts(self, keys: Hashes, notes: Notes) -> Firsts:
        """Compare rows with the first of their key, and remember the new ones.

        Args:
            keys: one hash a row.
            notes: what to remember of each row, should it be the first.
        """
        order = _order(keys)
        ranked, said = keys[order], notes[order]
        fresh = _differs(ranked)
        before, told = self._map.find(ranked)
        is_first = fresh & ~before
        self._map.add(ranked[is_first], said[is_first])
        start = np.maximum.accumulate(np.where(fresh, np.arange(len(ranked)), 0))
        found = Firsts(np.empty_like(is_first), np.empty_like(keys))
        found.is_first[order] = is_first
        found.notes[order] = np.where(before, told, said[start])
        return found

    def again(self, keys: Hashes) -> Truths:
        """Tell the rows whose key was met before, and remember the others."""
        return ~self.firsts(keys, np.zeros(len(keys), dtype=np.uint8)).is_first


def _order(keys: Hashes) -> Order:
    order = np.argsort(keys)
    if _differs(keys[order]).all():
        return order
    return np.argsort(keys, kind="stable")  # slower, but the first row of a key comes first


def _differs(ranked: Hashes) -> Truths:
    """Tell sorted keys that are not the one before."""
    fresh = np.ones(len(ranked), dtype=np.bool_)
    fresh[1:] = ranked[1:] != ranked[:-1]
    return fresh


def parts(notes: Hashes, *bits: int) -> Iterator[Hashes]:
    """Take notes apart that were packed with `packed`, the last part first written."""
    rest = notes
    for size in reversed(bits):
        yield rest & np.uint64((1 << size) - 1)
        rest = rest >> np.uint64(size)


def packed(*fields: tuple[Hashes, int]) -> Hashes:
    """Pack numbers into one of 64 bits, each in so many bits."""
    whole = np.zeros_like(fields[0][0])
    for values, size in fields:
        whole = (whole << np.uint64(size)) | (values & np.uint64((1 << size) - 1))
    return whole
