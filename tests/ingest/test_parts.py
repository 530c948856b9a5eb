"""Single parts of ingest: tokens, accounting, transcripts, writing, hygiene."""

import datetime as dt
import json
import pickle
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.errors import ConfigError
from routeaudit.frames import RECORD_COLUMNS, TEXT_COLUMNS, as_records
from routeaudit.ingest import IngestSettings, ingest, transcript
from routeaudit.ingest.accounting import reconciled
from routeaudit.ingest.columns import RAW_COLUMNS, table
from routeaudit.ingest.convert import Held
from routeaudit.ingest.hygiene import checks, clock_gaps, gaps
from routeaudit.ingest.rows import status_row
from routeaudit.ingest.tokens import count_tokens, counted, encoding_name
from routeaudit.ingest.write import write_records


def calls(*rows: dict[str, Any]) -> pl.DataFrame:
    numbered = [
        {"source_line": n, "status": "ok", **row} for n, row in enumerate(rows, start=1)
    ]
    return table(numbered, "a.jsonl", "openai_chat_pair")


def test_tokens_are_those_of_the_published_tables() -> None:
    # OpenAI's own examples: "tiktoken is great!" is 6 tokens in both tables
    assert count_tokens(["tiktoken is great!", ""], "cl100k_base") == [6, 0]
    assert count_tokens(["tiktoken is great!", "<|endoftext|>"], "o200k_base")[0] == 6


@pytest.mark.parametrize(
    ("llm_name", "name"),
    [
        ("gpt-4o-mini", "o200k_base"), ("openai/o3-mini", "o200k_base"), ("o1", "o200k_base"),
        ("azure/gpt-4.1", "o200k_base"), ("gpt-5-nano", "o200k_base"),
        ("gpt-4-0613", "cl100k_base"), ("gpt-3.5-turbo", "cl100k_base"),
        ("claude-3-opus", "cl100k_base"), (None, "cl100k_base"),
    ],
)  # fmt: skip
def test_each_model_has_its_tokenizer(llm_name: str | None, name: str) -> None:
    assert encoding_name(llm_name) == name


def test_missing_usage_is_counted_marked_and_only_where_the_call_went_well() -> None:
    prompt = [{"role": "user", "content": "tiktoken is great!"}]
    told = {"messages": prompt, "response_text": "tiktoken is great!", "model": "gpt-4o"}
    found = counted(
        calls(
            told, {**told, "completion_tokens": 1}, {**told, "status": "error"}, {"model": "x"}
        )
    )
    # 6 tokens of text, 3 for the message, 3 for the answer to start
    assert found["prompt_tokens"].to_list() == [12, 12, None, None]
    assert found["completion_tokens"].to_list() == [6, 1, None, None]
    assert found["tokens_estimated"].to_list() == [True, True, False, False]


