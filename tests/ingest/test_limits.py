"""How much of a log may be unreadable."""

import json
from pathlib import Path
from typing import Any

import pytest

from routeaudit.errors import ExitCode, PoorInputError
from routeaudit.ingest import IngestSettings, check_bad_rows, ingest, lines, waiting
from routeaudit.ingest.shape import Scope


def transcript_line(number: int) -> dict[str, Any]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    said = {"id": f"m{number}", "model": "claude-x", "content": [], "usage": usage}
    return {"type": "assistant", "sessionId": "s", "requestId": f"r{number}", "message": said}


def test_units_of_one_file_wait_in_bounded_memory_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    taken = waiting.Waiting._taken

    def watched(self: waiting.Waiting, name: str) -> waiting.Pile:
        waited.append(self._bytes[name])
        return taken(self, name)

    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(transcript_line(n)) for n in range(20_000)))
    size = path.stat().st_size
    assert size > 2_500_000
    monkeypatch.setitem(waiting.MOST_BYTES, Scope.FILE, 200_000)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 100_000)
    monkeypatch.setattr(lines, "PIECE_BYTES", 50_000)
    monkeypatch.setattr(waiting.Waiting, "_taken", watched)
    batches = list(ingest([str(path)], IngestSettings(processes=0)))
    assert sum(batch.records.height for batch in batches) == 20_000
    assert max(waited) < size / 5


def test_more_bad_rows_than_allowed_end_with_exit_code_3() -> None:
    check_bad_rows(1, 100, IngestSettings())
    check_bad_rows(0, 0, IngestSettings())
    with pytest.raises(PoorInputError, match=r"2 of 100 .* \(2\.0%\)") as caught:
        check_bad_rows(2, 100, IngestSettings())
    assert caught.value.exit_code == ExitCode.POOR_INPUT
    check_bad_rows(2, 100, IngestSettings(max_bad_rows=0.02))
