"""Outcome tables replayed: published numbers, and laws that every table keeps."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeaudit.errors import ConfigError, InputError
from routeaudit.estimate.outcomes import is_outcome_table, read_outcomes, table_from
from tests.estimate.outcome_rows import (
    FOUR,
    Line,
    Row,
    Run,
    metric,
    pair,
    score,
)


def test_the_headline_says_when_chance_does_as_well(run_table: Run, outcome: Line) -> None:
    rows = pair(outcome, [(i % 2, 1) for i in range(40)])
    headline = run_table(rows, "binary", share="50/50").simulation.headline
    assert headline.startswith("binary does not beat a random router with the same share")
    clear = pair(outcome, [(int(i < 20), 1) for i in range(40)])
    headline = run_table(clear, "binary", share="50/50").simulation.headline
    assert headline.startswith("On this table, against all-full (strong): binary cuts cost 45%")


def test_a_guaranteed_threshold_needs_enough_scored_answers(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    good = pair(outcome, [(1, 1)] * 200)
    replay = run_table(good, "binary", target_failure="5%")
    # No failure anywhere: every level with 59 rows or more is proven, so the laxest is found.
    assert replay.simulation.sweeps[0].guaranteed == 199.0
    assert row_of(replay, "binary").served == 200
    assert row_of(replay, "binary").params["target_failure"] == 0.05
    replay = run_table(good[:50], "binary", "confidence", target_failure="5%")
    few = replay.simulation.sweeps[0]
    assert few.guaranteed is None
    assert "everything goes to the full arm" in few.guarantee_note
    assert row_of(replay, "binary").served == 0
    # Nobody pays a small arm first when its answers are never kept.
    assert row_of(replay, "confidence").calls == {"mid": 0, "full": 50}
    assert "no threshold keeps the target" in replay.simulation.headline
    assert [row.policy for row in replay.simulation.policies].count("all-full") == 1


def test_three_tiers_and_cascades_find_the_cheapest_guaranteed_thresholds(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    # Easy rows first. Micro holds on the easier half, mid on the easiest 80 %.
    rows = [
        outcome(
            i,
            {
                "a": {"score": int(i < 1_000), "cost": 1.0},
                "b": {"score": int(i < 1_600), "cost": 3.0},
                "c": {"score": 1, "cost": 9.0},
            },
            signals={"hardness": i},
        )
        for i in range(2_000)
    ]
    replay = run_table(rows, "three-tier", "cascade", "two-stage", target_failure="5%")
    tiers = row_of(replay, "three-tier")
    # Micro's part is 5/8 of what is served: 80 % of 2,000 is 1,600, of which micro has 1,000.
    assert tiers.calls == {"micro": 1_000, "mid": 600, "full": 400}
    assert replay.simulation.sweeps[0].guaranteed == 1_599.0
    assert "the cheapest of" in replay.simulation.sweeps[0].guarantee_note
    cascade = row_of(replay, "cascade")
    assert cascade.quality.failure_rate == 0.0
    assert cascade.calls == {"micro": 2_000, "mid": 1_000, "full": 400}
    assert any("95 % confidence" in told for told in cascade.warnings)
    stages = row_of(replay, "two-stage")
    assert any("no threshold to find" in told for told in stages.warnings)
    few = run_table(rows[:50], "three-tier", "cascade", target_failure="5%")
    for name in ("three-tier", "cascade"):
        assert row_of(few, name).calls == {"micro": 0, "mid": 0, "full": 50}
        assert any("all goes to the full arm" in told for told in row_of(few, name).warnings)


def test_the_grid_of_two_cuts_holds_the_pairs_that_nothing_beats(
    run_table: Run, outcome: Line
) -> None:
    # The easiest third suits the micro arm, the next the mid arm, the rest the full one.
    rows = [
        outcome(
            i,
            {
                "a": {"score": int(i >= 20), "cost": 1.0},
                "b": {"score": int(i >= 10), "cost": 3.0},
                "c": {"score": 1, "cost": 9.0},
            },
            signals={"easiness": float(i)},
        )
        for i in range(30)
    ]
    sweeps = run_table(rows, "three-tier").simulation.sweeps
    grid = next(sweep for sweep in sweeps if sweep.policy == "three-tier-grid")
    best = [p for p in grid.points if p.score_mean == 1.0]
    assert [(p.upper_threshold, p.threshold) for p in best] == [(20.0, 10.0)]
    assert best[0].cost_per_call == pytest.approx((10 * 1 + 10 * 3 + 10 * 9) / 30)
    assert best[0].failure_rate == 0.0


def test_the_sweep_ends_at_all_full_and_all_cheap(run_table: Run, outcome: Line) -> None:
    sweep = run_table(pair(outcome, FOUR), "binary").simulation.sweeps[0]
    first, last = sweep.points[0], sweep.points[-1]
    assert (first.served_share, first.cost_per_call, first.score_mean) == (0.0, 10.0, 0.75)
    assert (last.served_share, last.cost_per_call, last.score_mean) == (1.0, 1.0, 0.75)
    assert first.failure_rate is None
    assert len(sweep.points) == 5


def test_a_signal_that_is_always_the_same_has_an_apgr_of_a_half(
    run_table: Run, outcome: Line
) -> None:
    rows = pair(outcome, [(0, 1), (1, 1), (0, 0)], [1.0] * 3)
    sweep = run_table(rows, "binary").simulation.sweeps[0]
    assert metric(sweep, "APGR").value == pytest.approx(0.5)


@given(st.lists(st.tuples(score, score, st.integers(0, 4)), min_size=2, max_size=30))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_oracle_is_never_beaten(
    run_table: Run, outcome: Line, row_of: Row, rows: list[Any]
) -> None:
    table = [
        outcome(
            i,
            {
                "weak": {"score": weak, "cost": 1.0},
                "strong": {"score": strong, "cost": 2.0},
            },
            signals={"hardness": hard},
        )
        for i, (weak, strong, hard) in enumerate(rows)
        if weak is not None and strong is not None
    ]
    if not table:
        return
    replay = run_table(table, "binary", threshold="2", arms="mid=weak,full=strong")
    best = row_of(replay, "oracle").quality.score_mean
    assert best is not None
    for row in replay.simulation.policies:
        assert row.quality.score_mean is not None
        assert row.quality.score_mean <= best + 1e-12


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("mid=nobody", "fits no model"),
        ("mid=model", "fits 2 models"),
        ("mid=model-a,full=model-a", "same model"),
    ],
)
def test_arms_are_matched_by_a_unique_part(
    run_table: Run, outcome: Line, asked: str, message: str
) -> None:
    rows = [outcome(1, {"model-a": {"score": 1}, "model-b": {"score": 0}}, prompt="x")]
    with pytest.raises(ConfigError, match=message):
        run_table(rows, arms=asked)


def test_one_model_is_not_enough(run_table: Run, outcome: Line) -> None:
    with pytest.raises(ConfigError, match="one model only"):
        run_table([outcome(1, {"a": {"score": 1}})])


def test_rows_can_be_dropped_by_any_flag(run_table: Run, outcome: Line) -> None:
    rows = pair(outcome, FOUR)
    rows[0]["bad"], rows[1]["bad"], rows[2]["bad"] = "yes", "no", True
    replay = run_table(rows, drop="bad")
    assert replay.simulation.n == 2
    with pytest.raises(ConfigError, match="no row has a field"):
        run_table(rows, drop="good")
    for row in rows:
        row["bad"] = 1
    with pytest.raises(InputError, match="no row"):
        run_table(rows, drop="bad")


def test_tables_are_read_zipped_or_not_and_bad_lines_are_counted(
    tmp_path: Path, outcome: Line
) -> None:
    good = [json.dumps(row) for row in pair(outcome, FOUR)]
    lines = [good[0], "{broken", '"text"', '{"id": 1, "models": {}}', *good[1:], ""]
    plain, zipped = tmp_path / "t.jsonl", tmp_path / "t.jsonl.gz"
    plain.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    zipped.write_bytes(gzip.compress("\n".join(lines).encode()))
    for path in (plain, zipped):
        table = read_outcomes(path)
        assert table.n == 4
        assert dict(table.rejected) == {
            "not JSON": 1, "not a JSON object": 1, "no models with outcomes": 1,
        }  # fmt: skip
        assert is_outcome_table(path)


def test_what_is_no_table_is_said_to_be_none(tmp_path: Path) -> None:
    log, cut = tmp_path / "log.jsonl", tmp_path / "cut.gz"
    log.write_text('{"model": "gpt-4", "messages": []}\n')
    cut.write_bytes(gzip.compress(b"x" * 1000)[:20])
    assert not is_outcome_table(log)
    assert not is_outcome_table(cut)
    assert not is_outcome_table(tmp_path / "none")
    assert not is_outcome_table(tmp_path)
    for path in (log, cut, tmp_path / "none"):
        with pytest.raises(InputError):
            read_outcomes(path)


def test_mixed_currencies_are_refused(outcome: Line) -> None:
    rows = pair(outcome, FOUR)
    rows[0]["currency"] = "USD"
    with pytest.raises(InputError, match="currencies"):
        table_from(rows)


def test_a_table_where_every_score_is_the_same_is_no_stumbling_block(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = pair(outcome, [(200.0, 200.0), (200.0, 200.0)])
    assert row_of(run_table(rows), "all-mid").quality.score_mean == 200.0


def test_a_signal_that_covers_no_priced_row_refuses_cost_metrics(
    run_table: Run, outcome: Line
) -> None:
    rows = pair(outcome, FOUR)
    del rows[0]["signals"]
    for row in rows[1:]:
        for entry in row["models"].values():
            del entry["cost"]
    named = {one.name: one for one in run_table(rows).simulation.sweeps[0].metrics}
    assert "not the better one" in named["APGR"].reason
    for name in ("AIQ", "IBC lift", "Arena score"):
        assert named[name].value is None
        assert "no row has both costs" in named[name].reason


def test_the_arena_score_is_refused_by_name_off_its_scale(
    run_table: Run, outcome: Line
) -> None:
    def reason(scores: Sequence[tuple[float, float]], currency: str) -> str:
        rows = [{**row, "currency": currency} for row in pair(outcome, scores)]
        metrics = run_table(rows, "binary", threshold="9").simulation.sweeps[0].metrics
        (arena,) = (one for one in metrics if one.name == "Arena score")
        return arena.reason

    assert "in EUR" in reason(FOUR, "EUR")
    assert "from 0 to 1" in reason([(1, 10), (10, 10), (5.5, 10)], "USD")
    assert "ends at $200" in reason(FOUR, "USD")


def test_two_stages_read_the_signal_of_a_table(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = pair(outcome, FOUR, [0.9, 0.5, 0.5, 0.1])
    for row, sure in zip(rows, [0.0, 0.9, 0.1, 0.9], strict=True):
        row["models"]["weak"]["confidence"] = sure
        row["signals"] = {"easiness": row["signals"]["hardness"]}
    replay = run_table(rows, "two-stage")
    # Grey between .3 and .8: one kept, one escalated; .9 is kept unseen, .1 goes straight up.
    assert row_of(replay, "two-stage").calls == {"mid": 3, "full": 2}
