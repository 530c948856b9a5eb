"""What each command looks like at 80 and 160 columns; `UPDATE_SNAPSHOTS=1` writes them anew."""

import os
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Run

SNAPSHOTS = Path(__file__).parent / "snapshots"
COMMANDS = {
    "scan": ("scan", "calls.jsonl"),
    "simulate": ("simulate", "--policy", "binary"),
    "check": ("check", "--gate-exit-code", "0"),
    "compare": ("compare", "reports", "reports"),
    "trend": ("trend",),
    "focus": ("focus",),
    "explain": ("explain", "failure_rate"),
    "formats-explain": ("formats", "explain", "calls.jsonl"),
    "formats-list": ("formats", "list"),
    "models-list": ("models", "list"),
    "config-show": ("config", "show", "simulate"),
    "help": ("--help",),
}
CHANGING = {
    r"\d{8}T\d{6}Z(-\d+)?": "SCAN",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*": "TIME",
}


@pytest.fixture
def ready(run: Run, one_call: Path, tmp_path: Path) -> Run:
    (tmp_path / "routeaudit.toml").write_text(
        '[gates]\nfailure_rate = ["error", {max = 0.05, use = "upper"}]\n'
    )
    run("scan", one_call)
    run("simulate", "--policy", "binary")
    return run


@pytest.mark.parametrize("width", [80, 160])
def test_every_command_fits_its_width_and_looks_as_it_did(
    ready: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for name, args in COMMANDS.items():
        said = ready(*args)
        assert said.code == 0, said.err
        text = said.out
        for pattern, word in CHANGING.items():
            text = re.sub(pattern, word, text)
        text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
        widest = max((cell_len(line) for line in text.splitlines() if " " in line), default=0)
        # Sentences are left to the terminal to wrap; tables must fit.
        tables = [line for line in text.splitlines() if "─" in line]
        assert all(cell_len(line) <= width for line in tables), (name, widest)
        assert "\x1b" not in text
        saved = SNAPSHOTS / f"{name}-{width}.txt"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            saved.parent.mkdir(exist_ok=True)
            saved.write_text(text, encoding="utf-8")
        assert saved.read_text(encoding="utf-8") == text, f"{saved.name}: UPDATE_SNAPSHOTS=1"
