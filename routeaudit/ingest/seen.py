"""What was met so far, as hashes: a log of any length can be searched for repeats."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Hashes = npt.NDArray[np.uint64]
Truths = npt.NDArray[np.bool_]


class SeenMap:
    """Hashes with eight bytes about each: sorted runs that are merged as they grow."""

    def __init__(self) -> None:
        self._runs: list[tuple[Hashes, Hashes]] = []

    def find(self, keys: Hashes) -> tuple[Truths, Hashes]:
        """Tell for each key whether it was added before, and what was said of it (else 0)."""
        found, told = np.zeros(len(keys), dtype=np.bool_), np.zeros_like(keys)
        for run, notes in self._runs:
            at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            here = run[at] == keys
            found |= here
            told[here] = notes[at[here]]
        return found, told

    def add(self, keys: Hashes, notes: Hashes) -> None:
        """Remember keys, each once in all, with what is to be said of each."""
        if not len(keys):
            return
        self._runs.append(_sorted(keys, notes))
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            late, early = self._runs.pop(), self._runs.pop()
            both = zip(early, late, strict=True)
            self._runs.append(_sorted(*(np.concatenate(pair) for pair in both)))


def _sorted(keys: Hashes, notes: Hashes) -> tuple[Hashes, Hashes]:
    order = np.argsort(keys, kind="stable")
    return keys[order], notes[order]


class Firsts(NamedTuple):
    """For each row: whether it is the first with its key, and what was said of the first."""

    is_first: Truths
    notes: Hashes


class Seen:
    """Finds the first row of each key, in these rows or any before."""

    def __init__(self) -> None:
        self._map = SeenMap()

    def firsts(self, keys: Hashes, notes: Hashes) -> Firsts:
        """Compare rows with the first of their key, and remember the new ones.

        Args:
            keys: one hash a row.
            notes: what to remember of each row, should it be the first.
        """
        before, told = self._map.find(keys)
        alone = pl.Series(keys).is_first_distinct().to_numpy()
        here = notes
        if not alone.all():
            _, at, which = np.unique(keys, return_index=True, return_inverse=True)
            here = notes[at[which]]
        is_first = ~before & alone
        self._map.add(keys[is_first], notes[is_first])
        return Firsts(is_first, np.where(before, told, here))

    def again(self, keys: Hashes) -> Truths:
        """Tell the rows whose key was met before, and remember the others."""
        return ~self.firsts(keys, np.zeros_like(keys)).is_first


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
