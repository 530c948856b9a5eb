"""Damaged records of every format: nothing is raised, and no unit is lost."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeaudit.frames import RECORD_COLUMNS
from routeaudit.ingest.shape import Adapted, LogFormat, Unit

GOLDEN = Path(__file__).parents[1] / "golden"
ROW_KEYS = {*RECORD_COLUMNS, "total_tokens", "latency_raw"}
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, 2**70, "", "x", "{", "[]", '{"a": [1]}', "\ud83d", "0x1f", [], {},
    [None], [[]], [{"type": "text"}], {"role": []}, {"content": {"content": []}}, "NaN",
    "2026-13-45", [1, 2], {"usage": [1]}, float("nan"), float("inf"), "data: {", {"": ""},
)  # fmt: skip


def records(name: str) -> list[Any]:
    found: list[Any] = []
    for path in sorted(GOLDEN.joinpath(name).glob("input*.*")):
        text = path.read_text()
        if path.suffix == ".csv":
            found += map(dict, csv.DictReader(text.splitlines(keepends=True)))
            continue
        found += (
            [json.loads(text)] if path.suffix == ".json" else map(json.loads, text.splitlines())
        )
    return found


NAMES = tuple(
    folder.name
    for folder in sorted(GOLDEN.iterdir())
    if list(folder.glob("input*.json*")) or list(folder.glob("input*.csv"))
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: Any = []
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [here] + [path for key, item in inner for path in paths(item, (*here, key))]


def damaged(value: Any, path: Sequence[Any], odd: Any) -> Any:
    if not path:
        return odd
    key, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        return {**value, key: damaged(value[key], rest, odd)}
    return [damaged(item, rest, odd) if n == key else item for n, item in enumerate(value)]


def check(adapted: Adapted, units: Sequence[Unit]) -> None:
    assert len(adapted.rows) + len(adapted.merged) + len(adapted.rejected) == len(units)
    assert all(row.keys() <= ROW_KEYS for row in adapted.rows)
    assert all(None not in row.values() or "model" in row for row in adapted.rows)


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, list[Any]]:
    name = draw(st.sampled_from(NAMES))
    whole = records(name)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(paths(whole)[1:]))
        whole = damaged(whole, place, draw(st.sampled_from(ODD)))
        if not isinstance(whole, list) or not whole:
            return name, [whole]
    return name, whole


@given(mutated=mutations())
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_records_are_piled_up_and_none_is_lost_or_raises(
    mutated: tuple[str, list[Any]], known_formats: Mapping[str, LogFormat]
) -> None:
    name, values = mutated
    plugin = known_formats[name]
    for value in values:
        if isinstance(value, Mapping):
            for other in known_formats.values():
                assert other.sign(value) in (True, False)
            if plugin.unwrap:
                assert isinstance(plugin.unwrap(value), list)
    split = plugin.split
    parts = [
        part
        for value in values
        for part in (split(value) if split and isinstance(value, Mapping) else [value])
    ]
    units = [Unit(number, part) for number, part in enumerate(parts, 1)]
    check(plugin.adapt(units), units)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_no_format_raises_on_units_that_are_nothing_like_it(
    odd: Any, known_formats: Mapping[str, LogFormat]
) -> None:
    for plugin in known_formats.values():
        units = [Unit(1, odd), Unit(2, odd)]
        check(plugin.adapt(units), units)


@pytest.mark.parametrize("name", NAMES)
def test_half_of_the_golden_units_keep_the_law_too(
    name: str, known_formats: Mapping[str, LogFormat]
) -> None:
    plugin = known_formats[name]
    values = records(name)
    parts = [part for v in values for part in (plugin.split(v) if plugin.split else [v])]
    for half in (parts[::2], parts[1::2], parts[::-1], parts * 2):
        units = [Unit(number, part) for number, part in enumerate(half, 1)]
        check(plugin.adapt(units), units)
