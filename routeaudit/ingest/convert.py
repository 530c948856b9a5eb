"""Blocks of lines turned into columns by the adapters. Runs in this process or in a worker."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

import orjson
import polars as pl

from routeaudit.ingest.columns import RAW_COLUMNS, table
from routeaudit.ingest.detect import Known, all_formats, detect, named, unknown
from routeaudit.ingest.finish import finished
from routeaudit.ingest.lines import TOO_LONG, Block
from routeaudit.ingest.parse import UnreadableError, parsed
from routeaudit.ingest.settings import IngestSettings
from routeaudit.ingest.shape import Adapted, Aside, Scope, Unit

AUTO = "auto"
DEEPEST_WRAPPERS = 3


class Lines(NamedTuple):
    """Lines of one source with their numbers, each one JSON value or unreadable."""

    source: str
    numbered: Sequence[tuple[int, bytes]]
    are_whole_file: bool  # one document; what it is split into is numbered from 1


class Held(NamedTuple):
    """A unit whose format must see others beside it: kept as bytes until they are there."""

    line: int
    json: bytes


class Converted(NamedTuple):
    """The piles of one block, and the units that have to wait, by format."""

    calls: pl.DataFrame  # finished
    merged: list[Aside]
    rejected: list[Aside]
    held: dict[str, list[Held]]


class _Found(NamedTuple):
    known: Known
    value: Any


def convert(lines: Lines, settings: IngestSettings) -> Converted:
    """Read lines of one source, each with the adapter of its format."""
    units: dict[str, list[Unit]] = defaultdict(list)
    held: dict[str, list[Held]] = defaultdict(list)
    rejected: list[Aside] = []
    for line, text in lines.numbered:
        try:
            value = parsed(text)
        except UnreadableError as error:
            rejected.append(Aside(line, _reason(text, str(error))))
            continue
        found = list(_units(value, settings.format))
        if not found:
            rejected.append(Aside(line, unknown(value)))
        many = len(found) > 1 and lines.are_whole_file
        for number, (known, inner) in enumerate(found, start=1):
            place = number if many else line
            if known.format.scope is Scope.UNIT:
                units[known.name].append(Unit(place, inner))
            else:
                held[known.name].append(Held(place, orjson.dumps(inner, default=str)))
    parts = [adapted(named(name), group) for name, group in units.items()]
    frames = [
        table(part.rows, lines.source, name)
        for name, part in zip(units, parts, strict=True)
        if part.rows
    ]
    return Converted(
        finished(in_order(frames), settings),
        [aside for part in parts for aside in part.merged],
        rejected + [aside for part in parts for aside in part.rejected],
        dict(held),
    )


def in_order(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put frames of one source together, by line."""
    if not frames:
        return pl.DataFrame(schema=RAW_COLUMNS)
    if len(frames) == 1:
        return frames[0]
    return pl.concat(frames).sort("source_line", maintain_order=True)


def all_lines(block: Block) -> Lines:
    """Give the lines of a block that hold anything."""
    texts = enumerate(block.text.split(b"\n"), start=block.first_line)
    found = [(line, text) for line, text in texts if text and not text.isspace()]
    return Lines(block.source, found, block.first_line == 1 and len(found) == 1)


def some_lines(block: Block, rest: pl.DataFrame) -> Lines:
    """Give those lines of a block that were not read already (`number`, `line`)."""
    texts = zip(rest["number"].to_list(), rest["line"].to_list(), strict=True)
    found = [(line, text.encode()) for line, text in texts if text and not text.isspace()]
    return Lines(block.source, found, are_whole_file=False)


def _reason(text: bytes, reason: str) -> str:
    if text.startswith(TOO_LONG):
        return "a line over 256 MB"
    words = text[:2000].decode("utf-8", "replace")
    said = (k.format.recognise_text(words) for k in all_formats() if k.format.recognise_text)
    return next((told for told in said if told), reason)


def _units(value: Any, wanted: str, depth: int = 0) -> Iterator[_Found]:  # noqa: ANN401 parsed JSON
    known = _format_of(value, wanted)
    if known is None:
        return
    inner = known.format.unwrap(value) if known.format.unwrap else []
    if inner and depth < DEEPEST_WRAPPERS:
        for item in inner:
            yield from _units(item, AUTO, depth + 1) if detect(item) else (_Found(known, item),)
        return
    if known.format.joins:
        known = named(known.format.joins)
    split = known.format.split
    for item in split(value) if split else (value,):
        yield _Found(known, item)


def _format_of(value: Any, wanted: str) -> Known | None:  # noqa: ANN401 parsed JSON
    if wanted == AUTO:
        return detect(value)
    return named(wanted) if isinstance(value, Mapping) else None


def adapted(known: Known, units: Sequence[Unit]) -> Adapted:
    """Read units; one that its adapter fails on is rejected, and the others are kept."""
    try:
        return known.format.adapt(units)
    except Exception as error:  # noqa: BLE001 one odd record must not cost the whole log
        if len(units) == 1:
            reason = f"{known.name}: odd record ({type(error).__name__})"
            return Adapted(rejected=[Aside(units[0].line, reason)])
    parts = [adapted(known, [unit]) for unit in units]
    return Adapted(
        rows=[row for part in parts for row in part.rows],
        merged=[aside for part in parts for aside in part.merged],
        rejected=[aside for part in parts for aside in part.rejected],
    )
