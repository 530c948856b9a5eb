"""Blocks of lines turned into columns by the adapters. Runs in this process or in a worker."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple  # Any: parsed JSON

import orjson
import polars as pl
from typing_extensions import override

from routeaudit.ingest.columns import RAW_COLUMNS, table
from routeaudit.ingest.detect import Known, all_formats, detect, named, unknown
from routeaudit.ingest.finish import finished
from routeaudit.ingest.lines import CUT_OFF, TOO_LONG, Block
from routeaudit.ingest.mapping import NAME, field_map, log_format, read_map_file
from routeaudit.ingest.parse import UnreadableError, parsed, parsed_behind_words
from routeaudit.ingest.piles import gathered
from routeaudit.ingest.settings import IngestSettings
from routeaudit.ingest.shape import Adapted, Aside, Scope, Unit

AUTO = "auto"
DEEPEST_WRAPPERS = 3
AT_ONCE = 100  # units


class Lines(NamedTuple):
    """Lines of one source with their numbers, each one JSON value or unreadable."""

    source: str
    numbered: Sequence[tuple[int, bytes]]
    are_whole_file: bool  # one document; what it is split into is numbered from 1
    latency_unit: Literal["s", "ms"] = "s"  # of latencies whose key names none


@dataclass(slots=True)
class Held:
    """A unit whose format must see others beside it, kept until they are there.

    It is kept parsed, or as JSON (bytes) once it comes from another process or from disk.
    """

    line: int
    given: Any
    size: int  # bytes of JSON, about

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process as JSON, which is smaller and faster than pickled objects."""
        text = self.json()
        return Held, (self.line, text, len(text))

    def json(self) -> bytes:
        """Give the unit as JSON in one line."""
        if type(self.given) is bytes:
            return self.given
        return orjson.dumps(self.given, default=str)

    def value(self) -> Any:  # noqa: ANN401 parsed JSON
        """Give the unit parsed."""
        return orjson.loads(self.given) if type(self.given) is bytes else self.given


class Converted(NamedTuple):
    """The piles of one block, and the units that have to wait, by format."""

    calls: pl.DataFrame  # finished
    merged: list[Aside]
    rejected: list[Aside]
    held: dict[str, list[Held]]
    units: int  # read, but those that wait: counted before any adapter saw them


class Found(NamedTuple):
    """A value and the format whose unit it is."""

    known: Known
    value: Any


