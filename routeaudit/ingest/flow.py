"""Logs in, batches of normalised records out, in the order of the sources."""

import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import IO, NamedTuple

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
    empty,
    schema,
)
from routeaudit.ingest import sources
from routeaudit.ingest.convert import (
    AUTO,
    Converted,
    all_lines,
    check_format,
    convert,
    in_order,
    is_mapped,
    some_lines,
)
from routeaudit.ingest.dedupe import Dedupe
from routeaudit.ingest.encoding import HEAD_BYTES
from routeaudit.ingest.finish import finished, in_window
from routeaudit.ingest.framed import framed_blocks, is_framed
from routeaudit.ingest.late import Heap, Late, are_of_several_kinds
from routeaudit.ingest.latency_unit import with_unit
from routeaudit.ingest.lines import Block, blocks
from routeaudit.ingest.memory import keep_freed_memory
from routeaudit.ingest.read import PLAIN_FORMAT, PlainReader, Shapes, plain_shapes
from routeaudit.ingest.sample import Sample
from routeaudit.ingest.settings import IngestSettings
from routeaudit.ingest.tabular import PARQUET_MAGIC, csv_blocks, is_csv, parquet_blocks
from routeaudit.ingest.waiting import Pile, Waiting, heaped, pile_of, refused
from routeaudit.ingest.worker import Crew

RECORD_SCHEMA = schema(RECORD_COLUMNS)
log = logging.getLogger(__name__)


class Batch(NamedTuple):
    """Some of the calls, and what became of every other unit that was read with them.

    Units are counted where they are read; records + merged + rejects are as many, in each batch.
    """

    records: Records
    rejects: Rejects
    merged: pl.DataFrame  # MERGED_COLUMNS
    units: int
    notes: Mapping[str, int]  # what was left out on request, and how many calls


def read(places: Sequence[str], settings: IngestSettings) -> Iterator[Batch]:
    """Read logs from files, folders, globs, archives or `-`.

    Raises:
        InputError: a place is missing, empty, binary, or holds no logs.
        ConfigError: the format named in the settings does not exist.
    """
    check_format(settings)
    keep_freed_memory()
    found = sources.expand(places)
    sample = Sample(settings.sample, settings.seed)
    dedupe = Dedupe()
    several = are_of_several_kinds(found)
    with PlainReader() as plain, Crew(settings) as crew, Late(is_needed=several) as late:
        for pile in heaped(_piles(found, _Reading(settings, crew, plain))):
            for heap in late.take(_heap(pile, dedupe, settings)):
                yield _batch(heap, sample)
        for heap in late.rest():
            yield _batch(heap, sample)
    chosen = sample.chosen()
    if chosen is not None:
        none = empty(MERGED_COLUMNS)
        yield Batch(
            as_records(chosen), as_rejects(empty(REJECT_COLUMNS)), none, chosen.height, {}
        )


class _Reading(NamedTuple):
    """What reading takes: what is wanted, and who does it."""

    settings: IngestSettings
    crew: Crew
    plain: PlainReader


def _piles(found: Sequence[sources.Source], reading: _Reading) -> Iterator[Pile]:
    with Waiting(reading.settings) as waiting:
        yield from _piled(found, reading, waiting)


def _piled(
    found: Sequence[sources.Source], reading: _Reading, waiting: Waiting
) -> Iterator[Pile]:
    for source in found:
        try:
            for name, converted in _converted(source, reading):
                waiting.hold(name, converted.held)
                yield pile_of(name, converted)
                yield from waiting.overflow()
        except InputError as error:
            if len(found) == 1:
                raise
            yield refused(source.name, str(error))
        yield from waiting.of_file()
    yield from waiting.of_all()


def _converted(source: sources.Source, reading: _Reading) -> Iterator[tuple[str, Converted]]:
    with source.unpacked() as stream:
        for block in source_blocks(source, stream):
            _read_block(block, reading)
            yield from reading.crew.ready()
    yield from reading.crew.rest()


def source_blocks(source: sources.Source, stream: IO[bytes]) -> Iterator[Block]:
    """Cut one opened source into blocks of lines, whatever kind of file it is."""
    return with_unit(_blocks(source, stream))


def _blocks(source: sources.Source, stream: IO[bytes]) -> Iterator[Block]:
    head = stream.peek(HEAD_BYTES) if isinstance(stream, io.BufferedReader) else b""
    if source.ending == ".parquet" or head.startswith(PARQUET_MAGIC):
        return parquet_blocks(source.name, stream)
    if is_framed(head):
        return framed_blocks(source.name, stream)
    if source.ending in (".csv", ".tsv") or is_csv(head):
        return csv_blocks(source.name, stream)
    return blocks(source.name, stream)


def _read_block(block: Block, reading: _Reading) -> None:
    settings, crew, _ = reading
    may_be_plain = settings.format in (AUTO, PLAIN_FORMAT) and not is_mapped(settings)
    shapes = plain_shapes(block) if may_be_plain else {}
    if shapes:
        crew.start(block.source, partial(_read_plain, block, shapes, reading))
    elif crew.takes(block):
        crew.hand_over(block)
    else:
        crew.put(block.source, convert(all_lines(block), settings))


def _read_plain(block: Block, shapes: Shapes, reading: _Reading) -> Converted:
    settings = reading.settings
    plain = reading.plain.read(block, shapes)
    found = finished(plain.calls, settings, block.latency_unit)
    if plain.rest.is_empty():
        return Converted(found, [], [], {}, found.height)
    converted = convert(some_lines(block, plain.rest), settings)
    calls = in_order([found, converted.calls] if converted.calls.height else [found])
    return converted._replace(calls=calls, units=plain.calls.height + converted.units)


def _heap(pile: Pile, dedupe: Dedupe, settings: IngestSettings) -> Heap:
    wanted = in_window(pile.calls, settings)
    outside = pile.calls.height - wanted.height
    return Heap(
        dedupe.sift(wanted),
        pile.merged,
        pile.rejects,
        pile.units,
        {"outside the time window": outside},
    )


def _batch(heap: Heap, sample: Sample) -> Batch:
    calls, repeats = heap.sifted
    before = sample.dropped
    kept = sample.sift(calls.select(list(RECORD_COLUMNS)))
    left_out = {**heap.left_out, "not in the sample": sample.dropped - before}
    elsewhere = sum(heap.left_out.values()) + calls.height - kept.height
    return Batch(
        as_records(kept),
        as_rejects(heap.rejects),
        pl.concat([heap.merged, repeats.select(list(MERGED_COLUMNS))]),
        heap.units - elsewhere,
        {reason: n for reason, n in left_out.items() if n},
    )