@pytest.mark.parametrize(
    ("told", "prompt", "completion", "flag"),
    [
        ({"prompt_tokens": 31, "cache_write_tokens": 1253}, 1284, None, "cache_added"),
        ({"prompt_tokens": 1167, "cached_tokens": 1163}, 1167, None, None),
        ({"completion_tokens": 10, "reasoning_tokens": 64}, None, 74, "reasoning_added"),
        (
            {"prompt_tokens": 5, "completion_tokens": 7, "reasoning_tokens": 4, "total_tokens": 16},
            5, 11, "reasoning_added",
        ),
        ({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 99}, 5, 7, "usage_inconsistent"),
        ({"prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.1}, None, None, "zeros_unknown"),
        ({"prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0}, 0, 0, None),
        ({"prompt_tokens": 9, "completion_tokens": 1, "response_text": "x" * 400}, 9, 1, "placeholder"),
    ],
)  # fmt: skip
def test_counts_are_brought_under_one_convention(
    told: dict[str, Any], prompt: int | None, completion: int | None, flag: str | None
) -> None:
    row = reconciled(calls(told)).row(0, named=True)
    assert (row["prompt_tokens"], row["completion_tokens"], row["usage_flag"]) == (
        prompt,
        completion,
        flag,
    )


@pytest.mark.parametrize(
    ("logged", "kept"),
    [
        ("rate_limit_exceeded", "rate_limit_exceeded"), ("429", "429"),
        ("litellm.exceptions.RateLimitError", "litellm.exceptions.RateLimitError"),
        ("The prompt 'my diagnosis' is too long", "error"), ("x" * 65, "error"), (None, None),
    ],
)  # fmt: skip
def test_an_error_code_is_a_code_and_never_words(logged: str | None, kept: str | None) -> None:
    assert calls({"error_code": logged})["error_code"].to_list() == [kept]
    assert status_row(error={"code": logged} if logged else None).get("error_code") == kept


def test_tags_are_labels_and_never_texts() -> None:
    long, many = "x" * 65, "please tell me what my diagnosis means"  # 65 characters; 7 words
    tags = {
        "env": "prod", "n": 3, "beta": True, "note": long, "ask": many, "two": "a\nb", many: "x",
        "nested": {"prompt": "hi"}, "words": ["blue", many], "none": [many],
    }  # fmt: skip
    (kept,) = calls({"tags": tags})["tags"].to_list()
    assert json.loads(kept) == {"env": "prod", "n": 3, "beta": True, "words": ["blue"]}
    assert calls({"tags": {"note": long}}, {"tags": "eu"})["tags"].to_list() == [
        None,
        '{"tags":["eu"]}',
    ]


def test_a_lone_user_message_is_the_query_itself() -> None:
    assert transcript.query([{"role": "user", "content": "Say hi"}]) == "Say hi"
    assert transcript.query([{"role": "user", "content": " "}]) is None
    assert transcript.key("a") == "0cc175b9c0f1b6a831c399e269772661"  # md5 of "a", RFC 1321


@given(
    st.lists(
        st.fixed_dictionaries({
            "role": st.sampled_from(["user", "system", "assistant", "tool", "odd"]),
            "content": st.integers(0, 9000).map(lambda n: "x" * n),
        }),
        max_size=12,
    )
)  # fmt: skip
def test_a_query_is_never_longer_than_its_limit_by_much(messages: list[dict[str, str]]) -> None:
    found = transcript.query(messages)
    told = [m for m in messages if m["content"]]
    assert (found is None) == (not told)
    assert found is None or len(found) <= transcript.QUERY_CHARS + 100


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_written_records_are_read_back_without_words_unless_asked(
    tmp_path: Path, ending: str
) -> None:
    told = {
        "messages": [{"role": "user", "content": "Say hi"}],
        "latency_s": 1.25,
        "request_id": "a",
    }
    records = as_records(calls({**told, "ts": 1777881600_000000}))
    path = tmp_path / f"out.{ending}"
    assert write_records([records, as_records(calls())], path) == 1
    frame = pl.read_parquet(path) if ending == "parquet" else pl.read_ndjson(path)
    assert frame["prompt_text"].null_count() == frame["messages"].null_count() == 1
    assert frame["latency_ms"].to_list() == [1250.0]
    (batch,) = ingest([str(path)], IngestSettings())
    row = batch.records.row(0, named=True)
    assert row["query_key"] == records["query_key"][0]
    assert (row["latency_s"], row["ts"]) == (1.25, dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC))
    write_records([records], path, texts=("query",))
    (batch,) = ingest([str(path)], IngestSettings())
    assert batch.records["query"].to_list() == ["Say hi"]


def test_a_file_of_another_kind_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"out\.xlsx"):
        write_records([], tmp_path / "out.xlsx")


def test_a_mark_of_redaction_is_no_text() -> None:
    mark = "redacted-by-litellm"
    said = [{"role": "user", "content": mark}]
    found = calls({"messages": said, "response_text": mark}, {"messages": said[:0]})
    assert found.select("messages", "query", "response_text", "redacted").rows() == [
        (None, None, None, True),
        (None, None, None, False),
    ]


def test_hygiene_checks_touch_the_calls_they_name() -> None:
    hi = [{"role": "user", "content": "hi"}]
    twin = {"messages": hi, "ts": 1777881600_000000, "model": "x", "prompt_tokens": 1}
    records = as_records(
        calls(
            twin, twin, {**twin, "ts": None}, {**twin, "ts": None}, {**twin, "request_id": "a"},
            {**twin, "request_id": "b"}, {**twin, "user": "ann"}, {"usage_flag": "placeholder"},
            {"usage_flag": "usage_inconsistent"}, {"usage_flag": "zeros_unknown"},
            {"messages": [{"role": "user", "content": "[REDACTED]"}]},
            {"latency_unit_assumed": True},
        )
    )  # fmt: skip
    for frame in (records, records.lazy().collect(engine="streaming")):
        found = frame.select(check.seen.alias(check.name) for check in checks())
        touched = {c: found[c].arg_true().to_list() for c in found.columns}
        assert touched == {
            "exact duplicates without ids": [1], "placeholder tokens (streaming)": [7],
            "counts do not add up": [8], "zero counts of a billed or failed call": [9],
            "redacted text": [10], "latency unit assumed": [11],
        }  # fmt: skip
        assert sum(found.null_count().row(0)) == 0
    assert all(check.advice for check in checks())


def test_a_clock_gap_is_far_longer_than_nights() -> None:
    start = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
    days = [d for d in range(20) if d not in (10, 11, 12)]
    times = pl.Series(
        [start + dt.timedelta(days=d, hours=h) for d in days for h in range(8, 18)]
    )
    found = clock_gaps(times)
    assert found["hours"].to_list() == [87.0]  # from 17:00 on day 9 to 8:00 on day 13
    assert clock_gaps(times.head(50)).height == 0


def test_record_columns_and_raw_columns_agree() -> None:
    assert set(RAW_COLUMNS) - set(RECORD_COLUMNS) == {"total_tokens", "latency_raw"}
    assert isinstance(as_records(calls()), pl.DataFrame)


def test_a_line_holds_every_field_and_json_where_a_column_has_json(tmp_path: Path) -> None:
    told = {
        "messages": [{"role": "user", "content": 'Say "hi"\nnow'}], "tags": {"env": "prod"},
        "tool_calls": "no JSON", "latency_s": 1.25, "logprob_mean": -0.5,
    }  # fmt: skip
    records = as_records(calls(told))
    path = tmp_path / "out.jsonl"
    write_records([records], path, texts=TEXT_COLUMNS)
    line = json.loads(path.read_text())
    assert line["messages"] == told["messages"]
    assert (line["tags"], line["tool_calls"]) == ({"env": "prod"}, "no JSON")
    assert (line["latency_ms"], line["logprobs"]) == (1250.0, -0.5)
    assert (line["prompt_text"], line["ttft_ms"]) == ('Say "hi"\nnow', None)
    (batch,) = ingest([str(path)], IngestSettings())
    assert batch.records.select(*told, "query").equals(records.select(*told, "query"))
    write_records([records], path)
    hidden = json.loads(path.read_text())
    assert set(hidden) == set(line)
    assert [hidden[name] for name in ("messages", "prompt_text", "tool_calls")] == [None] * 3


def test_gaps_are_weighed_against_the_hours_that_have_calls() -> None:
    start = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
    times = [start + dt.timedelta(hours=h) for h in (*range(200), *range(250, 301))]
    found = gaps(pl.Series(times))
    # 300 hours from first to last; no call from 199 to 250, 51 hours
    assert (found.n, len(found.told)) == (1, 1)
    assert found.share == pytest.approx(51 / 249)
    assert gaps(pl.Series(times[:200])) == (0, 0.0, ())


def test_a_unit_that_waits_goes_to_another_process_as_json() -> None:
    unit = Held(3, {"span": {"name": "chat"}, "resource": None}, size=999)
    sent = pickle.loads(pickle.dumps(unit))  # noqa: S301 our own
    assert (sent.line, sent.given) == (3, b'{"span":{"name":"chat"},"resource":null}')
    assert sent.size == len(sent.given)
    assert sent.value() == unit.value()
    assert sent.json() == unit.json()
