"""What a log is, for `routeaudit formats`: its formats, some records, what was not read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple  # Any: parsed JSON

import orjson
import polars as pl

from routeaudit.frames import RECORD_COLUMNS, TEXT_COLUMNS
from routeaudit.ingest import sources
from routeaudit.ingest.convert import (
    AUTO,
    Converted,
    Lines,
    adapted,
    all_lines,
    convert,
    is_mapped,
    units_of,
)
from routeaudit.ingest.detect import all_formats, detect
from routeaudit.ingest.flow import source_blocks
from routeaudit.ingest.guess import suggestion
from routeaudit.ingest.lines import Block
from routeaudit.ingest.parse import UnreadableError, parsed
from routeaudit.ingest.settings import IngestSettings
from routeaudit.ingest.shape import Unit
from routeaudit.ingest.waiting import Pile, Waiting, pile_of
from routeaudit.result.pseudonym import pseudonym

MOST_LINES = 2000
MOST_PATHS = 200
DEEPEST = 5
WATCHED_LAYERS = 100  # no adapter looks deeper
SHOWN = 3
NO_LINES = Block("", 1, b"")


class FormatLine(NamedTuple):
    """One line of `routeaudit formats list`."""

    name: str
    about: str


class KeyPath(NamedTuple):
    """A path found in the records, the types of its values, and how often it is there."""

    path: str
    types: str
    share: float


class Explained(NamedTuple):
    """What the first lines of a log turned out to be. Never holds anyone's words."""

    lines: int
    formats: Mapping[str, int]  # format -> records
    rejects: Mapping[str, int]  # reason -> lines
    merged: Mapping[str, int]  # reason -> lines
    examples: list[dict[str, Any]]  # up to three records: no texts, ids of users hashed
    null_rates: Mapping[str, float]  # column -> share of records without it
    unmapped: list[KeyPath]  # keys that no adapter looked at
    suggestion: str  # a --map line guessed from key names; empty when the format is known


def list_formats() -> list[FormatLine]:
    """List the log formats, in the order in which they are tried."""
    return [FormatLine(known.name, known.format.about) for known in all_formats()]


def explain(place: str, settings: IngestSettings) -> Explained:
    """Read the first lines of a log and say what they are.

    Raises:
        InputError: the file is missing, empty or binary.
    """
    head = _head(place)
    converted = convert(head, settings)
    values = list(_values(head))
    piles = [pile_of(head.source, converted), *_held(head.source, converted, settings)]
    calls = pl.concat([pile.calls for pile in piles])
    formats = Counter(calls["source_format"].to_list())
    for name in converted.held:
        formats.setdefault(name, 0)
    told = is_mapped(settings) or settings.format != AUTO
    unknown = [] if told else [value for value in values if detect(value) is None]
    return Explained(
        len(head.numbered),
        _as_detected(dict(formats.most_common()), values),
        _reasons(reason for pile in piles for reason in pile.rejects["reason"]),
        _reasons(reason for pile in piles for reason in pile.merged["reason"]),
        _examples(calls),
        _null_rates(calls),
        [*_unmapped(values, settings), *key_paths(unknown)],
        suggestion(unknown) if unknown and not formats else "",
    )


def _as_detected(formats: Mapping[str, int], values: list[Any]) -> dict[str, int]:
    """Name what is read together with another format by its own name if the other is not here."""
    known = [found for value in values if (found := detect(value)) is not None]
    here = {found.name for found in known}
    own = {found.format.joins: found.name for found in known if found.format.joins not in here}
    return {own.get(name, name): n for name, n in formats.items()}


def _head(place: str) -> Lines:
    source = sources.expand([place])[0]
    with source.unpacked() as stream:
        block = next(iter(source_blocks(source, stream)), NO_LINES)
    lines = all_lines(block)
    return lines._replace(numbered=lines.numbered[:MOST_LINES])


