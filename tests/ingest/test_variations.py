"""What other logs of the known formats hold: one made record for each way of writing it."""

import bz2
import gzip
import json
import struct
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from routeaudit.errors import MissingExtraError
from routeaudit.ingest import IngestSettings, ingest

ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hi"}]}
USAGE = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
CHUNKS = [
    {"id": "c", "model": "gpt-4o-x", "choices": [{"index": 0, "delta": {"content": text}}]}
    for text in ("Hel", "lo")
] + [{"id": "c", "model": "gpt-4o-x", "choices": [], "usage": USAGE}]


def answer(number: int = 0, **told: Any) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{number}", "object": "chat.completion", "model": "gpt-4o-x",
        "created": 1777881600 + number, "choices": [{"message": {"content": "Hello"}}],
        "usage": USAGE, **told,
    }  # fmt: skip


def pair(number: int = 0, **told: Any) -> dict[str, Any]:
    return {"request": ASKED, "response": answer(number), **told}


def read(folder: Path, *files: bytes | str, name: str = "a.jsonl", **told: Any) -> pl.DataFrame:
    paths = []
    for number, text in enumerate(files):
        path = folder / f"{number}_{name}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(str(path))
    batches = list(ingest(paths, IngestSettings(**told)))
    assert sum(b.rejects.height for b in batches) == 0
    return pl.concat([batch.records for batch in batches])


@pytest.mark.parametrize(
    "response",
    [
        CHUNKS,
        [json.dumps(chunk) for chunk in CHUNKS],
        [f"data: {json.dumps(chunk)}" for chunk in CHUNKS],
        "\n".join(json.dumps(chunk) for chunk in CHUNKS),
        "".join(f"data:{json.dumps(chunk)}\r\n\r\n" for chunk in CHUNKS) + "data: [DONE]",
    ],
    ids=["list", "texts", "event texts", "lines", "events"],
)
def test_a_stream_is_merged_however_it_was_kept(tmp_path: Path, response: Any) -> None:
    row = read(tmp_path, json.dumps({"request": ASKED, "response": response})).row(
        0, named=True
    )
    assert (row["response_text"], row["prompt_tokens"], row["stream"]) == ("Hello", 9, True)
    assert row["model"] == "gpt-4o-x"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"error": "RateLimitError: slow down, ann"}, "error"),
        ({"error": {"type": "APIConnectionError", "message": "x"}}, "APIConnectionError"),
        ({"exception": "TimeoutError"}, "TimeoutError"),
    ],
)
def test_an_error_beside_a_missing_answer_is_an_error(
    tmp_path: Path, told: dict[str, Any], code: str
) -> None:
    row = read(tmp_path, json.dumps({"request": ASKED, "response": None, **told}))
    assert row.select("status", "error_code").row(0) == ("error", code)


@pytest.mark.parametrize(
    "when",
    [
        "Mon, 04 May 2026 08:00:00 GMT", "2026/05/04 08:00:00 UTC", "2026-05-04T10:00:00+0200",
        '"2026-05-04T08:00:00Z"', [1777881600, 0], 639134784000000000,
        "2026-05-04 08:00:00 +0000 UTC", "2026-05-04 10:00:00.000 +02:00",
    ],
)  # fmt: skip
def test_a_time_with_a_zone_is_read_however_it_is_written(tmp_path: Path, when: Any) -> None:
    found = read(tmp_path, json.dumps(pair(timestamp=when)), timezone="Asia/Tokyo")
    assert found["ts"].dt.to_string("%F %T").to_list() == ["2026-05-04 08:00:00"]
    assert found["tz_assumed"].to_list() == [False]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"object": "list", "has_more": False, "data": [pair(1), pair(2)]}),
        json.dumps({"cursors": {"next": None}, "runs": [pair(1), pair(2)]}, indent=1),
        json.dumps(pair(1)) + json.dumps(pair(2)),
        json.dumps(pair(1)) + ",\n" + json.dumps(pair(2)) + ",",
        f"\x1e{json.dumps(pair(1))}\n\x1e{json.dumps(pair(2))}\n",
    ],
    ids=["page", "pretty page", "no break", "commas", "sequence"],
)
def test_records_are_found_however_they_are_strung_together(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found["response_id"].to_list() == ["chatcmpl-1", "chatcmpl-2"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstandard.compress])
def test_archives_of_several_frames_are_read_to_their_end(tmp_path: Path, pack: Any) -> None:
    text = pack(json.dumps(pair(1)).encode() + b"\n") + pack(json.dumps(pair(2)).encode())
    assert read(tmp_path, text)["response_id"].to_list() == ["chatcmpl-1", "chatcmpl-2"]


