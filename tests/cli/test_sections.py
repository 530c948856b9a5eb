"""One configuration serves every command."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_a_section_or_variable_of_another_command_is_no_error(
    run: Run, one_call: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "routeaudit.toml").write_text(
        "[answer]\nsample = 30\n[monitor]\nlimit = 0.1\n[judge]\nattempts = 2\n"
    )
    monkeypatch.setenv("ROUTEAUDIT_SIMULATE_LIMIT", "0.1")
    assert run("scan", one_call).code == 0
    planned = run("answer", "--plan")
    assert planned.code == 0
    assert "1 distinct prompt" in planned.out
    assert "there are no gates" in run("check").err
    assert '"attempts"' in run("config", "show", "--json").out


def test_a_section_that_nobody_reads_is_still_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "routeaudit.toml").write_text("[answers]\nsample = 30\n")
    told = run("answer", "--plan")
    assert told.code == 2
    assert "[answers]" in told.err
    assert "did you mean answer?" in told.err
