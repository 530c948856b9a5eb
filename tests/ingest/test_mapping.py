"""Private formats: --map, --filter, --explode, map files; and `formats explain`."""

import datetime as dt
import json
import shlex
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from routeaudit.errors import ConfigError
from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.explain import explain, list_formats
from routeaudit.ingest.paths import Every, follow, json_path

OWN = {
    "when": "2026-05-04 10:00:00", "kind": "LLM",
    "io": {"ask": "2+2?", "say": [{"type": "note", "text": "x"}, {"type": "text", "text": "4"}]},
    "stats": {"engine": "gpt-4o", "in": "8", "out": 1, "took": 120, "price": 25},
    "k.with.dots": {"who": "ann"},
}  # fmt: skip


def read(folder: Path, values: list[Any], **told: Any) -> tuple[list[dict[str, Any]], int]:
    path = folder / "own.jsonl"
    path.write_text("\n".join(json.dumps(value) for value in values))
    batches = list(ingest([str(path)], IngestSettings(**told)))
    return pl.concat([b.records for b in batches]).to_dicts(), sum(
        b.merged.height for b in batches
    )


def test_every_part_of_a_mapping_does_what_it_says(tmp_path: Path) -> None:
    maps = (
        "ts=$.when", "messages=$.io.ask", "response_text=$.io.say[?type=text].text | join",
        "model=$.nothing || $.stats.engine", "prompt_tokens=$.stats.in",
        "completion_tokens=$.stats.out", "latency_s=$.stats.took | ms",
        "cost_usd=$.stats.price | cents", 'provider="OpenAI"', 'user=$["k.with.dots"].who',
        "ttft_ms=$.stats.took",
    )  # fmt: skip
    (row,), left_out = read(
        tmp_path, [OWN, {**OWN, "kind": "DB"}], map=maps, filter=("kind==LLM",),
        timezone="Europe/Berlin",
    )  # fmt: skip
    assert left_out == 1
    assert row["ts"] == dt.datetime(
        2026, 5, 4, 8, tzinfo=dt.UTC
    )  # Berlin is 2 hours ahead in May
    assert (row["query"], row["response_text"], row["model"]) == ("2+2?", "4", "gpt-4o")
    assert (row["prompt_tokens"], row["completion_tokens"]) == (8, 1)
    assert (row["latency_s"], row["ttft_s"], row["cost_usd"]) == (0.12, 0.12, 0.25)
    assert (row["provider"], row["user"]) == ("openai", "ann")
    assert row["source_format"] == "mapped"


