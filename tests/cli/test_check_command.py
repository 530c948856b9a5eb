"""Gates decide, say why, and leave with the code that says so."""

import json
from pathlib import Path

from tests.cli.conftest import Run

GATES = """
[gates]
failure_rate = ["error", {max = 0.05, use = "upper"}]
unpriced_share = ["error", {max = 0.5}]
"""


def test_gates_leave_with_5_when_nothing_was_measured(simulated: Run, tmp_path: Path) -> None:
    (tmp_path / "routeaudit.toml").write_text(GATES)
    said = simulated("check", "--junit", "g.xml", "--step-summary", "s.md", "--comment", "c.md")
    assert said.code == 5
    assert "not enough" in said.out
    assert "<testsuite" in (tmp_path / "g.xml").read_text()
    assert (tmp_path / "s.md").read_text()
    assert (tmp_path / "c.md").read_text().startswith("<!-- routeaudit -->")
    assert simulated("check", "--gate-exit-code", "0").code == 0
    states = {
        gate["metric"]: gate["state"] for gate in json.loads(simulated("check", "--json").out)
    }
    assert states == {"failure_rate": "not enough evidence", "unpriced_share": "passed"}


def test_an_unknown_gate_is_a_usage_error(simulated: Run, tmp_path: Path) -> None:
    (tmp_path / "routeaudit.toml").write_text('[gates]\nfailur_rate = ["error", {max = 1}]\n')
    said = simulated("check")
    assert said.code == 2
    assert "did you mean failure_rate?" in said.err


def test_an_undecided_check_says_what_would_decide_it(simulated: Run, tmp_path: Path) -> None:
    (tmp_path / "routeaudit.toml").write_text(
        '[gates]\nevidence = ["error", {at_least = "replayed"}]\n'
    )
    said = simulated("check")
    assert said.code == 5
    assert "`routeaudit answer --model FILE.gguf`" in said.err


def test_without_gates_check_says_how_to_set_one(simulated: Run) -> None:
    assert "[gates]" in simulated("check").err
