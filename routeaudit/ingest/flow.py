"""Logs in, batches of normalised records out, in the order of the sources."""

import io
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, NamedTuple

import orjson
import polars as pl

from routeaudit.errors import InputError
from routeaudit.frames import (
    MERGED_COLUMNS,
    RECORD_COLUMNS,
    REJECT_COLUMNS,
    Records,
    Rejects,
    as_records,
    as_rejects,
    schema,
)
from routeaudit.ingest import sources
from routeaudit.ingest.columns import RAW_COLUMNS, table
from routeaudit.ingest.convert import (
    AUTO,
    Converted,
    Held,
    adapted,
    all_lines,
    check_format,
    convert,
    in_order,
    is_mapped,
    some_lines,
)
from routeaudit.ingest.dedupe import Dedupe
from routeaudit.ingest.detect import named
from routeaudit.ingest.finish import finished, in_window
from routeaudit.ingest.lines import HEAD_BYTES, Block, blocks
from routeaudit.ingest.read import PLAIN_FORMAT, plain_shapes, read_plain
from routeaudit.ingest.settings import IngestSettings
from routeaudit.ingest.shape import Aside, Scope, Unit
from routeaudit.ingest.tabular import csv_blocks, is_csv, parquet_blocks

RECORD_SCHEMA = schema(RECORD_COLUMNS)
log = logging.getLogger(__name__)


class Batch(NamedTuple):
    """Some of the calls, and what became of every other unit that was read with them.

    Units = records + merged + rejects, in each batch.
    """

    records: Records
    rejects: Rejects
    merged: pl.DataFrame  # MERGED_COLUMNS
    units: int
    notes: Mapping[str, int]  # what was left out on request, and how many calls


class _Pile(NamedTuple):
    """One block's worth, before it is finished."""

    calls: pl.DataFrame
    merged: pl.DataFrame
    rejects: pl.DataFrame


def read(places: Sequence[str], settings: IngestSettings) -> Iterator[Batch]:
    """Read logs from files, folders, globs, archives or `-`.

    Raises:
        InputError: a place is missing, empty, binary, or holds no logs.
        ConfigError: the format named in the settings does not exist.
    """
    check_format(settings)
    found = sources.expand(places)
    dedupe, waiting = Dedupe(), _Waiting()
    for source in found:
        try:
            with source.unpacked() as stream:
                for block in source_blocks(source, stream):
                    pile, held = _read_block(block, settings)
                    waiting.hold(source.name, held)
                    yield _batch(pile, dedupe, settings)
        except InputError as error:
            if len(found) == 1:
                raise
            yield _batch(_refused(source.name, str(error)), dedupe, settings)
        for pile in waiting.of_file(settings):
            yield _batch(pile, dedupe, settings)
    for pile in waiting.of_all(settings):
        yield _batch(pile, dedupe, settings)


def source_blocks(source: sources.Source, stream: IO[bytes]) -> Iterator[Block]:
    """Cut one opened source into blocks of lines, whatever kind of file it is."""
    if source.ending == ".parquet":
        return parquet_blocks(source.name, stream)
    head = stream.peek(HEAD_BYTES) if isinstance(stream, io.BufferedReader) else b""
    if source.ending in (".csv", ".tsv") or is_csv(head):
        return csv_blocks(source.name, stream)
    return blocks(source.name, stream)


def _read_block(
    block: Block, settings: IngestSettings
) -> tuple[_Pile, Mapping[str, Sequence[Held]]]:
    may_be_plain = settings.format in (AUTO, PLAIN_FORMAT) and not is_mapped(settings)
    shapes = plain_shapes(block) if may_be_plain else {}
    if not shapes:
        converted = convert(all_lines(block), settings)
        return _pile(block.source, converted), converted.held
    plain = read_plain(block, shapes)
    converted = convert(some_lines(block, plain.rest), settings)
    calls = in_order([finished(plain.calls, settings), converted.calls])
    return _pile(block.source, converted._replace(calls=calls)), converted.held


def _batch(pile: _Pile, dedupe: Dedupe, settings: IngestSettings) -> Batch:
    wanted = in_window(pile.calls, settings)
    sifted = dedupe.sift(wanted)
    merged = pl.concat([pile.merged, sifted.repeats])
    outside = pile.calls.height - wanted.height
    return Batch(
        as_records(sifted.calls),
        as_rejects(pile.rejects),
        merged,
        sifted.calls.height + merged.height + pile.rejects.height,
        Counter({"outside the time window": outside} if outside else {}),
    )


def _pile(source: str, converted: Converted) -> _Pile:
    return _Pile(
        converted.calls,
        _asides(converted.merged, source, schema(MERGED_COLUMNS)),
        _asides(converted.rejected, source, schema(REJECT_COLUMNS)),
    )


def _asides(asides: Sequence[Aside], source: str, wanted: pl.Schema) -> pl.DataFrame:
    rows = [(source, aside.line, aside.reason) for aside in asides]
    return pl.DataFrame(rows, schema=wanted, orient="row")


def _refused(source: str, reason: str) -> _Pile:
    none = pl.DataFrame(schema=RECORD_SCHEMA)
    rejects = pl.DataFrame(
        [(source, None, reason)], schema=schema(REJECT_COLUMNS), orient="row"
    )
    return _Pile(none, pl.DataFrame(schema=schema(MERGED_COLUMNS)), rejects)


class _Place(NamedTuple):
    source: str
    held: Held


class _Waiting:
    """Units of formats that must see a whole file, or all files, at once."""

    def __init__(self) -> None:
        self._units: dict[str, list[_Place]] = {}

    def hold(self, source: str, held: Mapping[str, Sequence[Held]]) -> None:
        for name, units in held.items():
            self._units.setdefault(name, []).extend(_Place(source, unit) for unit in units)

    def of_file(self, settings: IngestSettings) -> Iterator[_Pile]:
        """Read the units that waited for the end of a file."""
        for name in [n for n in self._units if named(n).format.scope is Scope.FILE]:
            yield _together(name, self._units.pop(name), settings)

    def of_all(self, settings: IngestSettings) -> Iterator[_Pile]:
        """Read the units that waited for the end of all files."""
        for name in list(self._units):
            yield _together(name, self._units.pop(name), settings)


def _together(name: str, places: Sequence[_Place], settings: IngestSettings) -> _Pile:
    """Adapt units of several files: a unit's line is its index here, until it is read."""
    units = [Unit(i, orjson.loads(p.held.json)) for i, p in enumerate(places)]
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
    return _Pile(
        finished(
            calls.drop("source_line").rename({"line": "source_line"}).select(list(RAW_COLUMNS)),
            settings,
        ),
        _placed(found.merged, places, schema(MERGED_COLUMNS)),
        _placed(found.rejected, places, schema(REJECT_COLUMNS)),
    )


def _placed(
    asides: Sequence[Aside], places: Sequence[_Place], wanted: pl.Schema
) -> pl.DataFrame:
    rows = [(places[a.line].source, places[a.line].held.line, a.reason) for a in asides]
    return pl.DataFrame(rows, schema=wanted, orient="row")