def test_a_table_may_be_in_utf_16_and_break_its_header(tmp_path: Path) -> None:
    text = '"model","note\nof two","prompt","response"\r\ngpt-4o,x,Say hi,Hello\r\n'
    found = read(tmp_path, text.encode("utf-16"), name="a.csv")
    assert found.select("query", "response_text").row(0) == ("Say hi", "Hello")


@pytest.mark.parametrize(
    ("llm_name", "provider"),
    [
        ("azure/gpt-4o", "azure"), ("bedrock/anthropic.claude-3", "aws"), ("o3-mini", "openai"),
        ("us.anthropic.claude-sonnet-4-v1:0", "aws"), ("claude-opus-4", "anthropic"),
        ("gemini-2.5-pro", "google"), ("gpt-oss-20b", None), ("llama-3.1-8b", None),
        ("meta-llama/Llama-3.1-8B", None), ("xai/grok-4", "x-ai"),
    ],
)  # fmt: skip
def test_a_model_that_one_maker_sells_names_its_provider(
    tmp_path: Path, llm_name: str, provider: str | None
) -> None:
    told = {"request": {**ASKED, "model": llm_name}, "response": answer(model=llm_name)}
    assert read(tmp_path, json.dumps(told))["provider"].to_list() == [provider]


def span(number: int) -> dict[str, Any]:
    told = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    pairs: list[dict[str, Any]] = [
        {"key": key, "value": {"stringValue": value}} for key, value in told.items()
    ]
    pairs.append({"key": "gen_ai.usage.input_tokens", "value": {"intValue": str(10 + number)}})
    one = {
        "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": "chat",
        "startTimeUnixNano": "1777881600000000000", "endTimeUnixNano": "1777881602000000000",
        "attributes": pairs,
    }  # fmt: skip
    return {"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}


def framed(*messages: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(message)) + message for message in messages)


@pytest.mark.parametrize("pack", [bytes, zstandard.compress])
def test_messages_behind_their_lengths_are_read(tmp_path: Path, pack: Any) -> None:
    text = framed(*(pack(json.dumps(span(n)).encode()) for n in (1, 2)))
    found = read(tmp_path, text, name="traces.json")
    assert found["prompt_tokens"].to_list() == [11, 12]
    assert found["latency_s"].to_list() == [2.0, 2.0]


def test_what_a_file_of_messages_lacks_at_its_end_is_one_reject(tmp_path: Path) -> None:
    path = tmp_path / "traces.bin"
    path.write_bytes(framed(*(json.dumps(span(n)).encode() for n in (1, 2)))[:-9])
    (batch,) = ingest([str(path)], IngestSettings())
    assert (batch.records.height, batch.units) == (1, 2)
    assert batch.rejects["reason"].to_list() == ["the compressed file breaks off here"]


