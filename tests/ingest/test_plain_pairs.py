"""The fast way (DuckDB) and the adapters give the same record for every line."""

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from routeaudit.frames import as_records
from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.convert import all_lines, convert
from routeaudit.ingest.latency_unit import unit_of
from routeaudit.ingest.lines import Block
from routeaudit.ingest.read import PlainReader, plain_shapes

SETTINGS = IngestSettings()
WORDS = [
    "hi",
    "naïve café",
    "日本語",
    'quote " and \\ slash',
    "a\nb",
    "x" * 900,
    "y" * 5000,
    " ",
]
TIMES = [
    "2026-05-04T08:00:00Z", "2026-05-04T08:00:00.123456Z", "2026-05-04 08:00:00",
    "2026-05-04T08:00:00.1234567+02:00", 1777881600, 1777881600.5, 1777881600123, "1777881600",
    "4 May 2026", None,
]  # fmt: skip


def message(chance: random.Random) -> dict[str, Any]:
    role = chance.choice(["user", "user", "user", "system", "assistant", "developer", "tool"])
    content: Any = chance.choice(WORDS)
    if chance.random() < 0.05:
        content = [{"type": "text", "text": content}, {"type": "image_url", "image_url": {}}]
    if chance.random() < 0.03:
        content = None
    told: dict[str, Any] = {"role": role, "content": content}
    if role == "assistant" and chance.random() < 0.3:
        told["tool_calls"] = [{"function": {"name": "f", "arguments": "{}"}}]
    return told


def usage(chance: random.Random) -> dict[str, Any] | None:
    made = chance.randrange(1, 300)
    prompt = chance.choice([0, 9, 1200, 9.0, "12", None, -1])
    found: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": made}
    if chance.random() < 0.5:
        found["prompt_tokens_details"] = {"cached_tokens": chance.choice([0, 5, 2000, None])}
        found["completion_tokens_details"] = {"reasoning_tokens": chance.choice([0, 7, 900])}
    if chance.random() < 0.5:
        found["total_tokens"] = chance.choice([made, made + 9, 77])
    if chance.random() < 0.1:
        found["cost"] = 0.25
    return chance.choice([found, found, found, None])


def pair(number: int, chance: random.Random) -> dict[str, Any]:
    request: dict[str, Any] = {
        "model": chance.choice(["gpt-4o", "gpt-4o", "openai/gpt-5-mini", "", None]),
        "messages": [message(chance) for _ in range(chance.choice([1, 1, 2, 2, 3, 6]))],
    }
    options: dict[str, list[Any]] = {
        "max_tokens": [5, None, "7"], "stream": [True, False, None], "user": ["ann", 7, {"id": 1}],
        "tools": [[], [{}, {}], None, "[]"], "metadata": [{"a": 1}, None, {}],
        "response_format": [{"type": "json_object"}, "text", None, {}],
        "service_tier": ["flex"],
    }  # fmt: skip
    for key, values in options.items():
        if chance.random() < 0.3:
            request[key] = chance.choice(values)
    answer: dict[str, Any] = {
        "id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1777881600 + number,
        "model": chance.choice(["gpt-4o-2024-08-06", None]),
        "choices": [{
            "index": 0, "finish_reason": chance.choice(["stop", "length", "content_filter", None]),
            "message": {"role": "assistant", "content": chance.choice([*WORDS, None, "[1]"])},
        }],
        "usage": usage(chance),
    }  # fmt: skip
    if chance.random() < 0.05:
        answer = {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}
    told = {
        "timestamp": chance.choice(TIMES), "request_id": f"req_{number}",
        "status_code": chance.choice([200, 429, "200", "failed", None]),
        "latency_ms": chance.choice([12, 900.5, "70", None, -3]),
        "url": chance.choice(["https://api.openai.com/v1/chat/completions", None, "not a url"]),
        "team": chance.choice(["search", "", None, 5]), "request": request, "response": answer,
    }  # fmt: skip
    if chance.random() < 0.3:
        told |= {"end_time": "2026-05-04T08:00:07Z", "duration": chance.choice([3, 4000])}
    if chance.random() < 0.2:
        told |= {
            "session_id": "s",
            "provider": "Azure",
            "cost": chance.choice([0.5, "0.5", -1]),
        }
    return told


def log(lines: int, seed: int) -> bytes:
    chance = random.Random(seed)  # noqa: S311 a test's data, the same every time
    told = [
        json.dumps(pair(n, chance), ensure_ascii=chance.random() < 0.5) for n in range(lines)
    ]
    for at, odd in ((5, "{broken"), (70, '{"other": 1}'), (300, ""), (301, '"text"')):
        told[at] = odd
    return "\n".join(told).encode()


def without_extra_keys(calls: pl.DataFrame) -> pl.DataFrame:
    kept = [json.loads(text) if text else [] for text in calls["messages"].to_list()]
    return calls.with_columns(messages=pl.Series([json.dumps(m) for m in kept]))


def test_a_plain_line_gives_the_same_record_by_either_way(tmp_path: Path) -> None:
    text = log(3000, seed=4)
    path = tmp_path / "a.jsonl"
    path.write_bytes(text)
    block = Block(str(path), 1, text, unit_of(text))
    with PlainReader() as reader:
        plain = reader.read(block, plain_shapes(block))
    assert plain.calls.height > 300
    slow = convert(all_lines(block), SETTINGS)
    (fast,) = ingest([str(path)], SETTINGS)
    assert fast.rejects.height == len(slow.rejected)
    assert_frame_equal(
        without_extra_keys(fast.records),
        without_extra_keys(as_records(slow.calls).select(fast.records.columns)),
    )


@pytest.mark.parametrize(
    ("latencies", "seconds"), [((8.5, 40, 1200), (0.0085, 0.04, 1.2)), ((8.5, 40), (8.5, 40.0))]
)
@pytest.mark.parametrize("lines", [4, 600])
def test_one_log_has_one_unit_of_latency_by_either_way(
    tmp_path: Path, latencies: tuple[float, ...], seconds: tuple[float, ...], lines: int
) -> None:
    chance = random.Random(1)  # noqa: S311 a test's data
    told = []
    for n in range(lines):
        value = pair(n, chance)
        kept = {k: value[k] for k in ("request_id", "response")}
        asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
        # deep inside, the same key says nothing about the log
        told.append({**kept, "duration": latencies[n % len(latencies)],
                     "request": {**asked, "temperature": {"duration": 900}}})  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, told)))
    (batch,) = ingest([str(path)], SETTINGS)
    assert batch.records.height == lines
    expected = [seconds[n % len(seconds)] for n in range(lines)]
    assert batch.records["latency_s"].to_list() == expected
    assert batch.records["latency_unit_assumed"].all()


def test_lines_read_are_records_and_merged_and_rejected(tmp_path: Path) -> None:
    for seed in range(3):
        text = log(1000, seed)
        (tmp_path / "a.jsonl").write_bytes(text + b"\n" + text)
        batches = list(ingest([str(tmp_path / "a.jsonl")], SETTINGS))
        units = 2 * (1000 - 1)  # one line of each half is blank
        assert sum(b.units for b in batches) == units
        assert (
            sum(b.records.height + b.merged.height + b.rejects.height for b in batches) == units
        )
        assert sum(b.merged.height for b in batches) >= 996
