"""Two large logs of the same calls: what only the second tells is put into the first's rows."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from routeaudit.ingest import IngestSettings, ingest, lines, waiting
from routeaudit.ingest.late import are_of_several_kinds
from routeaudit.ingest.sources import expand

CALLS = 600


def app(number: int) -> dict[str, Any]:
    return {
        "timestamp": "2026-05-04T08:00:00Z", "request_id": f"req_{number}",
        "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": f"q{number}"}]},
        "response": {
            "id": f"chatcmpl-{number:020}", "object": "chat.completion", "model": "gpt-4o",
            "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}],
        },
    }  # fmt: skip


def gateway(number: int) -> dict[str, Any]:
    return {
        "request_id": f"chatcmpl-{number:020}", "call_type": "acompletion", "spend": 0.01 * number,
        "prompt_tokens": 100 + number, "completion_tokens": 50, "model": "gpt-4o",
        "startTime": "2026-05-04 08:00:00", "endTime": "2026-05-04 08:00:02", "team_id": "t9",
    }  # fmt: skip


def write(path: Path, records: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(json.dumps(record) for record in records))
    return str(path)


@pytest.fixture
def small_heaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "HEAP_ROWS", 50)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 10_000)
    monkeypatch.setattr(lines, "PIECE_BYTES", 10_000)


@pytest.mark.usefixtures("small_heaps")
@pytest.mark.parametrize("first", ["app", "gateway"])
def test_two_logs_of_many_batches_give_whole_calls_whichever_comes_first(
    tmp_path: Path, first: str
) -> None:
    order = [2, 1] if first == "gateway" else [1, 2]
    paths = [
        write(tmp_path / f"{order[0]}_app.jsonl", [app(n) for n in range(CALLS)]),
        write(
            tmp_path / f"{order[1]}_gateway.jsonl", [gateway(n) for n in range(CALLS, -1, -1)]
        ),
    ]
    batches = list(ingest(sorted(paths), IngestSettings(processes=0)))
    assert len(batches) > CALLS / 50
    for batch in batches:
        piled = batch.records.height + batch.merged.height + batch.rejects.height
        assert batch.units == piled
    records = pl.concat([batch.records for batch in batches])
    merged = pl.concat([batch.merged for batch in batches])
    assert (records.height, merged.height) == (CALLS + 1, CALLS)  # the gateway saw one more
    both = records.filter(pl.col("query").is_not_null()).sort("cost_usd")
    assert both["query"].to_list() == [f"q{n}" for n in range(CALLS)]
    assert both["cost_usd"].to_list() == pytest.approx([0.01 * n for n in range(CALLS)])
    assert both["prompt_tokens"].to_list() == [100 + n for n in range(CALLS)]
    assert set(both["team"]) == {"t9"}
    assert not both["tokens_estimated"].any()
    assert set(merged["reason"]) == {
        "the same answer was read from another log; what only this one told was kept"
    }


@pytest.mark.usefixtures("small_heaps")
def test_logs_of_one_kind_are_given_on_as_they_are_read(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / f"{part}.jsonl", [app(n) for n in range(part, CALLS, 2)])
        for part in (0, 1)
    ]
    assert not are_of_several_kinds(expand(paths))
    first = next(iter(ingest(paths, IngestSettings(processes=0))))
    assert first.units < CALLS / 2
    other = write(tmp_path / "gateway.jsonl", [gateway(1)])
    assert are_of_several_kinds(expand([*paths, other]))
