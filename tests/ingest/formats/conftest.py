"""A small reader for tests of formats: detect, take apart, adapt. No frames, no cleverness."""

import csv
import importlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from routeaudit import plugins
from routeaudit.ingest.piles import gathered
from routeaudit.ingest.shape import Adapted, LogFormat, Scope, Unit

PACKAGE = "routeaudit.ingest.formats"


class Piles(NamedTuple):
    """What some files came to, by format; `units` counts what was handed to each."""

    found: dict[str, Adapted]
    units: dict[str, int]
    unknown: int

    def rows(self) -> list[dict[str, Any]]:
        return [row for adapted in self.found.values() for row in adapted.rows]

    def one(self, name: str) -> Adapted:
        return self.found[name]


def formats() -> dict[str, LogFormat]:
    names = [name.replace("-", "_") for name in plugins.names(PACKAGE)]
    loaded = {name: importlib.import_module(f"{PACKAGE}.{name}").PLUGIN for name in names}
    return dict(sorted(loaded.items(), key=lambda item: item[1].rank))


def parsed(path: Path) -> Iterator[Unit]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".csv":
        for number, row in enumerate(csv.DictReader(text.splitlines(keepends=True)), 1):
            yield Unit(number, dict(row))
        return
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield Unit(number, json.loads(line))
        return
    for number, value in enumerate(whole if isinstance(whole, list) else [whole], 1):
        yield Unit(number, value)


def taken_apart(unit: Unit, known: Mapping[str, LogFormat]) -> Iterator[tuple[str, Unit]]:
    if not isinstance(unit.value, Mapping):
        yield "", unit
        return
    name = next((name for name, plugin in known.items() if plugin.sign(unit.value)), "")
    plugin = known.get(name)
    inner = plugin.unwrap(unit.value) if plugin and plugin.unwrap else []
    if inner:
        for value in inner:
            yield from taken_apart(Unit(unit.line, value), known)
    elif plugin and plugin.split:
        for value in plugin.split(unit.value):
            yield name, Unit(unit.line, value)
    else:
        yield name, unit


def piled(paths: Sequence[Path]) -> Piles:
    csv.field_size_limit(1 << 30)
    known = formats()
    waiting: dict[str, list[Unit]] = defaultdict(list)
    parts: dict[str, list[Adapted]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    unknown = 0
    for path in paths:
        here: dict[str, list[Unit]] = defaultdict(list)
        for unit in parsed(path):
            for name, inner in taken_apart(unit, known):
                unknown += not name
                if name:
                    joined = known[name].joins or name
                    together = known[joined].scope is Scope.ALL
                    (waiting if together else here)[joined].append(inner)
                    counts[joined] += 1
        for name, units in here.items():
            parts[name].append(known[name].adapt(units))
    for name, units in waiting.items():
        parts[name].append(known[name].adapt(units))
    return Piles({name: gathered(found) for name, found in parts.items()}, counts, unknown)


@pytest.fixture(scope="session")
def known_formats() -> dict[str, LogFormat]:
    return formats()


@pytest.fixture(scope="session")
def pile() -> Callable[[Sequence[Path]], Piles]:
    return piled


@pytest.fixture(scope="session")
def real_logs() -> Path:
    folder = Path(__file__).parents[3].parent / "shared" / "data" / "logs"
    if not folder.is_dir():
        pytest.skip("the shared sample logs are not beside this checkout")
    return folder
