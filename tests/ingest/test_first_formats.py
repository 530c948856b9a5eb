"""OpenAI pairs, LiteLLM and Anthropic logs through the front door."""

import json
from pathlib import Path

import polars as pl

from routeaudit.ingest import IngestSettings, ingest

PAIR = {
    "timestamp": "2026-05-04T08:00:00Z",
    "url": "https://api.openai.com/v1/chat/completions",
    "request_id": "req_1",
    "latency_ms": 1250,
    "team": "search",
    "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hi"}]},
    "response": {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-4o-2024-08-06",
        "choices": [
            {"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
    },
}


def read(folder: Path, *lines: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    path = folder / "calls.jsonl"
    path.write_text("\n".join(lines))
    batches = list(ingest([str(path)], IngestSettings()))
    assert sum(b.units for b in batches) == sum(
        b.records.height + b.rejects.height + b.merged.height for b in batches
    )
    return (
        pl.concat([b.records for b in batches]),
        pl.concat([b.rejects for b in batches]),
        pl.concat([b.merged for b in batches]),
    )


def test_an_openai_pair_becomes_a_record_with_its_units_converted(tmp_path: Path) -> None:
    records, rejects, merged = read(tmp_path, json.dumps(PAIR))
    row = records.row(0, named=True)
    assert (rejects.height, merged.height) == (0, 0)
    assert row["latency_s"] == 1.25
    assert (row["prompt_tokens"], row["completion_tokens"]) == (9, 1)
    assert (row["provider"], row["model"], row["team"]) == (
        "openai",
        "gpt-4o-2024-08-06",
        "search",
    )
    assert row["query"] == "Say hi"
    assert row["cached_tokens"] is None


def test_good_lines_around_a_bad_one_are_kept_and_the_bad_one_is_told(tmp_path: Path) -> None:
    other = {**PAIR, "request_id": "req_2", "response": {**PAIR["response"], "id": "x"}}  # type: ignore[dict-item]  # a JSON object
    records, rejects, _ = read(tmp_path, json.dumps(PAIR), '{"request": {', json.dumps(other))
    assert records["source_line"].to_list() == [1, 3]
    assert rejects["source_line"].to_list() == [2]
    assert "request" not in rejects["reason"][0]


def test_cache_writes_kept_for_an_hour_are_told_apart(tmp_path: Path) -> None:
    usage = {
        "input_tokens": 4, "output_tokens": 9, "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 60,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 40},
    }  # fmt: skip
    answer = {
        "id": "msg_1",
        "type": "message",
        "content": [],
        "usage": usage,
        "model": "claude-x",
    }
    asked = {"model": "claude-x", "messages": [{"role": "user", "content": "hi"}]}
    transcript = {
        "type": "assistant",
        "sessionId": "s",
        "requestId": "r",
        "message": answer | {"id": "msg_2"},
    }
    path = tmp_path / "a.jsonl"
    path.write_text(
        "\n".join(map(json.dumps, [{"request": asked, "response": answer}, transcript]))
    )
    found = pl.concat([b.records for b in ingest([str(path)], IngestSettings())])
    # 4 + 100 + 60 = 164 in all, of which 60 written, of which 40 for an hour
    told = found.select("prompt_tokens", "cache_write_tokens", "cache_write_1h_tokens")
    assert told.rows() == [(164, 60, 40)] * 2


def test_an_embedding_call_is_one_and_writes_no_tokens(tmp_path: Path) -> None:
    body = {
        "object": "list", "model": "text-embedding-3-small",
        "data": [{"object": "embedding", "index": 0, "embedding": "AACAPw=="}],
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    }  # fmt: skip
    asked = {"model": "text-embedding-3-small", "input": "a b c"}
    url = "https://api.openai.com/v1/embeddings"
    pairs = [
        {"url": url, "request": asked, "response": body},
        {"request": asked, "response": body},
        {"url": url, "request": asked, "response": {"model": "m", "usage": body["usage"]}},
        {"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": asked},
        {"id": "b", "custom_id": "1", "response": {"status_code": 200, "body": body}, "error": None},
    ]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, pairs)))
    found = pl.concat([b.records for b in ingest([str(path)], IngestSettings())])
    told = found.select("operation", "prompt_tokens", "completion_tokens", "usage_flag").rows()
    assert told == [("embedding", 8, 0, None)] * 4
