"""What each command looks like at 80 and 160 columns; `UPDATE_SNAPSHOTS=1` writes them anew."""

import json
import os
import re
from collections.abc import Iterator
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
    "diff": ("diff", "binary", "three-tier"),
    "export-json": ("export", "json"),
    "explain-all": ("explain",),
    "ingest": ("ingest", "calls.jsonl"),
    "prompt": ("prompt", "show"),
}
# These print a configuration or data that has one form only.
ONE_FORM = ("help", "prompt", "ingest", "export-json")
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
        text = steady(said.out)
        widest = max((cell_len(line) for line in text.splitlines() if " " in line), default=0)
        # Sentences are left to the terminal to wrap; tables must fit.
        tables = [line for line in text.splitlines() if "─" in line]
        assert all(cell_len(line) <= width for line in tables), (name, widest)
        assert "\x1b" not in text
        compare(f"{name}-{width}", text)


def test_plain_tables_are_tab_separated(ready: Run) -> None:
    for name, args in COMMANDS.items():
        if name in ONE_FORM:
            continue
        said = ready(*args, "--plain")
        assert said.code == 0, said.err
        assert not [line for line in said.out.splitlines() if "─" in line or "\x1b" in line]
        compare(f"{name}-plain", steady(said.out))


def test_json_is_all_that_stdout_holds(ready: Run) -> None:
    for name, args in COMMANDS.items():
        if name in ONE_FORM:
            continue
        said = ready(*args, "--json")
        assert said.code == 0, said.err
        found = json.loads(said.out)
        compare(f"{name}-json", "\n".join(sorted(set(keys(found)))) + "\n")


def keys(value: object, under: str = "") -> Iterator[str]:
    """Name every key with the keys above it: the shape of a document, not its figures."""
    if isinstance(value, dict):
        for name, inner in value.items():
            shown = name if re.fullmatch(r"[a-z][a-z0-9_]*", name) else "*"
            yield f"{under}.{shown}"
            yield from keys(inner, f"{under}.{shown}")
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, f"{under}[]")


def steady(text: str) -> str:
    """Put words in the places of what changes from run to run."""
    for pattern, word in CHANGING.items():
        text = re.sub(pattern, word, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def compare(name: str, text: str) -> None:
    """Compare with what was seen last time."""
    saved = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        saved.parent.mkdir(exist_ok=True)
        saved.write_text(text, encoding="utf-8")
    assert saved.read_text(encoding="utf-8") == text, f"{saved.name}: UPDATE_SNAPSHOTS=1"