def convert(lines: Lines, settings: IngestSettings) -> Converted:
    """Read lines of one source, each with the adapter of its format."""
    units, held = _Units(settings), defaultdict[str, list[Held]](list)
    rejected: list[Aside] = []
    strays: list[Aside] = []
    for line, text in lines.numbered:
        try:
            value = parsed(text)
        except UnreadableError as error:
            value = _behind_words(text, settings)
            if value is None:
                rejected.append(Aside(line, _reason(text, str(error))))
                continue
        found = units_of(value, settings)
        if not found:
            aside = rejected if isinstance(value, dict) else strays
            aside.append(Aside(line, unknown(value)))
        many = len(found) > 1 and lines.are_whole_file
        for number, (known, inner) in enumerate(found, start=1):
            place = number if many else line
            if known.format.scope is Scope.UNIT:
                units.add(known.name, Unit(place, inner))
            else:
                held[known.name].append(Held(place, inner, len(text) // len(found)))
    parts = units.adapted()
    passed = _passed(strays, [_known(name, settings) for name in held])
    rejected += [] if passed else strays
    frames = [table(part.rows, lines.source, name) for name, part in parts.items() if part.rows]
    return Converted(
        finished(in_order(frames), settings, lines.latency_unit) if frames else _no_calls(),
        passed + [aside for part in parts.values() for aside in part.merged],
        rejected + [aside for part in parts.values() for aside in part.rejected],
        dict(held),
        len(rejected) + len(passed) + units.n,
    )


def _passed(strays: Sequence[Aside], formats: Sequence[Known]) -> list[Aside]:
    """Pass over lines that are no objects where they stand in logs that have such lines."""
    why = next((known.format.strays for known in formats if known.format.strays), "")
    return [Aside(stray.line, why) for stray in strays] if why else []


class _Units:
    """Units that stand alone, by format; adapted a few at a time, while a processor's cache has them."""

    def __init__(self, settings: IngestSettings) -> None:
        self.n = 0
        self._settings = settings
        self._waiting: dict[str, list[Unit]] = defaultdict(list)
        self._parts: dict[str, list[Adapted]] = defaultdict(list)

    def add(self, name: str, unit: Unit) -> None:
        """Take a unit of a format."""
        self.n += 1
        waiting = self._waiting[name]
        waiting.append(unit)
        if len(waiting) >= AT_ONCE:
            self._adapt(name)

    def adapted(self) -> dict[str, Adapted]:
        """Give what the units became, by format."""
        for name in self._waiting:
            self._adapt(name)
        return {name: gathered(parts) for name, parts in self._parts.items()}

    def _adapt(self, name: str) -> None:
        waiting = self._waiting[name]
        if waiting:
            self._parts[name].append(adapted(_known(name, self._settings), waiting))
            self._waiting[name] = []


def _known(name: str, settings: IngestSettings) -> Known:
    return mapped(settings) if name == NAME else named(name)


@cache
def _no_calls() -> pl.DataFrame:
    return finished(in_order(()), IngestSettings())


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
    is_whole = block.first_line == 1 and len(found) == 1
    return Lines(block.source, found, is_whole, block.latency_unit)


def some_lines(block: Block, rest: pl.DataFrame) -> Lines:
    """Give those lines of a block that were not read already (`number`, `line`)."""
    texts = zip(rest["number"].to_list(), rest["line"].to_list(), strict=True)
    found = [(line, text.encode()) for line, text in texts if text and not text.isspace()]
    return Lines(block.source, found, are_whole_file=False, latency_unit=block.latency_unit)


def _behind_words(text: bytes, settings: IngestSettings) -> Any:  # noqa: ANN401 parsed JSON
    """Give the record that stands behind a time and other words on its line; else None."""
    value = parsed_behind_words(text)
    return value if is_mapped(settings) or detect(value) is not None else None


def _reason(text: bytes, reason: str) -> str:
    if text.startswith(TOO_LONG):
        return "a line over 256 MB"
    if text.startswith(CUT_OFF):
        return "the compressed file breaks off here"
    words = text[:2000].decode("utf-8", "replace")
    said = (k.format.recognise_text(words) for k in all_formats() if k.format.recognise_text)
    return next((told for told in said if told), reason)


def units_of(value: Any, wanted: IngestSettings, depth: int = 0) -> Sequence[Found]:  # noqa: ANN401 parsed JSON
    """Take wrappers and documents apart: each unit of a value with its format; none if unknown."""
    known = _format_of(value, wanted)
    if known is None:
        return ()
    inner = known.format.unwrap(value) if known.format.unwrap else []
    if inner and depth < DEEPEST_WRAPPERS:
        # what was sieved is not sieved again; what a wrapper holds is detected
        told = IngestSettings(format=wanted.format if is_mapped(wanted) else AUTO)
        return [unit for item in inner for unit in _inside(item, known, depth, told)]
    if known.format.joins:
        known = named(known.format.joins)
    split = known.format.split
    return [Found(known, item) for item in split(value)] if split else (Found(known, value),)


def _inside(
    item: Any,  # noqa: ANN401 parsed JSON
    wrapper: Known,
    depth: int,
    wanted: IngestSettings,
) -> Sequence[Found]:
    if _format_of(item, wanted) in (None, wrapper):
        return (Found(wrapper, item),)
    return units_of(item, wanted, depth + 1)


def _format_of(value: Any, wanted: IngestSettings) -> Known | None:  # noqa: ANN401 parsed JSON
    if not isinstance(value, dict):
        return None
    if is_mapped(wanted):
        return mapped(wanted)
    return detect(value) if wanted.format == AUTO else named(wanted.format)


def check_format(settings: IngestSettings) -> None:
    """Refuse an unknown format or mapping before anything is read.

    Raises:
        ConfigError: the format does not exist or the mapping cannot be read.
    """
    if is_mapped(settings):
        mapped.cache_clear()  # the map file may have changed since
        mapped(settings)
    elif settings.format != AUTO:
        named(settings.format)


def is_mapped(settings: IngestSettings) -> bool:
    """Tell whether the user says where fields lie, or which records to take."""
    return bool(settings.map or settings.map_file or settings.filter or settings.explode)


def detects(settings: IngestSettings) -> bool:
    """Tell whether formats are detected: `--map` reads every record, `--filter` only chooses.

    Raises:
        ConfigError: the mapping cannot be read.
    """
    return not is_mapped(settings) or mapped(settings).format.unwrap is not None


@cache
def mapped(settings: IngestSettings) -> Known:
    """Make the format that the user's mapping describes.

    Raises:
        ConfigError: the mapping cannot be read.
    """
    maps, filters, explode = settings.map, settings.filter, settings.explode
    if settings.map_file:
        more, more_filters, exploded = read_map_file(Path(settings.map_file))
        # what is told on the command line is told last, and wins
        maps, filters, explode = more + maps, filters + more_filters, explode or exploded
    return Known(NAME, log_format(field_map(maps, filters, explode)))


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
