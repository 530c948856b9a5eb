"""One call, one row: which rows of one log, or of several, are the same call."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.columns import table
from routeaudit.ingest.dedupe import Dedupe
from routeaudit.ingest.seen import Seen

SECOND = 1_000_000
DAY = 1777881600 * SECOND
ANSWER = "chatcmpl-A1b2C3d4E5f6G7h8"  # 25 characters: drawn by chance


def calls(*rows: dict[str, Any], log: str = "openai_chat_pair") -> pl.DataFrame:
    numbered = [
        {"source_line": n, "status": "ok", **row} for n, row in enumerate(rows, start=1)
    ]
    return table(numbered, "a.jsonl", log)


ALL_OVER = [n * (2**64 - 1) // 50 for n in range(51)]  # from the least hash to the greatest


@given(st.lists(st.lists(st.sampled_from(ALL_OVER), max_size=20), max_size=12))
def test_the_first_row_of_each_key_is_found_and_what_it_said(batches: list[list[int]]) -> None:
    seen, said = Seen(), dict[int, int]()
    for number, batch in enumerate(batches):
        keys = np.array(batch, dtype=np.uint64)
        notes = np.array([100 * number + n for n in range(len(batch))], dtype=np.uint64)
        firsts = seen.firsts(keys, notes)
        for key, note, is_first, told in zip(batch, notes, *firsts, strict=True):
            assert is_first == (key not in said)
            assert said.setdefault(key, int(note)) == told


def test_the_same_request_is_kept_once_within_and_across_batches() -> None:
    dedupe = Dedupe()
    first = dedupe.sift(calls({"request_id": "a"}, {"request_id": "a"}, {"request_id": None}))
    again = dedupe.sift(calls({"request_id": "a"}, {"request_id": "b"}, {"request_id": None}))
    assert first.calls["source_line"].to_list() == [1, 3]
    assert again.calls["source_line"].to_list() == [2, 3]
    assert again.repeats["reason"].to_list() == ["the same call was read before"]


def test_attempts_under_one_request_id_are_kept_when_answer_prompt_or_end_differs() -> None:
    told = {
        "request_id": "a",
        "response_id": "x",
        "messages": [{"role": "user", "content": "q"}],
    }
    other_prompt = {**told, "messages": [{"role": "user", "content": "r"}]}
    failed = {**told, "response_id": None, "status": "error"}
    retried = {**told, "response_id": "y"}
    dedupe = Dedupe()
    found = dedupe.sift(calls(failed, told, retried, other_prompt, told))
    assert found.calls["source_line"].to_list() == [1, 2, 3, 4]
    assert dedupe.sift(calls(retried, failed)).calls.height == 0


def test_one_answer_in_the_logs_of_application_and_gateway_is_one_call() -> None:
    dedupe = Dedupe()
    dedupe.sift(calls({"request_id": "a", "response_id": "x"}))
    gateway = calls(
        {"request_id": "g", "response_id": "x"}, {"request_id": "h", "response_id": "y"}
    )
    found = dedupe.sift(gateway.with_columns(source_format=pl.lit("litellm_spend_logs")))
    assert found.calls["request_id"].to_list() == ["h"]
    assert found.repeats["reason"].to_list() == ["the same answer was read from another log"]


def test_the_log_of_application_and_gateway_in_one_run_give_one_whole_call(
    tmp_path: Path,
) -> None:
    app = {
        "timestamp": "2026-05-04T08:00:00Z", "request_id": "req_1",
        "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hi"}]},
        "response": {
            "id": "chatcmpl-7", "object": "chat.completion", "model": "gpt-4o",
            "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}],
        },
    }  # fmt: skip
    spend = {
        "request_id": "chatcmpl-7", "call_type": "acompletion", "spend": 0.0045,
        "prompt_tokens": 100, "completion_tokens": 50, "startTime": "2026-05-04 08:00:00",
        "endTime": "2026-05-04 08:00:02", "model": "gpt-4o", "team_id": "t9",
    }  # fmt: skip
    (tmp_path / "app.jsonl").write_text(json.dumps(app))
    (tmp_path / "gateway.jsonl").write_text(json.dumps(spend))
    (batch,) = ingest([str(tmp_path)], IngestSettings())
    row = batch.records.row(0, named=True)
    assert batch.records.height == 1
    assert batch.merged["reason"].to_list() == [
        "the same answer was read from another log; what only this one told was kept"
    ]
    assert (row["request_id"], row["query"], row["cost_usd"]) == ("req_1", "Say hi", 0.0045)
    assert (row["team"], row["latency_s"], row["tokens_estimated"]) == ("t9", 2.0, False)
    assert (row["prompt_tokens"], row["completion_tokens"]) == (100, 50)


def test_equal_answer_ids_of_a_careless_server_are_not_one_call() -> None:
    day = 1777881600_000000
    rows = [{"response_id": "chatcmpl-0", "ts": day + n} for n in (0, 1, 1)]
    assert Dedupe().sift(calls(*rows)).calls["source_line"].to_list() == [1, 2]


def test_small_servers_count_their_answers_and_caches_repeat_them() -> None:
    short = [{"response_id": "chatcmpl-7", "ts": DAY + n * SECOND} for n in (0, 1)]
    hits = [{"response_id": ANSWER, "ts": DAY + n, "cache_hit": True} for n in (0, 1)]
    hour_later = [{"response_id": ANSWER + "z", "ts": DAY + n * 3600 * SECOND} for n in (0, 1)]
    other = [{"response_id": ANSWER + "y", "ts": DAY, "request_id": name} for name in "ab"]
    for rows in (short, hits, hour_later, other):
        assert Dedupe().sift(calls(*rows)).calls.height == 2


def test_one_answer_told_by_two_traces_is_one_call() -> None:
    inner = {"response_id": ANSWER, "request_id": "s1", "trace_id": "t1", "ts": DAY}
    outer = {**inner, "request_id": "s2", "trace_id": "t2", "ts": DAY + SECOND}
    found = Dedupe().sift(calls(inner, outer, log="otlp_spans"))
    assert found.calls["request_id"].to_list() == ["s1"]
    assert found.repeats["reason"].to_list() == ["the same answer was read before"]


def test_span_ids_of_two_traces_may_be_the_same() -> None:
    spans = [{"request_id": "s1", "trace_id": trace, "ts": DAY} for trace in ("t1", "t2", "t1")]
    found = Dedupe().sift(calls(*spans, log="phoenix_span"))
    assert found.calls["trace_id"].to_list() == ["t1", "t2"]


def test_two_exports_of_one_product_have_the_same_ids_whatever_their_format() -> None:
    dedupe = Dedupe()
    poor = {"request_id": "o1", "ts": DAY, "prompt_tokens": 5, "completion_tokens": 1}
    rich = {**poor, "messages": [{"role": "user", "content": "Say hi"}], "cost_usd": 0.1}
    both = pl.concat(
        [calls(poor, log="langfuse_observation"), calls(rich, log="langfuse_trace")]
    )
    found = dedupe.sift(both)
    assert found.calls.select("query", "cost_usd").rows() == [("Say hi", 0.1)]
    assert found.repeats["reason"].to_list() == [
        "the same call was read before; what only this one told was kept"
    ]
    assert dedupe.sift(calls(rich, log="langfuse_ingestion")).calls.height == 0
    assert dedupe.sift(calls(rich, log="litellm_spend_logs")).calls.height == 1


def test_each_failed_attempt_under_one_request_id_is_a_call() -> None:
    failed = [{"request_id": "a", "status": "error", "ts": DAY + n} for n in (0, 1, 1)]
    found = Dedupe().sift(calls(*failed, {"request_id": "a", "ts": DAY + 2}))
    assert found.calls["source_line"].to_list() == [1, 2, 4]


def test_a_side_chain_gives_way_to_its_parent_wherever_it_was_read() -> None:
    replay = {
        "response_id": "msg_1", "request_id": "req_9", "ts": DAY, "tags": {"side_chain": True},
    }  # fmt: skip
    parent = {"response_id": "msg_1", "request_id": "req_1", "ts": DAY + 60 * SECOND}
    found = Dedupe().sift(calls(replay, {"request_id": "req_2"}, parent, log="claude_code"))
    assert found.calls["request_id"].to_list() == ["req_2", "req_1"]


def test_requests_of_two_main_chains_are_two_calls_though_the_answer_has_one_id() -> None:
    first = {"response_id": "msg_1", "request_id": "req_1", "ts": DAY}
    second, nameless = {**first, "request_id": "req_2"}, {**first, "request_id": None}
    found = Dedupe().sift(calls(first, second, nameless, first, log="claude_code"))
    assert found.calls["source_line"].to_list() == [1, 2]
