"""What answers are worth, as the terminal shows it."""

from pathlib import Path

import msgspec
import pytest

from routeaudit.answer.saved import Files, measure
from routeaudit.cli.answer_view import show_outcome
from routeaudit.cli.console import Talk
from tests.answer.test_saved import saved


def test_the_confidence_is_held_against_what_came_true(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = measure(saved(tmp_path))
    show_outcome(Talk(plain=True), outcome, tmp_path)
    said = capsys.readouterr()
    tested = sum(one.answers for one in outcome.confidence.bins)
    assert tested == outcome.confidence.tested > 0
    assert "calibrated confidence\tgood enough\trange\tanswers" in said.out
    assert (tmp_path / "mid.reliability.svg").read_bytes().startswith(b"<?xml")
    show_outcome(Talk(), outcome, tmp_path)
    assert "\u2588" in capsys.readouterr().out


def test_nothing_is_drawn_where_nothing_was_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = saved(tmp_path)
    outcome = measure(Files(files.folder, "mid"))
    sure = msgspec.structs.replace(outcome.confidence, bins=())
    show_outcome(Talk(plain=True), msgspec.structs.replace(outcome, confidence=sure), tmp_path)
    assert "good enough" not in capsys.readouterr().out
    assert not (tmp_path / "mid.reliability.svg").exists()
