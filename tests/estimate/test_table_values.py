"""Values that tables really hold: NaN, text, nothing, and numbers too large."""

from pathlib import Path

import pytest

from routeaudit.estimate.outcomes import is_outcome_table, read_outcomes
from routeaudit.stats.binomial import Verdict, verdict
from tests.estimate.outcome_rows import Line, Row, Run


def test_python_writes_nan_and_the_row_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"id": 1, "models": {"a": {"score": NaN, "cost": Infinity}, "b": {"score": 1}}}\n'
        '{"id": 2, "models": {"a": {"score": "0.5"}, "b": {"score": "n/a"}}}\n'
        '{"id": 3, "models": {"a": {"score": true}, "b": {"score": [1]}}}\n'
        '{"id": 4, "models": {"a": {"score": 1' + "0" * 400 + '}, "b": {"score": null}}}\n'
        "{oops\n" + "[" * 100_000 + "\n"
    )
    assert is_outcome_table(path)
    table = read_outcomes(path)
    nan = float("nan")
    assert table.models["a"]["score"].tolist() == pytest.approx(
        [nan, 0.5, 1.0, nan], nan_ok=True
    )
    assert table.models["b"]["score"].tolist() == pytest.approx([1.0, *[nan] * 3], nan_ok=True)
    assert table.models["a"]["cost"].tolist() == pytest.approx([nan] * 4, nan_ok=True)
    assert dict(table.rejected) == {"not JSON": 2}


def test_a_bound_exactly_on_the_limit_is_on_no_side_of_it() -> None:
    # One bad answer of one: the one-sided 95 % lower bound is .05 itself, and not above it.
    assert verdict(1, 1, 0.05).verdict is Verdict.INCONCLUSIVE


def test_a_row_without_the_model_is_told_once(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    dear = {"score": 1, "cost": 2.0}
    rows = [
        outcome(i, {"b": dear} if i % 3 else {"a": {"score": 0, "cost": 1.0}, "b": dear})
        for i in range(9)
    ]
    for i, row in enumerate(rows):
        row["signals"] = {"hardness": i}
    replay = run_table(rows, arms="mid=a,full=b")
    told = [line for line in replay.simulation.warnings if line.startswith("mid (a)")]
    assert told == ["mid (a) is missing in 6 of 9 rows"]
    quality = row_of(replay, "all-mid").quality
    assert (quality.n_scored, quality.score_mean) == (3, 0.0)
    assert row_of(replay, "all-mid").cost_total == 3.0
