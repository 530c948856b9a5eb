"""What became of some lines, and the units that wait for the rest of a file or of all files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from routeaudit.frames import (
    MERGED_COLUMNS,
    RECORD_COLUMNS,
    REJECT_COLUMNS,
    Columns,
    empty,
    schema,
)
from routeaudit.ingest.columns import RAW_COLUMNS, table
from routeaudit.ingest.convert import Converted, Held, adapted
from routeaudit.ingest.detect import named
from routeaudit.ingest.finish import finished
from routeaudit.ingest.settings import IngestSettings
from routeaudit.ingest.shape import Aside, Scope, Unit
from routeaudit.ingest.shelf import Shelf

MOST_BYTES = {Scope.FILE: 64 << 20, Scope.ALL: 64 << 20}
HEAP_ROWS = 20_000
HEAP_BYTES = 32 << 20


class Pile(NamedTuple):
    """What some units became: finished calls, and the units that are none, with reasons."""

    calls: pl.DataFrame
    merged: pl.DataFrame
    rejects: pl.DataFrame
    units: int  # read, counted before they were adapted


def pile_of(source: str, converted: Converted) -> Pile:
    """Make a pile of what was read from one source."""
    return Pile(
        converted.calls,
        _asides(converted.merged, source, MERGED_COLUMNS),
        _asides(converted.rejected, source, REJECT_COLUMNS),
        converted.units,
    )


def refused(source: str, reason: str) -> Pile:
    """Make a pile of a file that could not be read at all."""
    rejects = pl.DataFrame(
        [(source, None, reason)], schema=schema(REJECT_COLUMNS), orient="row"
    )
    return Pile(empty(RECORD_COLUMNS), empty(MERGED_COLUMNS), rejects, 1)


def heaped(piles: Iterable[Pile]) -> Iterator[Pile]:
    """Put small piles together, so that two small logs of the same calls meet in one batch."""
    heap: list[Pile] = []
    size = rows = 0
    for pile in piles:
        heap.append(pile)
        size += int(pile.calls.estimated_size())
        rows += pile.calls.height + pile.merged.height + pile.rejects.height
        if size >= HEAP_BYTES or rows >= HEAP_ROWS:
            yield _one_pile(heap)
            heap, size, rows = [], 0, 0
    if heap:
        yield _one_pile(heap)


def _one_pile(heap: Sequence[Pile]) -> Pile:
    if len(heap) == 1:
        return heap[0]
    filled = [pile.calls for pile in heap if pile.calls.height] or [heap[0].calls]
    return Pile(
        pl.concat(filled),
        pl.concat([pile.merged for pile in heap]),
        pl.concat([pile.rejects for pile in heap]),
        sum(pile.units for pile in heap),
    )


def _asides(asides: Sequence[Aside], source: str, columns: Columns) -> pl.DataFrame:
    rows = [(source, aside.line, aside.reason) for aside in asides]
    return pl.DataFrame(rows, schema=schema(columns), orient="row")


class _Place(NamedTuple):
    source: str
    held: Held


class Waiting:
    """Units of formats that must see a whole file, or all files, at once.

    Once 64 MB of one format wait, as JSON, they go to disk, apart by what belongs together (a
    trace, a session), and are read part by part in the end. Units of a format that names no
    groups are then read with what is there.
    """

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._units: dict[str, list[_Place]] = {}
        self._bytes: dict[str, int] = {}
        self._shelves: dict[str, Shelf] = {}

    def __enter__(self) -> "Waiting":
        return self

    def __exit__(self, *_: object) -> None:
        for shelf in self._shelves.values():
            shelf.close()

    def hold(self, source: str, held: Mapping[str, Sequence[Held]]) -> None:
        """Keep units until their file, or all files, were read."""
        for name, units in held.items():
            self._units.setdefault(name, []).extend(_Place(source, unit) for unit in units)
            size = sum(unit.size for unit in units)
            self._bytes[name] = self._bytes.get(name, 0) + size

    def overflow(self) -> Iterator[Pile]:
        """Make room: units of formats that grew too many go to disk, or are read at once."""
        for name in list(self._units):
            known = named(name).format
            if self._bytes[name] <= MOST_BYTES[known.scope]:
                continue
            if known.group is None:
                yield from self._taken(name)
            else:
                if name not in self._shelves:
                    self._shelves[name] = Shelf(known.group)
                self._shelves[name].put(_plain(self._pop(name)))

    def of_file(self) -> Iterator[Pile]:
        """Read the units that waited for the end of a file."""
        for name in self._names():
            if named(name).format.scope is Scope.FILE:
                yield from self._taken(name)

    def of_all(self) -> Iterator[Pile]:
        """Read the units that waited for the end of all files."""
        for name in self._names():
            yield from self._taken(name)

    def _names(self) -> list[str]:
        return list(dict.fromkeys((*self._shelves, *self._units)))

    def _pop(self, name: str) -> list[_Place]:
        self._bytes.pop(name, None)
        return self._units.pop(name, [])

    def _taken(self, name: str) -> Iterator[Pile]:
        places, shelf = self._pop(name), self._shelves.pop(name, None)
        if shelf is None:
            yield _together(name, places, self._settings)
            return
        with shelf:
            shelf.put(_plain(places))
            for part in shelf.parts():
                found = [
                    _Place(source, Held(line, json, len(json))) for source, line, json in part
                ]
                yield _together(name, found, self._settings)


def _plain(places: list[_Place]) -> Iterator[tuple[str, int, bytes]]:
    """Give places up one by one, so that what was written need not be held."""
    left = list(reversed(places))
    places.clear()
    while left:
        source, held = left.pop()
        yield source, held.line, held.json()


def _together(name: str, places: Sequence[_Place], settings: IngestSettings) -> Pile:
    """Adapt units of several files: a unit's line is its index here, until it is read."""
    units = [Unit(i, place.held.value()) for i, place in enumerate(places)]
    found = adapted(named(name), units)
    at = (
        pl.DataFrame(
            {"source_file": [p.source for p in places], "line": [p.held.line for p in places]},
            schema={"source_file": pl.String, "line": pl.UInt64},
        )
        .with_row_index("source_line")
        .with_columns(pl.col("source_line").cast(pl.UInt64))
    )
    calls = (
        table(found.rows, "", name)
        .drop("source_file")
        .join(at, on="source_line", how="left", maintain_order="left")
    )
    return Pile(
        finished(
            calls.drop("source_line").rename({"line": "source_line"}).select(list(RAW_COLUMNS)),
            settings,
        ),
        _placed(found.merged, places, MERGED_COLUMNS),
        _placed(found.rejected, places, REJECT_COLUMNS),
        len(places),
    )


def _placed(
    asides: Sequence[Aside], places: Sequence[_Place], columns: Columns
) -> pl.DataFrame:
    rows = [(places[a.line].source, places[a.line].held.line, a.reason) for a in asides]
    return pl.DataFrame(rows, schema=schema(columns), orient="row")
