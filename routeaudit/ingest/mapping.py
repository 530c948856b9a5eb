"""The user's own format: `--map field=$.path`, `--filter`, `--explode`, or a file of them."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.errors import ConfigError
from routeaudit.frames import RECORD_COLUMNS
from routeaudit.ingest.bodies import pair
from routeaudit.ingest.bodies.content import flatten, turns
from routeaudit.ingest.paths import JsonPath, as_written, follow, json_path
from routeaudit.ingest.piles import Merge, Reject, each
from routeaudit.ingest.rows import status_row, timed
from routeaudit.ingest.shape import Adapted, Aside, LogFormat, Row, Unit
from routeaudit.ingest.values import first, number, string, unwrapped
from routeaudit.ingest.wrapper import status
from routeaudit.plugins import hint_for

NAME = "mapped"
LEFT_OUT = "left out by --filter"
UNKNOWN = "unknown format"
NOTHING = "nothing is where --map says"
BODIES = ("request", "response")
PROMPTS = ("messages", "prompt", "prompt_text")
LENGTHS = {"latency_ms": ("latency_s", 1e-3), "ttft_ms": ("ttft_s", 1e-3)}
FIELDS = (
    *(name for name in RECORD_COLUMNS if not name.startswith("source_")),
    *BODIES, "prompt", "prompt_text", "total_tokens", *LENGTHS,
)  # fmt: skip
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
Pipe = Callable[[Any], Any]


def _joined(value: Any) -> Any:  # noqa: ANN401 parsed JSON
    return "\n".join(flatten(item).text for item in value) if isinstance(value, list) else value


def _times(factor: float) -> Pipe:
    def scaled(value: Any) -> float | None:  # noqa: ANN401 parsed JSON
        found = number(value)
        return None if found is None else found * factor

    return scaled


PIPES: Mapping[str, Pipe] = {
    "json": unwrapped,
    "first": lambda value: value[0] if isinstance(value, list) and value else value,
    "last": lambda value: value[-1] if isinstance(value, list) and value else value,
    "join": _joined,
    "cents": _times(0.01),
    "ticks": lambda value: value,  # times know ticks by their size
    **{unit: _times(factor) for unit, factor in SECONDS.items()},
}


class Source(NamedTuple):
    """Where a field comes from: the first path that leads anywhere, or a constant."""

    paths: tuple[JsonPath, ...]
    pipes: tuple[str, ...] = ()
    constant: str | None = None


class Filter(NamedTuple):
    """Keep only records whose value at a path is (or is not) this text."""

    path: JsonPath
    value: str
    is_equal: bool


class FieldMap(NamedTuple):
    """A user's format, ready to read with."""

    fields: tuple[tuple[str, Source], ...]
    filters: tuple[Filter, ...] = ()
    explode: JsonPath | None = None


@cache
def field_map(maps: tuple[str, ...], filters: tuple[str, ...], explode: str | None) -> FieldMap:
    """Read the texts of `--map`, `--filter` and `--explode`.

    Raises:
        ConfigError: a text is no mapping, a field or a pipe is unknown.
    """
    pairs = [text.partition("=") for text in maps]
    for name, sign, _ in pairs:
        if not sign:
            raise ConfigError(
                f"cannot read --map {name!r}", hint="as in --map cost_usd=$.price"
            )
        if name.strip() not in FIELDS:
            raise ConfigError(
                f"there is no field {name.strip()!r}", hint=hint_for(name.strip(), FIELDS)
            )
    return FieldMap(
        tuple(_named(name.strip(), _source(told)) for name, _, told in pairs),
        tuple(map(_filter, filters)),
        json_path(explode) if explode else None,
    )


def _named(name: str, source: Source) -> tuple[str, Source]:
    """Name a field; one of milliseconds whose unit is told comes out of the pipe in seconds."""
    in_seconds = name in LENGTHS and any(pipe in SECONDS for pipe in source.pipes)
    return (LENGTHS[name][0] if in_seconds else name), source


def _source(told: str) -> Source:
    text = told.strip()
    if text[:1] in {'"', "'"} and text[-1:] == text[:1]:
        return Source((), constant=text[1:-1])
    marked = text.replace("||", "\0")
    head, *pipes = (part.strip() for part in marked.split("|"))
    for pipe in pipes:
        if pipe not in PIPES and not pipe.startswith("$"):
            raise ConfigError(f"there is no pipe {pipe!r}", hint=hint_for(pipe, tuple(PIPES)))
    return Source(tuple(json_path(path) for path in head.split("\0")), tuple(pipes))


def _filter(text: str) -> Filter:
    for sign in ("==", "!=", "="):
        name, found, value = text.partition(sign)
        if found:
            where = name.strip()
            path = json_path(where if where.startswith("$") else f"$.{where}")
            return Filter(path, value.strip().strip("\"'"), sign != "!=")
    raise ConfigError(f"cannot read --filter {text!r}", hint="as in --filter type==GENERATION")