def test_whole_bodies_are_read_as_the_api_speaks(tmp_path: Path) -> None:
    bodies = {
        "a": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hi"}]},
        "b": {
            "object": "chat.completion", "choices": [{"message": {"content": "hi"}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 1},
        },
    }  # fmt: skip
    (row,), _ = read(
        tmp_path, [{"deep": bodies}], map=("request=$.deep.a", "response=$.deep.b")
    )
    assert (row["query"], row["response_text"], row["prompt_tokens"]) == ("Say hi", "hi", 9)


def test_a_list_inside_a_record_can_be_the_calls(tmp_path: Path) -> None:
    value = {"session": "s", "calls": [{"q": "a"}, {"q": "b"}]}
    rows, _ = read(
        tmp_path, [value], map=("prompt=$.q", "session_id=$.session"), explode="$.calls"
    )
    assert [(row["query"], row["session_id"]) for row in rows] == [("a", "s"), ("b", "s")]


def test_a_map_file_holds_the_same(tmp_path: Path) -> None:
    told = tmp_path / "map.toml"
    told.write_text('filter = "kind!=DB"\n[map]\nmessages = "$.io.ask"\n')
    rows, left_out = read(tmp_path, [OWN, {**OWN, "kind": "DB"}], map_file=str(told))
    assert ([row["query"] for row in rows], left_out) == (["2+2?"], 1)
    rows, _ = read(tmp_path, [OWN], map_file=str(told), map=('messages="said last"',))
    assert [row["query"] for row in rows] == ["said last"]


@pytest.mark.parametrize(
    "wrong",
    [
        b"map = 1 2", b'mapp = "x"', b'map = "x"', b"[map]\nts = 5", b"filter = [1]",
        b"filter = 1", b"explode = 3", b"\xff\xfe",
    ],
)  # fmt: skip
def test_a_map_file_that_cannot_be_read_is_told(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / "map.toml").write_bytes(wrong)
    with pytest.raises(ConfigError, match=r"map\.toml"):
        read(tmp_path, [OWN], map_file=str(tmp_path / "map.toml"))


def test_a_record_that_has_nothing_where_the_map_says_is_no_call(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"q": "2+2?"}\n{"health": "ok"}\n')
    (batch,) = ingest(
        [str(tmp_path)], IngestSettings(map=("messages=$.q", "user=$.u", 'team="x"'))
    )
    assert batch.records["query"].to_list() == ["2+2?"]
    assert batch.rejects["reason"].to_list() == ["nothing is where --map says"]


def test_paths_reach_names_indices_and_filtered_elements() -> None:
    value = {"a": {"b": [{"c": 1}, {"c": 2, "t": "x"}]}, "k.x": 3}
    assert follow(value, json_path("$.a.b[0].c")) == 1
    assert follow(value, json_path("$.a.b[-1].c")) == 2
    assert follow(value, json_path("$.a.b[*].c")) == [1, 2]
    assert follow(value, json_path('$.a.b[?t="x"].c')) == [2]
    assert follow(value, json_path('$["k.x"]')) == 3
    assert follow(value, json_path("$.a.b[7].c")) is None
    assert follow(value, json_path("$.a[*]")) is None
    assert json_path("$.a[*]") == ("a", Every())
    with pytest.raises(ConfigError):
        json_path("$.a[")


def test_an_unknown_log_is_explained_with_a_ready_map_line_and_no_words(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    flat = {
        "when": "2026-05-04",
        "ask": {"question": "private words"},
        "n": {"input_tokens": 8},
    }
    path.write_text(json.dumps(flat))
    found = explain(str(path), IngestSettings())
    assert found.suggestion == (
        "--map ts='$.when' --map messages='$.ask.question' --map prompt_tokens='$.n.input_tokens'"
    )
    assert found.rejects == {"unknown format": 1}
    assert [(path.path, path.types) for path in found.unmapped] == [
        ("$.when", "str"), ("$.ask", "dict"), ("$.ask.question", "str"), ("$.n", "dict"),
        ("$.n.input_tokens", "int"),
    ]  # fmt: skip
    assert "private" not in str(found)


def test_the_ready_map_line_reads_a_csv_with_odd_column_names(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "when,LLM used,User question,Bot answer,tokens_prompt_total,OutTok,Dept.\n"
        "2026-05-01 08:00:00,gpt-4o,hello there,hi,12,3,ops\n"
    )
    words = shlex.split(explain(str(path), IngestSettings()).suggestion)
    assert words[::2] == ["--map"] * 7
    (batch,) = ingest([str(path)], IngestSettings(map=tuple(words[1::2])))
    (row,) = batch.records.to_dicts()
    told = ("model", "query", "response_text", "prompt_tokens", "completion_tokens", "team")
    assert [row[name] for name in told] == ["gpt-4o", "hello there", "hi", 12, 3, "ops"]
    assert row["ts"].isoformat() == "2026-05-01T08:00:00+00:00"


PRIVATE_LOGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "objects by the names of their parents": (
        {
            "meta": {"when": 1_777_881_600, "tenant": "acme"},
            "llm": {"name": "gpt-4o", "in": {"text": "Hi"}, "out": {"text": "yes"}, "tokens": {"in": 9, "out": 2}},
            "elapsed": 1.25, "price": "0.003",
        },
        {"model": "gpt-4o", "query": "Hi", "response_text": "yes", "prompt_tokens": 9,
         "completion_tokens": 2, "latency_s": 1.25, "cost_usd": 0.003, "user": "acme"},
    ),
    "units in the name": (
        {"createdAt": 1_777_881_600_000, "modelName": "gpt-4o", "userMessage": "Hi",
         "assistantMessage": "yes", "durationMillis": 880, "cost_cents": 5, "max_output_tokens": 700},
        {"query": "Hi", "response_text": "yes", "latency_s": 0.88, "cost_usd": 0.05},
    ),
    "nanoseconds": ({"prompt": "Hi", "duration_ns": 2_000_000_000}, {"query": "Hi", "latency_s": 2.0}),
    "a large figure without a unit": ({"question": "Hi", "elapsed": 880}, {"latency_s": 0.88}),
    "bodies as text under any name": (
        {
            "when": "2026-05-04T08:00:00Z",
            "payload": json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}),
            "reply": json.dumps({
                "id": "chatcmpl-1", "model": "gpt-4o-2024", "choices": [{"message": {"content": "yes"}}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 2},
            }),
        },
        {"model": "gpt-4o-2024", "query": "Hi", "response_text": "yes", "prompt_tokens": 9,
         "completion_tokens": 2, "response_id": "chatcmpl-1"},
    ),
    "numbers are no texts": (
        {"ts": "2026-05-04", "usage": {"input": 9, "output": 2}, "cost": {"usd": 0.1, "eur": 0.09},
         "conversation": [{"role": "user", "content": "Hi"}], "answer": {"text": "yes"}},
        {"query": "Hi", "response_text": "yes", "prompt_tokens": 9, "completion_tokens": 2, "cost_usd": 0.1},
    ),
    "a list of calls": (
        {"llm_used": "gpt-4o", "calls": [{"asked_at": "2026-05-04", "tok_in": 9, "tok_out": 2}]},
        {"model": "gpt-4o", "prompt_tokens": 9, "completion_tokens": 2},
    ),
    "what databases write": (
        {"_id": {"$oid": "65"}, "createdAt": {"$date": "2026-05-04T08:00:00Z"},
         "gen": {"question": "Hi", "result": "yes"}, "spend": {"$numberDecimal": "0.01"}},
        {"query": "Hi", "response_text": "yes", "cost_usd": 0.01},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PRIVATE_LOGS)
