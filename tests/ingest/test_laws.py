"""Laws of ingest: every unit is accounted for, and nothing that is logged brings it down."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest import convert as convert_module
from routeaudit.ingest.convert import all_lines, convert
from routeaudit.ingest.lines import Block
from routeaudit.ingest.shape import Adapted
from routeaudit.ingest.waiting import Waiting
from routeaudit.ingest.worker import Crew

GOLDEN = Path(__file__).parent / "golden"
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.just([]), st.just({}), st.just([[]]), st.just([{}]), st.just("{}"), st.just("[1"),
    st.just({"type": 1}), st.just("data: {}"), st.just(["data: 1"]),
)  # fmt: skip


@cache
def examples() -> dict[str, list[dict[str, Any]]]:
    """List the golden records of each format, whole documents among them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(GOLDEN.glob("*/input*.json*")):
        text = path.read_text()
        lines = [text] if path.suffix == ".json" else text.splitlines()
        values = [json.loads(line) for line in lines if line.endswith(("}", "}\n"))]
        found.setdefault(path.parent.name, []).extend(v for v in values if v)
    return found


ONE = examples()["openai_chat_pair"][0]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    keys = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in keys:
        found += places(inner, (*path, key))
    return found


def mutated(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = odd
    return copy


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_with_any_value_replaced_ends_in_one_pile(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(examples())))
    value = data.draw(st.sampled_from(examples()[name]))
    for _ in range(data.draw(st.integers(1, 3))):
        value = mutated(value, data.draw(st.sampled_from(places(value))), data.draw(ODD))
    line = json.dumps(value).encode()
    found = convert(all_lines(Block("a", 1, line)), IngestSettings())
    assert found.calls.height + len(found.merged) + len(found.rejected) == found.units
    reasons = [aside.reason for aside in found.rejected]
    with Waiting(IngestSettings()) as waiting:
        waiting.hold("a", found.held)
        for pile in waiting.of_all():
            assert pile.calls.height + pile.merged.height + pile.rejects.height == pile.units
            reasons += pile.rejects["reason"].to_list()
    assert not any("odd record" in reason for reason in reasons)


@given(
    st.lists(
        st.one_of(st.binary(max_size=40), st.text(max_size=40).map(str.encode)), max_size=9
    )
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_lines_that_end_in_one_pile(lines: list[bytes]) -> None:
    text = b"\n".join(lines)
    filled = [line for line in text.split(b"\n") if line and not line.isspace()]
    found = convert(all_lines(Block("a", 1, text)), IngestSettings())
    waiting = sum(len(units) for units in found.held.values())
    assert found.calls.height + len(found.merged) + len(found.rejected) + waiting == len(filled)


@pytest.mark.parametrize("processes", [0, 2])
def test_several_processes_give_the_same_records_as_one(tmp_path: Path, processes: int) -> None:
    lines = [json.dumps({**ONE, "request_id": str(n)}).encode() for n in range(300)]
    block = Block("a", 1, b"\n".join(lines))
    with Crew(IngestSettings(processes=processes)) as crew:
        assert not crew.takes(block)  # too small
        if processes:
            crew.hand_over(block)
        else:
            crew.put("a", convert(all_lines(block), IngestSettings()))
        ((source, found),) = crew.rest()
    assert source == "a"
    assert found.calls["request_id"].to_list() == [str(n) for n in range(300)]


def test_a_unit_that_an_adapter_loses_shows_in_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(ONE) + "\n\n" + '{"odd": 1}\n')
    (batch,) = ingest([str(path)], IngestSettings())  # also imports all that binds `adapted`
    assert batch.records.height + batch.rejects.height == 2
    monkeypatch.setattr(convert_module, "adapted", lambda *_: Adapted())
    (batch,) = ingest([str(path)], IngestSettings())
    assert batch.units == 2  # two lines that hold anything
    assert batch.records.height + batch.merged.height + batch.rejects.height == 1


def test_every_real_log_is_accounted_for() -> None:
    logs = Path(__file__).parents[2].parent / "shared" / "data" / "logs"
    if not logs.is_dir():
        pytest.skip("the shared sample logs are not here")
    for folder in sorted(path for path in logs.iterdir() if path.is_dir()):
        for batch in ingest([str(folder)], IngestSettings()):
            assert (
                batch.units == batch.records.height + batch.merged.height + batch.rejects.height
            )
            assert not any("odd record" in reason for reason in batch.rejects["reason"])