def _held(source: str, converted: Converted, settings: IngestSettings) -> Iterator[Pile]:
    """Read what waits for the rest of its file with what is there."""
    waiting = Waiting(settings)
    waiting.hold(source, converted.held)
    return waiting.of_all()


def _values(lines: Lines) -> Iterator[Any]:
    for _, text in lines.numbered:
        try:
            yield parsed(text)
        except UnreadableError:
            continue


def _reasons(reasons: Iterator[str]) -> dict[str, int]:
    return dict(Counter(reasons).most_common(20))


def _examples(calls: pl.DataFrame) -> list[dict[str, Any]]:
    rows = calls.head(SHOWN).drop(*TEXT_COLUMNS).to_dicts()
    return [{k: _shown(k, v) for k, v in row.items() if v is not None} for row in rows]


def _shown(column: str, value: Any) -> Any:  # noqa: ANN401 a cell
    if column == "user":
        return pseudonym(value)
    return ", ".join(sorted(orjson.loads(value))) if column == "tags" else value


def _null_rates(calls: pl.DataFrame) -> dict[str, float]:
    if calls.is_empty():
        return {}
    return {name: calls[name].null_count() / calls.height for name in RECORD_COLUMNS}


class _Watched(dict[str, Any]):
    """An object that remembers which of its keys were looked at."""

    def __init__(self, value: Mapping[str, Any], path: str, seen: set[str]) -> None:
        inner = {k: watched(v, f"{path}.{k}", seen) for k, v in value.items()}
        super().__init__(inner)
        self._path, self._seen = path, seen

    def get(self, key: str, default: Any = None) -> Any:  # type: ignore[explicit-override]  # noqa: ANN401 typing.override is newer than Python 3.11
        self._seen.add(f"{self._path}.{key}")
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:  # type: ignore[explicit-override]  # noqa: ANN401 as `get`
        self._seen.add(f"{self._path}.{key}")
        return super().__getitem__(key)

    def items(self) -> Any:  # type: ignore[explicit-override]  # noqa: ANN401 as `get`
        self._seen.update(f"{self._path}.{key}" for key in self)
        return super().items()


def watched(value: Any, path: str, seen: set[str]) -> Any:  # noqa: ANN401 parsed JSON
    """Wrap objects so that `seen` fills with the paths that are looked at."""
    if path.count("[*]") + path.count(".") > WATCHED_LAYERS:
        return value
    if isinstance(value, dict):
        return _Watched(value, path, seen)
    if isinstance(value, list):
        return [watched(item, f"{path}[*]", seen) for item in value]
    return value


def _unmapped(values: list[Any], settings: IngestSettings) -> list[KeyPath]:
    seen: set[str] = set()
    if settings.format != AUTO:
        return []
    found = [unit for value in islice(values, MOST_PATHS) for unit in units_of(value, settings)]
    groups = {unit.known.name: unit.known for unit in found}
    for name, known in groups.items():
        inner = [unit.value for unit in found if unit.known.name == name]
        adapted(known, [Unit(n, watched(v, "$", seen)) for n, v in enumerate(inner)])
    return [path for path in key_paths([u.value for u in found]) if path.path not in seen]


def key_paths(values: list[Any]) -> list[KeyPath]:
    """List the paths of all keys in some records, with types and how often they are there."""
    types: dict[str, set[str]] = {}
    counts: Counter[str] = Counter()
    for value in values:
        found = dict(_paths(value, "$", 0))
        counts.update(found.keys())
        for path, kind in found.items():
            types.setdefault(path, set()).add(kind)
    return [
        KeyPath(path, "|".join(sorted(types[path])), count / len(values))
        for path, count in counts.most_common(MOST_PATHS)
    ]


def _paths(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401 parsed JSON
    if isinstance(value, dict) and depth < DEEPEST:
        for key, inner in value.items():
            yield f"{path}.{key}", type(inner).__name__
            yield from _paths(inner, f"{path}.{key}", depth + 1)
    elif isinstance(value, list) and value and depth < DEEPEST:
        yield from _paths(value[0], f"{path}[*]", depth + 1)