def test_the_ready_map_line_reads_a_private_log_as_it_is(tmp_path: Path, kind: str) -> None:
    record, wanted = PRIVATE_LOGS[kind]
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps(record))
    words = shlex.split(explain(str(path), IngestSettings()).suggestion)
    told = list(zip(words[::2], words[1::2], strict=True))
    maps = tuple(value for option, value in told if option == "--map")
    explode = dict(told).get("--explode")
    (batch,) = ingest([str(path)], IngestSettings(map=maps, explode=explode))
    (row,) = batch.records.to_dicts()
    assert {name: row[name] for name in wanted} == wanted


def test_a_known_log_is_explained_by_what_was_not_read(tmp_path: Path) -> None:
    golden = Path(__file__).parent / "golden" / "openai_chat_pair" / "input.jsonl"
    found = explain(str(golden), IngestSettings())
    assert found.formats == {"openai_chat_pair": 4}
    assert len(found.examples) == 3
    assert found.null_rates["provider"] == 0.0  # by their host, or by the name of their model
    assert "$.response.object" in [path.path for path in found.unmapped]
    assert "$.response.model" not in [path.path for path in found.unmapped]
    assert "Say hi" not in str(found)


@pytest.mark.parametrize("name", ["claude_code", "langfuse_trace", "otlp_spans"])
def test_formats_that_need_a_whole_file_are_explained_by_records_too(name: str) -> None:
    (place, *_) = sorted((Path(__file__).parent / "golden" / name).glob("input*"))
    found = explain(str(place), IngestSettings())
    (batch,) = ingest([str(place)], IngestSettings())
    assert found.formats[name] == batch.records.height > 0
    assert len(found.examples) == min(3, batch.records.height)
    assert found.examples[0]["prompt_tokens"] == batch.records["prompt_tokens"][0]
    assert found.null_rates["source_format"] == 0
    assert sum(found.merged.values()) == batch.merged.height
    assert found.unmapped


def test_a_log_that_is_read_with_another_is_explained_by_its_own_name(tmp_path: Path) -> None:
    asked = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {}}
    answered = {"custom_id": "a", "response": {"status_code": 200, "body": {}}}
    alone, both = tmp_path / "alone.jsonl", tmp_path / "both.jsonl"
    alone.write_text(json.dumps(asked) + "\n")
    both.write_text(f"{json.dumps(asked)}\n{json.dumps(answered)}\n")
    assert list(explain(str(alone), IngestSettings()).formats) == ["openai_batch_input"]
    assert explain(str(both), IngestSettings()).formats == {"openai_batch_output": 1}


def test_every_format_is_listed_with_what_it_is() -> None:
    listed = list_formats()
    assert {"openai_chat_pair", "litellm_spend_logs"} <= {line.name for line in listed}
    assert all(line.about for line in listed)


@pytest.mark.parametrize(
    ("maps", "told"),
    [
        (("model=stats.engine", "messages=io.ask"), {"model": "gpt-4o", "query": "2+2?"}),
        (("latency_ms=$.stats.took | ms",), {"latency_s": 0.12}),
        (("latency_ms=$.stats.took",), {"latency_s": 0.12}),
        (("model=$.body.llm.name",), {"model": "m1"}),
        (("model=$.body | json | $.llm.name",), {"model": "m1"}),
        (("status=$.ended",), {"status": "error"}),
        (("http_status=$.code",), {"status": "error", "http_status": 429}),
        (("prompt_tokens=$.n", "cached_tokens=$.hit"), {"prompt_tokens": 40}),
    ],
)
def test_paths_units_and_ends_are_read_as_the_format_page_writes_them(
    tmp_path: Path, maps: tuple[str, ...], told: dict[str, Any]
) -> None:
    value = {
        **OWN, "body": json.dumps({"llm": {"name": "m1"}}), "ended": "failed", "code": 429,
        "n": 10, "hit": 30,  # more hits than input: they lie beside it
    }  # fmt: skip
    (row,), _ = read(tmp_path, [value], map=maps)
    assert {name: row[name] for name in told} == told


def test_filters_and_explode_work_on_known_formats_too(tmp_path: Path) -> None:
    call = {
        "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hi"}]},
        "response": {"choices": [{"message": {"content": "hi"}}]},
    }  # fmt: skip
    values = [{**call, "live": True}, {**call, "live": False}, {**call, "live": True}]
    rows, left_out = read(tmp_path, values, filter=("live==true",))
    assert [(row["source_format"], row["source_line"]) for row in rows] == [
        ("openai_chat_pair", 1),
        ("openai_chat_pair", 3),
    ]
    assert left_out == 1
    rows, left_out = read(tmp_path, [{"page": values}], filter=("live!=true",), explode="page")
    assert (len(rows), left_out) == (1, 2)
