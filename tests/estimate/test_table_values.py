"""Values that tables really hold: NaN, text, nothing, and numbers too large."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from routeaudit.estimate.outcomes import (
    OutcomeTable,
    is_outcome_table,
    read_outcomes,
    table_from,
)
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.simulate import Replay, simulate_outcomes
from routeaudit.frames import TASKS
from routeaudit.route import enter, load_policy
from routeaudit.stats.binomial import Verdict, verdict
from tests.estimate.outcome_rows import Line, Row, Run, metric, pair


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


def test_scores_joined_by_position_are_warned_of(run_table: Run, outcome: Line) -> None:
    random = np.random.default_rng(5)
    hard = random.random(1_200)
    first = (random.random(1_200) > hard).astype(float)
    second = (random.random(1_200) > hard).astype(float)

    def told(other: np.ndarray) -> list[str]:
        rows = [
            outcome(i, {"a": {"score": a, "cost": 1}, "b": {"score": b, "cost": 2}},
                    signals={"easiness": i})
            for i, (a, b) in enumerate(zip(first.tolist(), other.tolist(), strict=True))
        ]  # fmt: skip
        warnings = run_table(rows, "binary").simulation.warnings
        return [line for line in warnings if "joined by position" in line]

    # Both fail on hard rows, so they go together, until one column is in another order.
    assert told(second) == []
    assert told(random.permutation(second))[0].startswith("mid and full are right on unrelated")


def test_metrics_of_cost_have_ranges_too(run_table: Run, outcome: Line) -> None:
    random = np.random.default_rng(6)
    weak, strong = random.random(400) < 0.6, random.random(400) < 0.9
    rows = [
        outcome(i, {"a": {"score": int(a), "cost": 1}, "b": {"score": int(b), "cost": 2}},
                signals={"easiness": int(a) + random.random()})
        for i, (a, b) in enumerate(zip(weak, strong, strict=True))
    ]  # fmt: skip
    sweep = run_table(rows, "binary", share="50/50").simulation.sweeps[0]
    named = ("AIQ", "IBC lift", "oracle APGR", "oracle CPT(50%)", "oracle gain captured")
    for name in named:
        one = metric(sweep, name)
        assert one.value is not None
        assert one.interval is not None
        assert one.interval.low <= one.value <= one.interval.high
        assert one.interval.low < one.interval.high


def test_metrics_send_rows_of_unknown_score_to_the_full_arm(
    run_table: Run, outcome: Line
) -> None:
    rows = pair(outcome, [(0, 1), (1, 1), (0, 1), (1, 1), (0, 1)], [0.0, 1.0, 2.0, 1.0, 3.0])
    del rows[0]["signals"]
    sweep = run_table(rows, "binary", threshold="1").simulation.sweeps[0]
    # Rows 1 and 3 stay: all five are right for 2 * 1 + 3 * 10, as against 2 of 5 for 5 * 1.
    assert metric(sweep, "PGR").value == 1.0
    # .6 more right for 5.4 more, as against .6 for 9.
    assert metric(sweep, "IBC lift").value == pytest.approx(2 / 3)
    # Row 0 is the first to go: PGR 1/3, 2/3 and 1 at shares .2, .4 and .6; .48 is 3 calls.
    assert metric(sweep, "CPT(80%)").value == pytest.approx(0.6)


def test_metrics_of_cost_charge_the_classifier_to_the_router_alone(
    run_table: Run, outcome: Line
) -> None:
    rows = pair(outcome, [(1, 1), (0, 1)], [1.0, 2.0])
    sweep = run_table(rows, "binary", threshold="1", classifier_usd=0.5).simulation.sweeps[0]
    # Quality .5, 1, 1 for 1.5, 6 and (left out) 10.5; the models alone cost 1 and 10.
    # Hull (1, .5) (6, 1) (10, 1): 5 * .75 + 4 * 1 over 9; benefit (.5 / 5) / (.5 / 9) - 1.
    assert metric(sweep, "AIQ").value == pytest.approx(7.75 / 9)
    assert metric(sweep, "IBC lift").value == pytest.approx(0.8)


def test_a_table_has_kinds_of_work_once_its_prompts_are_classified(
    outcome: Line, row_of: Row
) -> None:
    rows = [
        outcome(i, {"a": {"score": 1, "cost": 1, "confidence": 0.9}, "b": {"score": 1, "cost": 2}},
                prompt=f"p{i}", signals={"easiness": i})
        for i in range(3)
    ]  # fmt: skip
    table = table_from(rows)
    verdicts = pl.DataFrame(
        {"p_simple": [0.9] * 3, "task": ["translation", "code", None], "p_task": [None] * 3},
        schema_overrides={"task": pl.Enum(TASKS)},
    )

    def run(table: OutcomeTable) -> Replay:
        policies = [load_policy(name) for name in ("task-table", "length", "confidence")]
        settings = SimulationSettings(signal="easiness")
        return simulate_outcomes(table, settings, policies=policies, enter=enter)

    replay = run(table.with_verdicts(verdicts))
    assert row_of(replay, "task-table").calls == {"mid": 1, "full": 2}
    assert any("as --signal asks" in told for told in replay.simulation.warnings)
    # Without them it is said why nothing is served; the table counts no tokens either.
    blind = run(table)
    for name, column in (("task-table", "task"), ("length", "prompt_tokens")):
        told = f"no {column} here: everything goes to the full arm"
        assert told in row_of(blind, name).warnings
        assert row_of(blind, name).served == 0
