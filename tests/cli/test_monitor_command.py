import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from routeaudit.cli.app import app
from routeaudit.errors import GateFailedError, InputError, NotEnoughEvidenceError


def write(file: Path, rows: Sequence[Mapping[str, object]]) -> str:
    file.write_text("\n".join(json.dumps(row) for row in rows))
    return str(file)


def rows(n: int, failures: int, day: int = 2) -> list[dict[str, object]]:
    return [
        {"id": f"{day}-{i}", "ts": f"2026-11-{day:02}T10:00:00Z", "route": "slm",
         "score": int(i >= failures)}
        for i in range(n)
    ]  # fmt: skip


def run(*arguments: str) -> tuple[str, BaseException | None]:
    result = CliRunner().invoke(app, ["monitor", *arguments])
    return result.stdout, result.exception


def cells(out: str) -> list[str]:
    return [" ".join(line.split()) for line in out.splitlines()]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_good_week_is_ok_and_a_bad_one_ends_with_an_alarm(here: Path) -> None:
    out, error = run(write(here / "one.jsonl", rows(100, 3)), "--plain")
    assert error is None
    assert "status OK" in cells(out)
    assert "2026-W45 100 100 100% 3 3.0%" in cells(out)
    out, error = run(write(here / "two.jsonl", rows(100, 25, day=9)), "--plain")
    assert isinstance(error, GateFailedError)
    assert error.exit_code == 4
    assert "ALARM since 2026-W46" in str(error)
    assert "retrain" in error.hint
    assert (here / ".routeaudit" / "monitor" / "router.json").is_file()


def test_evidence_is_printed_with_two_digits_and_never_as_a_power(here: Path) -> None:
    out, _ = run(write(here / "one.jsonl", rows(100, 3)), "--plain")
    (told,) = [line for line in cells(out) if line.startswith("evidence")]
    assert re.fullmatch(r"evidence 0\.\d\d \(an alarm from 104 on\)", told)
    out, _ = run(write(here / "two.jsonl", rows(100, 25, day=9)), "--plain")
    assert "evidence over 1,000,000 (an alarm from 104 on)" in cells(out)


def test_reset_forgets_and_json_says_all(here: Path) -> None:
    _, error = run(write(here / "bad.jsonl", rows(100, 25)), "--quiet")
    assert isinstance(error, GateFailedError)
    out, error = run(write(here / "good.jsonl", rows(100, 3, day=9)), "--reset", "--json")
    assert error is None
    told = json.loads(out)
    assert [one["weeks"][0]["failures"] for one in told["builds"]] == [3]


def test_without_scores_there_is_no_verdict(here: Path) -> None:
    bare = [{"ts": "2026-11-02", "route": "slm"}]
    _, error = run(write(here / "bare.jsonl", bare))
    assert isinstance(error, NotEnoughEvidenceError)


def test_without_a_route_the_hint_says_what_rows_need(here: Path) -> None:
    odd = [{"ts": "2026-11-02", "route": "elsewhere"}]
    _, error = run(write(here / "odd.jsonl", odd))
    assert isinstance(error, InputError)
    assert "no known route: 1" in str(error)
    assert "route" in error.hint


def test_logs_of_an_api_are_read_by_their_labels(here: Path) -> None:
    call = {
        "timestamp": "2026-11-02T10:00:00Z",
        "request": {
            "model": "llama-3.1-8b",
            "messages": [{"role": "user", "content": "Which team?"}],
            "metadata": {"route": "slm", "feedback": 0.0},
        },
        "response": {
            "object": "chat.completion",
            "model": "llama-3.1-8b",
            "choices": [{"message": {"content": "billing"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
        },
    }
    calls = [call | {"request_id": f"r{i}"} for i in range(3)]
    out, error = run(write(here / "calls.jsonl", calls), "--plain")
    assert error is None
    assert "2026-W45 3 3 100% 3 100.0%" in cells(out)


def test_rows_come_through_a_pipe_and_bad_ones_are_counted(here: Path) -> None:
    lines = "\n".join(json.dumps(row) for row in rows(60, 1)) + "\nnot JSON\n[1]\n\n"
    came = subprocess.run(  # the very program: a pipe is no file that could be read twice
        [sys.executable, "-m", "routeaudit", "monitor", "-", "--plain"],
        input=lines.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert "2026-W45 60 60 100% 1 1.7%" in cells(came.stdout.decode())
    assert "left out, no time: 2 rows" in came.stderr.decode()


def test_what_was_counted_before_is_said(here: Path) -> None:
    first = write(here / "one.jsonl", rows(60, 1))
    assert run(first, "--quiet")[1] is None
    result = CliRunner().invoke(app, ["monitor", first])
    assert "counted before: 60 rows" in result.stderr
    assert run(write(here / "two.jsonl", rows(60, 1, day=9)), "--quiet")[1] is None
    result = CliRunner().invoke(app, ["monitor", first])
    assert "of a week that was closed before: 60 rows" in result.stderr


def test_a_build_that_no_longer_serves_is_shown_as_such(here: Path) -> None:
    old = [row | {"build": "old"} for row in rows(60, 1)]
    new = [row | {"build": "new"} for row in rows(60, 1, day=9)]
    assert run(write(here / "old.jsonl", old), "--quiet")[1] is None
    out, _ = run(write(here / "new.jsonl", new), "--plain")
    assert "status OK, no longer serving" in cells(out)
    assert "status OK" in cells(out)


def test_a_build_that_raised_an_alarm_and_was_replaced_asks_for_nothing(here: Path) -> None:
    old = [row | {"build": "old"} for row in rows(60, 40)]
    new = [row | {"build": "new"} for row in rows(60, 1, day=9)]
    assert isinstance(run(write(here / "old.jsonl", old), "--quiet")[1], GateFailedError)
    out, error = run(write(here / "new.jsonl", new), "--plain")
    assert error is None
    assert "status ALARM, no longer serving" in cells(out)
    assert "what to do" not in out