def test_messages_in_protobuf_are_read_with_the_extra_and_asked_for_without(
    tmp_path: Path,
) -> None:
    path = tmp_path / "traces.pb"
    try:
        import opentelemetry.proto  # noqa: F401, PLC0415 an optional part
    except ImportError:
        path.write_bytes(framed(b"\x0a\x02\x12\x00"))
        with pytest.raises(MissingExtraError) as caught:
            list(ingest([str(path)], IngestSettings()))
        assert "otlp" in str(caught.value.hint)
        return
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData  # noqa: PLC0415 as above

    data = TracesData()
    one = data.resource_spans.add().scope_spans.add().spans.add()
    one.trace_id, one.span_id, one.name = b"\x01" * 16, b"\x02" * 8, "chat"
    one.start_time_unix_nano = 1777881600 * 10**9
    one.end_time_unix_nano = 1777881602 * 10**9
    for key, text in (("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "gpt-4o")):
        pair_ = one.attributes.add()
        pair_.key, pair_.value.string_value = key, text
    path.write_bytes(framed(data.SerializeToString()))
    (batch,) = ingest([str(path)], IngestSettings())
    row = batch.records.row(0, named=True)
    assert (row["trace_id"], row["request_id"]) == ("01" * 16, "02" * 8)
    assert (row["model"], row["latency_s"]) == ("gpt-4o", 2.0)


def test_a_flat_record_has_its_counts_in_a_usage_object_or_beside_it(tmp_path: Path) -> None:
    flat = {"model": "gpt-4o", "prompt": "Say hi", "response": "Hello"}
    details = {**USAGE, "prompt_tokens_details": {"cached_tokens": 4}}
    lines = [{**flat, "usage": details}, {**flat, "usage": USAGE, "output_tokens": 7}]
    found = read(tmp_path, "\n".join(map(json.dumps, lines)))
    assert found["prompt_tokens"].to_list() == [9, 9]
    assert found["completion_tokens"].to_list() == [2, 7]
    assert found["cached_tokens"].to_list() == [4, None]
    assert not found["tokens_estimated"].any()


def test_zeros_of_a_call_that_cost_money_stay_unknown_though_its_texts_are_there(
    tmp_path: Path,
) -> None:
    zeros = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    flat = {"model": "gpt-4o", "prompt": "Say hi", "response": "Hello", "cost": 0.01}
    row = read(tmp_path, json.dumps({**flat, "usage": zeros})).row(0, named=True)
    assert (row["prompt_tokens"], row["completion_tokens"]) == (None, None)
    assert (row["usage_flag"], row["cost_usd"]) == ("zeros_unknown", 0.01)


def test_lines_that_are_no_objects_are_passed_over_in_a_transcript_and_rejected_elsewhere(
    tmp_path: Path,
) -> None:
    call = {
        "type": "assistant", "sessionId": "s", "uuid": "u", "requestId": "r",
        "timestamp": "2026-05-04T08:00:00Z",
        "message": {"id": "m", "model": "claude-sonnet-4-5", "role": "assistant", "content": "Hi",
                    "usage": {"input_tokens": 5, "output_tokens": 1}},
    }  # fmt: skip
    for own, passed, rejected in ((call, 3, 0), (pair(), 0, 3)):
        path = tmp_path / "log.jsonl"
        path.write_text("\n".join(["7", json.dumps(own), '["a"]', '"words"']))
        batches = list(ingest([str(path)], IngestSettings()))
        assert sum(batch.records.height for batch in batches) == 1
        assert sum(batch.merged.height for batch in batches) == passed
        assert sum(batch.rejects.height for batch in batches) == rejected
        assert sum(batch.units for batch in batches) == 4


def test_totals_of_a_codex_session_that_fall_began_anew(tmp_path: Path) -> None:
    def counted(second: int, sent: int, made: int) -> dict[str, Any]:
        total = {"input_tokens": sent, "output_tokens": made, "total_tokens": sent + made}
        info = {"total_token_usage": total}
        return {
            "timestamp": f"2026-05-04T08:00:0{second}Z", "type": "event_msg",
            "payload": {"type": "token_count", "info": info},
        }  # fmt: skip

    lines = [counted(1, 100, 10), counted(2, 250, 30), counted(3, 40, 5), counted(4, 90, 7)]
    found = read(tmp_path, "\n".join(map(json.dumps, lines)))
    assert found["prompt_tokens"].to_list() == [100, 150, 40, 50]
    assert found["completion_tokens"].to_list() == [10, 20, 5, 2]
