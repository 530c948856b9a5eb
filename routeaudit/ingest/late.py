"""What a later log tells of a call that was read long before: calls wait on disk until all is read.

Only logs of several kinds read together need this (an application's and its gateway's): the keys
of repeats stay in memory, 8 bytes each, everything else lies in Parquet files of one heap each.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.errors import InputError
from routeaudit.ingest.dedupe import BY_KEY, KEPT, Sifted, with_gifts
from routeaudit.ingest.detect import detect
from routeaudit.ingest.identity import family_of
from routeaudit.ingest.parse import UnreadableError, parsed
from routeaudit.ingest.seen import Hashes
from routeaudit.ingest.sources import STDIN, Source

HEAD_BYTES = 1 << 16
LINES = 5  # that are looked at to tell what kind of log a source is


class Heap(NamedTuple):
    """Some calls after duplicates were told apart, and what became of the units read with them."""

    sifted: Sifted
    merged: pl.DataFrame
    rejects: pl.DataFrame
    units: int
    left_out: Mapping[str, int]


class _Stored(NamedTuple):
    path: Path
    merged: pl.DataFrame
    rejects: pl.DataFrame
    units: int
    left_out: Mapping[str, int]


def are_of_several_kinds(found: Sequence[Source]) -> bool:
    """Tell whether one source may tell more of the calls of another: their formats differ."""
    kinds: set[str] = set()
    for source in found if len(found) > 1 else ():
        kinds.add(_kind(source))
        if len(kinds) > 1:
            return True
    return False


def _kind(source: Source) -> str:
    if source.name == STDIN or "://" in source.name:
        return source.name.rpartition("/")[0] or source.name
    try:
        with source.unpacked() as stream:
            head = stream.read(HEAD_BYTES)
    except (InputError, OSError, EOFError, ValueError):  # told when it is read
        return source.ending
    for line in head.split(b"\n")[:LINES]:
        try:
            known = detect(parsed(line))
        except UnreadableError:
            continue
        if known is not None:
            return family_of(known.name)
    return source.ending


class Late:
    """Lets heaps pass, or keeps them until all were read and fills their gaps then."""

    def __init__(self, *, is_needed: bool) -> None:
        self._is_needed = is_needed
        self._folder = tempfile.TemporaryDirectory(prefix="routeaudit-")
        self._first: Heap | None = None
        self._stored: list[_Stored] = []
        self._gifts: dict[str, list[Hashes]] = {key: [] for key in BY_KEY}

    def __enter__(self) -> "Late":
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def take(self, heap: Heap) -> Iterator[Heap]:
        """Take one heap in; give it back at once where nothing can be told of it later."""
        if not self._is_needed:
            yield heap
        elif self._first is None and not self._stored:
            self._first = heap  # it may be the only one
        else:
            if self._first is not None:
                self._store(self._first)
                self._first = None
            self._store(heap)

    def _store(self, heap: Heap) -> None:
        path = Path(self._folder.name) / f"{len(self._stored):06}"
        heap.sifted.calls.write_parquet(f"{path}.calls", compression="lz4")
        heap.sifted.repeats.write_parquet(f"{path}.repeats", compression="lz4")
        self._stored.append(_Stored(path, *heap[1:]))
        for key, reasons in BY_KEY.items():
            rows = heap.sifted.repeats.filter(pl.col("reason").is_in(reasons))
            self._gifts[key].append(rows[key].drop_nulls().to_numpy())

    def rest(self) -> Iterator[Heap]:
        """Give the heaps that were kept, in order, filled from all that came after them."""
        if self._first is not None:
            yield self._first
        indices = {key: _Index.of(found) for key, found in self._gifts.items()}
        gave: dict[str, list[Hashes]] = {key: [] for key in BY_KEY}
        for number, stored in enumerate(self._stored):
            calls = pl.read_parquet(f"{stored.path}.calls")
            repeats = _marked(pl.read_parquet(f"{stored.path}.repeats"), gave)
            gifts = self._gifts_for(calls, number, indices)
            if gifts is not None:
                calls, given = with_gifts(Sifted(calls, gifts))
                for key, keys in _given(given).items():
                    gave[key].append(keys)
            yield Heap(Sifted(calls, repeats), *stored[1:])

    def _gifts_for(
        self, calls: pl.DataFrame, number: int, indices: Mapping[str, "_Index"]
    ) -> pl.DataFrame | None:
        """Load the repeats of later heaps that speak of these calls."""
        found = []
        for key, index in indices.items():
            own = calls[key].drop_nulls()
            for later in index.heaps_of(own.to_numpy()):
                if later > number:
                    rows = pl.scan_parquet(f"{self._stored[later].path}.repeats")
                    found.append(rows.filter(pl.col(key).is_in(own.implode())).collect())
        return pl.concat(found) if found else None


class _Index(NamedTuple):
    """Sorted keys, and the heap each lies in."""

    keys: Hashes
    heaps: npt.NDArray[np.int64]

    @classmethod
    def of(cls, keys_by_heap: Sequence[Hashes]) -> "_Index":
        keys = np.concatenate(keys_by_heap) if keys_by_heap else np.zeros(0, np.uint64)
        heaps = np.repeat(np.arange(len(keys_by_heap)), [len(keys) for keys in keys_by_heap])
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], heaps[order])

    def heaps_of(self, keys: Hashes) -> list[int]:
        """List the heaps that hold any of these keys: of each key the first and the last."""
        first = np.searchsorted(self.keys, keys, "left")
        after = np.searchsorted(self.keys, keys, "right")
        is_here = after > first
        ends = (self.heaps[first[is_here]], self.heaps[after[is_here] - 1])
        return [int(heap) for heap in np.unique(np.concatenate(ends))]


def _given(gifts: pl.DataFrame) -> dict[str, Hashes]:
    """List the keys of the repeats that told something new."""
    helped = gifts.filter(pl.col("reason").str.ends_with(KEPT))
    reason = pl.col("reason").str.strip_suffix(KEPT)
    return {
        key: helped.filter(reason.is_in(reasons))[key].drop_nulls().to_numpy()
        for key, reasons in BY_KEY.items()
    }


def _marked(repeats: pl.DataFrame, gave: Mapping[str, Sequence[Hashes]]) -> pl.DataFrame:
    for key, reasons in BY_KEY.items():
        if not gave[key]:
            continue
        own = repeats[key].drop_nulls().to_numpy()
        keys = pl.Series(np.intersect1d(own, np.concatenate(gave[key])), dtype=pl.UInt64)
        helped = pl.col("reason").is_in(reasons) & pl.col(key).is_in(keys.implode())
        repeats = repeats.with_columns(
            reason=pl.when(helped).then(pl.col("reason") + KEPT).otherwise("reason")
        )
    return repeats
