"""The whole way, on the tiny demo model and real llama.cpp: scan, answer, simulate."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from routeaudit.cli.app import app
from routeaudit.errors import InputError, PoorInputError
from tests.local_model.tiny_bert import write_bert

pytest.importorskip("llama_cpp", reason="needs the llama extra")

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "data" / "tiny-phi3-demo.gguf"
LOG = ROOT / "sample_logs" / "openai" / "chat-2026-w42.jsonl"
ASK = ("answer", "--model", str(TINY), "--sample", "24", "--max-tokens", "8", "--threads", "1")


def run(*arguments: str) -> tuple[str, BaseException | None]:
    result = CliRunner().invoke(app, list(arguments))
    return result.stdout, result.exception


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answers")
    _, error = run("scan", str(LOG), "--workspace", str(folder), "--quiet", "--json")
    assert error is None
    return folder


def answered(home: Path, *more: str) -> dict[str, object]:
    out, error = run(*ASK, "--workspace", str(home), "--json", *more)
    assert error is None
    told: dict[str, object] = json.loads(out)
    return told


def cached(home: Path) -> int:
    rows = sqlite3.connect(home / "answers.sqlite")
    n = int(rows.execute("select count(*) from answer").fetchone()[0])
    rows.close()
    return n


def test_a_sample_is_answered_scored_and_used_by_the_simulation(home: Path) -> None:
    told = answered(home)
    assert isinstance(told["run"], dict)
    assert told["run"]["answered"] == 24
    assert told["run"]["not_found"] == 0
    before = cached(home)
    again = answered(home)
    assert cached(home) == before  # nothing was written twice
    assert again["strata"] == told["strata"]
    out, error = run(
        "simulate", "--policy", "binary", "--share", "80/20", "--workspace", str(home), "--json"
    )
    assert error is None
    mid = next(arm for arm in json.loads(out)["simulation"]["arms"] if arm["arm"] == "mid")
    assert mid["quality_evidence"] == "replayed"
    warnings = " ".join(json.loads(out)["simulation"]["warnings"])
    assert f"the answers of mid are those of {told['run']['llm_file']}" in warnings


def test_no_text_leaves_the_cache(home: Path) -> None:
    answered(home)
    words = json.loads(LOG.read_text().splitlines()[0])["request"]["messages"][-1]["content"]
    kept = b"".join(
        file.read_bytes() for file in home.rglob("answers/*") if file.suffix != ".parquet"
    )
    assert words[:40].encode() not in kept
    assert all(file.stat().st_mode & 0o077 == 0 for file in home.glob("answers.sqlite*"))


def test_the_plan_alone_needs_no_model(home: Path) -> None:
    out, error = run("answer", "--plan", "--workspace", str(home), "--plain", "--prove", "20%")
    assert error is None
    assert "classification / micro" in out
    _, error = run("answer", "--workspace", str(home))
    assert isinstance(error, InputError)


def test_free_text_is_sorted_by_an_embedding_model(home: Path, tmp_path: Path) -> None:
    file = write_bert(tmp_path / "bert.gguf")
    told = answered(home, "--embedder", str(file))
    steps = {one["scorer"]: one for one in told["decided_by"]}  # type: ignore[attr-defined]  # JSON
    shown = steps["embedding cosine"]
    assert shown["seen"] == steps["ROUGE-L"]["seen"] > 0
    assert shown["decided"] == 0
    told = answered(home, "--embedder", str(file), "--cosine-reject", "0.99")
    steps = {one["scorer"]: one for one in told["decided_by"]}  # type: ignore[attr-defined]  # JSON
    assert steps["embedding cosine"]["seen"] == shown["seen"]
    assert steps["embedding cosine"]["decided"] > 0
    result = CliRunner().invoke(
        app, [*ASK, "--workspace", str(home), "--embedder", str(TINY), "--plain"]
    )
    assert "was not made to embed texts" in result.stderr


def test_a_budget_ends_the_run_with_what_there_is(home: Path) -> None:
    told = answered(home, "--seed", "7", "--budget", "0s", "--sequences", "2", "--sample", "60")
    assert isinstance(told["run"], dict)
    assert 0 < told["run"]["answered"] < 60


def test_after_kill_9_no_finished_answer_is_written_again(home: Path) -> None:
    command = [
        sys.executable, "-m", "routeaudit", *ASK, "--workspace", str(home), "--seed", "3",
        "--max-tokens", "40", "--sample", "60",
    ]  # fmt: skip
    before = cached(home)
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        deadline = time.monotonic() + 60
        while cached(home) < before + 5 and time.monotonic() < deadline:
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
    kept = cached(home)
    assert before + 5 <= kept < before + 60
    told = answered(home, "--seed", "3", "--max-tokens", "40", "--sample", "60")
    assert isinstance(told["run"], dict)
    assert told["run"]["answered"] == 60
    assert cached(home) == before + 60


def test_logs_that_are_gone_are_named(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(LOG.read_text().splitlines()[0] + "\n")
    moved = tmp_path / "moved"
    _, error = run("scan", str(other), "--workspace", str(moved), "--quiet", "--json")
    assert error is None
    other.unlink()
    _, error = run(*ASK, "--workspace", str(moved))
    assert isinstance(error, InputError)
    _, error = run(*ASK, "--workspace", str(moved), str(LOG))
    assert error is None


def test_calls_with_tools_cannot_be_asked_again(tmp_path: Path) -> None:
    call = json.loads(LOG.read_text().splitlines()[0])
    call["request"]["tools"] = [{"type": "function", "function": {"name": "x"}}]
    log = tmp_path / "tools.jsonl"
    log.write_text(json.dumps(call) + "\n")
    _, error = run("scan", str(log), "--workspace", str(tmp_path / "w"), "--quiet", "--json")
    assert error is None
    _, error = run(*ASK, "--workspace", str(tmp_path / "w"))
    assert isinstance(error, PoorInputError)


@pytest.mark.gguf
@pytest.mark.skipif(
    "ROUTEAUDIT_TEST_GGUF" not in os.environ, reason="set ROUTEAUDIT_TEST_GGUF=path"
)
def test_a_real_model_agrees_with_some_of_the_log(tmp_path: Path) -> None:
    file = os.environ["ROUTEAUDIT_TEST_GGUF"]
    _, error = run("scan", str(LOG), "--workspace", str(tmp_path), "--quiet", "--json")
    assert error is None
    ask = ("answer", "--model", file, "--sample", "40", "--workspace", str(tmp_path), "--json")
    out, error = run(*ask)
    assert error is None
    told = json.loads(out)
    assert told["run"]["failed"] == 0
    assert told["always_escalate"] < 0.5
    assert told["disagreement"] < 0.9


def test_people_see_the_plan_the_proof_and_what_came_of_it(home: Path) -> None:
    ask = (*ASK, "--workspace", str(home), "--plain", "--prove", "40%")
    result = CliRunner().invoke(app, [*ask, "--sample", "20"])
    assert result.exception is None
    assert "would prove it" in result.stderr
    assert "model file\ttiny-phi3-demo.gguf, as the mid arm" in result.stdout
    assert "never served" in result.stdout
    hopeless = CliRunner().invoke(
        app, ["answer", "--plan", "--prove", "1%", "--workspace", str(home)]
    )
    assert "plain sample is planned" in hopeless.stderr
    _, error = run("answer", "--plan", "--scan", str(home), "--workspace", str(home))
    assert isinstance(error, InputError)
