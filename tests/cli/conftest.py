import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from routeaudit.cli import main

REPO = Path(__file__).parents[2]


class Said(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Run a command in an empty folder of its own, as the console script does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")

    def call(*args: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["routeaudit", *map(str, args)])
        capfd.readouterr()
        code = 0
        try:
            main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(bool(left.code))
        said = capfd.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def one_call(tmp_path: Path) -> Path:
    """A log of one OpenAI-style call: 500 tokens in, 250 out, of gpt-4o."""
    path = tmp_path / "calls.jsonl"
    path.write_text(
        '{"timestamp": "2026-10-05T10:00:00Z", "latency_ms": 900, "request_id": "r1", '
        '"url": "https://api.openai.com/v1/chat/completions", "request": {"model": "gpt-4o", '
        '"messages": [{"role": "user", "content": "Translate to French: good morning"}]}, '
        '"response": {"id": "c1", "object": "chat.completion", "model": "gpt-4o-2024-08-06", '
        '"choices": [{"message": {"role": "assistant", "content": "bonjour"}, '
        '"finish_reason": "stop"}], "usage": {"prompt_tokens": 500, "completion_tokens": 250, '
        '"total_tokens": 750}}}\n'
    )
    return path


@pytest.fixture
def scanned(run: Run, one_call: Path) -> Run:
    assert run("scan", one_call).code == 0
    return run


@pytest.fixture
def simulated(scanned: Run) -> Run:
    assert scanned("simulate", "--policy", "binary").code == 0
    return scanned
