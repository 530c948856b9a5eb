"""The same calls told by several products, or again in a second transcript: one row each."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from routeaudit.ingest import IngestSettings, ingest

ANSWER = "chatcmpl-A1b2C3d4E5f6G7h8I9"


def read(folder: Path, **files: list[dict[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    paths = []
    for name, lines in files.items():
        paths.append(folder / f"{name}.jsonl")
        paths[-1].write_text("".join(json.dumps(line) + "\n" for line in lines))
    (batch,) = ingest([str(path) for path in paths], IngestSettings())
    assert batch.units == sum(map(len, files.values()))
    assert batch.units == batch.records.height + batch.merged.height + batch.rejects.height
    return batch.records, batch.rejects


def test_an_observation_that_litellm_sent_is_the_call_of_its_own_row(tmp_path: Path) -> None:
    spent = {
        "request_id": ANSWER, "call_type": "acompletion", "spend": 0.002, "model": "gpt-4o",
        "startTime": "2026-05-04T08:00:00Z", "endTime": "2026-05-04T08:00:02Z",
        "prompt_tokens": 9, "completion_tokens": 2, "team_id": "search",
    }  # fmt: skip
    seen = {
        "id": f"time-08-00-00-123456_{ANSWER}", "traceId": "t1", "type": "GENERATION",
        "startTime": "2026-05-04T08:00:00.100Z", "endTime": "2026-05-04T08:00:02Z", "model": "gpt-4o",
        "input": [{"role": "user", "content": "Hi"}], "output": {"role": "assistant", "content": "yes"},
        "usageDetails": {"input": 9, "output": 2, "total": 11},
    }  # fmt: skip
    own = {**seen, "id": "time-of-day_chat", "traceId": "t2"}
    records, _ = read(tmp_path, litellm=[spent], langfuse=[seen, own])
    told = records.select("response_id", "team", "query", "cost_usd").rows()
    assert told == [(ANSWER, "search", "Hi", 0.002), (None, None, "Hi", None)]


def line(kind: str, **told: Any) -> dict[str, Any]:
    return {"type": kind, **told}


def test_lines_that_claude_code_keeps_for_itself_are_no_rejects(tmp_path: Path) -> None:
    said = {"id": "msg_1", "model": "claude-sonnet-4", "role": "assistant", "content": [],
            "usage": {"input_tokens": 9, "output_tokens": 2}}  # fmt: skip
    records, rejects = read(
        tmp_path,
        session=[
            line("file-history-snapshot", messageId="m", snapshot={"trackedFileBackups": {}}),
            line("permission-mode", permissionMode="default"),
            line("mode", mode="default", sessionId="s"),
            line("summary", summary="words", leafUuid="u"),
            line("assistant", uuid="u", sessionId="s", requestId="r", message=said),
        ],
    )
    assert records["prompt_tokens"].to_list() == [9]
    assert rejects.is_empty()


def counted(at: str, total: int, last: int) -> dict[str, Any]:
    info = {
        "total_token_usage": {"input_tokens": total, "output_tokens": 1, "total_tokens": total + 1},
        "last_token_usage": {"input_tokens": last, "output_tokens": 1, "total_tokens": last + 1},
    }  # fmt: skip
    return {"timestamp": at, **line("event_msg", payload={"type": "token_count", "info": info})}


def begun(at: str, session: str, **told: str) -> dict[str, Any]:
    return {"timestamp": at, **line("session_meta", payload={"id": session, **told})}


def test_a_fork_of_a_codex_session_counts_only_its_own_calls(tmp_path: Path) -> None:
    first, forked, later = (
        f"2026-05-04T{time}Z" for time in ("08:00:05", "09:00:00", "09:00:07")
    )
    parent = [begun("2026-05-04T08:00:00Z", "p"), counted(first, 100, 100)]
    fork = [
        begun(forked, "f", forked_from_id="p"),
        begun(forked, "p"),
        counted(forked, 100, 100),
        counted(later, 350, 250),
    ]
    records, _ = read(tmp_path, parent=parent, fork=fork)
    told = records.sort("prompt_tokens").select("prompt_tokens", "session_id").rows()
    assert told == [(100, "p"), (250, "f")]


def test_sessions_after_a_fork_in_one_file_keep_their_names(tmp_path: Path) -> None:
    records, _ = read(
        tmp_path,
        all=[
            begun("2026-05-04T09:00:00Z", "f", forked_from_id="p"),
            counted("2026-05-04T09:00:07Z", 350, 250),
            begun("2026-05-04T10:00:00Z", "other"),
            counted("2026-05-04T10:00:01Z", 70, 70),
        ],
    )
    assert records["session_id"].to_list() == ["f", "other"]