def read_map_file(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """Read `--map-file`: TOML with a table `map` (field = "$.path"), `filter`, `explode`.

    Raises:
        ConfigError: there is no such file, it is no TOML, or a key or its value is wrong.
    """
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error
    for key in told:
        if key not in ("map", "filter", "explode"):
            raise ConfigError(f"{path}: unknown key {key!r}", hint="map, filter or explode")
    maps, filters, explode = told.get("map", {}), told.get("filter", []), told.get("explode")
    filters = [filters] if isinstance(filters, str) else filters
    told_well = (
        (
            "map",
            isinstance(maps, dict) and _are_texts(maps.values()),
            '[map], then ts = "$.when"',
        ),
        (
            "filter",
            isinstance(filters, list) and _are_texts(filters),
            'filter = ["type==chat"]',
        ),
        ("explode", explode is None or isinstance(explode, str), 'explode = "$.calls"'),
    )
    for key, is_well, example in told_well:
        if not is_well:
            raise ConfigError(f"{path}: cannot read {key}", hint=f"as in {example}")
    return tuple(f"{name}={source}" for name, source in maps.items()), tuple(filters), explode


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def log_format(wanted: FieldMap) -> LogFormat:
    """Make a log format of a field map: it takes every record that is an object.

    Without fields it only takes records apart and leaves some out; the rest is detected.
    """
    if not wanted.fields:
        return _sieve(wanted)

    def adapt(units: Sequence[Unit]) -> Adapted:
        return each(units, lambda value: _read(value, wanted))

    def split(value: Mapping[str, Any]) -> list[Any]:
        found = follow(value, wanted.explode or ())
        return list(_exploded(value, found)) if isinstance(found, list) else [value]

    return LogFormat(
        rank=0, sign=lambda _: True, adapt=adapt, split=split if wanted.explode else None
    )


def _sieve(wanted: FieldMap) -> LogFormat:
    def unwrap(value: Mapping[str, Any]) -> list[Any]:
        found = follow(value, wanted.explode) if wanted.explode else None
        items = _exploded(value, found) if isinstance(found, list) else [value]
        return [item if _is_wanted(item, wanted) else None for item in items]

    def adapt(units: Sequence[Unit]) -> Adapted:
        gone = [Aside(unit.line, LEFT_OUT) for unit in units if unit.value is None]
        odd = [Aside(unit.line, UNKNOWN) for unit in units if unit.value is not None]
        return Adapted(merged=gone, rejected=odd)

    return LogFormat(rank=0, sign=lambda _: True, adapt=adapt, unwrap=unwrap)


def _exploded(value: Mapping[str, Any], found: list[Any]) -> Iterator[Any]:
    """Lay each element over the record around it, so that paths reach both."""
    for item in found:
        yield {**value, **item} if isinstance(item, dict) else {**value, "item": item}


def _read(value: Mapping[str, Any], wanted: FieldMap) -> Row | Merge | Reject:
    if not _is_wanted(value, wanted):
        return Merge(LEFT_OUT)
    found = {name: _value(value, source) for name, source in wanted.fields}
    lying = [found[name] for name, source in wanted.fields if source.paths]
    if lying and all(value is None for value in lying):
        return Reject(NOTHING)
    bodies = [found.pop(name, None) for name in BODIES]
    row: Row = pair.read(*bodies) if any(body is not None for body in bodies) else {}
    row.update(_placed({k: v for k, v in found.items() if v is not None}))
    row.setdefault("model", row.get("model_requested"))
    row.setdefault(
        "status", status_row(row.get("http_status"), error=row.get("error_code"))["status"]
    )
    return row


def _is_wanted(value: Mapping[str, Any], wanted: FieldMap) -> bool:
    return all(
        (as_written(follow(value, told.path)) == told.value) == told.is_equal
        for told in wanted.filters
    )


def _value(value: Mapping[str, Any], source: Source) -> Any:  # noqa: ANN401 parsed JSON
    if source.constant is not None:
        return source.constant
    found = first(*(follow(value, path) for path in source.paths))
    for pipe in source.pipes:
        found = follow(found, json_path(pipe)) if pipe.startswith("$") else PIPES[pipe](found)
    return found


def _placed(found: dict[str, Any]) -> Row:
    row: Row = {}
    for name, value in found.items():
        if name in PROMPTS:
            row["messages"] = (
                turns(unwrapped(value)).messages or turns(string(value) or "").messages
            )
        elif name == "ts":
            row.update(timed(value))
        elif name == "status":
            row.update(status(value))
        elif name in LENGTHS:
            field, factor = LENGTHS[name]
            told = number(value)
            row[field] = None if told is None else told * factor
        elif name == "response_text":
            row[name] = flatten(unwrapped(value)).text or string(value)
        elif name in ("tags", "tool_calls"):
            row[name] = unwrapped(value)
        else:
            row[name] = value
    return row
