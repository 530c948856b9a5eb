"""How much of a log may be unreadable."""

import json
from pathlib import Path
from typing import Any

import pytest

from routeaudit.errors import ExitCode, PoorInputError
from routeaudit.ingest import IngestSettings, check_bad_rows, ingest, lines, shelf, waiting
from routeaudit.ingest.shape import Scope


def transcript_line(number: int, text: str) -> dict[str, Any]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    content = [{"type": "text", "text": text}]
    said = {"id": f"m{number}", "model": "claude-x", "content": content, "usage": usage}
    session = f"s{number % 7}"
    return {
        "type": "assistant",
        "sessionId": session,
        "requestId": f"r{number}",
        "message": said,
    }


def test_what_belongs_together_is_read_together_however_far_apart_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    told = [transcript_line(n, text) for text in ("one", "two") for n in range(3000)]
    path.write_text("\n".join(json.dumps(line) for line in told))
    monkeypatch.setitem(waiting.MOST_BYTES, Scope.FILE, 100_000)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 50_000)
    monkeypatch.setattr(lines, "PIECE_BYTES", 50_000)
    monkeypatch.setattr(shelf, "HELD_BYTES", 20_000)
    batches = list(ingest([str(path)], IngestSettings(processes=0)))
    answers = [text for batch in batches for text in batch.records["response_text"]]
    assert answers == ["one\ntwo"] * 3000
    assert sum(batch.merged.height for batch in batches) == 3000
    assert {batch.merged["reason"][0] for batch in batches if batch.merged.height} == {
        "another line of the same response"
    }


def test_units_without_a_group_are_read_before_they_grow_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = [
        {
            "type": "event_msg", "timestamp": f"2026-05-04T08:{n // 60:02}:{n % 60:02}Z",
            "payload": {"type": "token_count", "info": {"last_token_usage": {"input_tokens": n}}},
        }
        for n in range(1, 1001)
    ]  # fmt: skip
    path = tmp_path / "rollout.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in counts))
    monkeypatch.setitem(waiting.MOST_BYTES, Scope.FILE, 10_000)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 5_000)
    monkeypatch.setattr(lines, "PIECE_BYTES", 5_000)
    batches = list(ingest([str(path)], IngestSettings(processes=0)))
    assert sum(batch.records["prompt_tokens"].sum() for batch in batches) == 1000 * 1001 / 2


def test_more_bad_rows_than_allowed_end_with_exit_code_3() -> None:
    check_bad_rows(1, 100, IngestSettings())
    check_bad_rows(0, 0, IngestSettings())
    with pytest.raises(PoorInputError, match=r"2 of 100 .* \(2\.0%\)") as caught:
        check_bad_rows(2, 100, IngestSettings())
    assert caught.value.exit_code == ExitCode.POOR_INPUT
    check_bad_rows(2, 100, IngestSettings(max_bad_rows=0.02))
