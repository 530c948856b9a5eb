"""What a table lacks or cannot mean: null models, times of 0, costs in some rows, odd scales."""

import json
from pathlib import Path

import pytest

from routeaudit.estimate.outcomes import is_outcome_table, read_outcomes, table_from
from routeaudit.result import Evidence
from tests.estimate.outcome_rows import FOUR, Line, Row, Run, metric, pair


def test_a_model_of_null_is_a_missing_model_and_its_row_is_kept(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = pair(outcome, FOUR)
    rows[0]["models"]["weak"] = None
    replay = run_table(rows, "binary", arms="mid=weak,full=strong", threshold="9")
    assert "mid (weak) is missing in 1 of 4 rows" in replay.simulation.warnings
    quality = row_of(replay, "binary").quality
    assert quality.n_scored == 3
    assert quality.failure_rate == pytest.approx(1 / 3)


def test_a_table_is_known_by_any_of_its_first_lines(tmp_path: Path, outcome: Line) -> None:
    first = outcome(0, {"a": None, "b": {"score": 1}})
    path = tmp_path / "t.jsonl"
    path.write_text("# exported today\n{cut\n" + json.dumps(first) + "\n")
    assert is_outcome_table(path)
    assert read_outcomes(path).n == 1


def test_times_in_ms_are_read_and_a_time_of_0_is_none(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = pair(outcome, FOUR)
    for row, latency_ms in zip(rows, (500, 0, -3, 700), strict=True):
        del row["models"]["weak"]["latency_s"]
        row["models"]["weak"]["latency_ms"] = latency_ms
    replay = run_table(rows, "binary", threshold="9")
    taken = row_of(replay, "all-mid").latency_s.all
    assert taken.n == 2
    assert taken.mean == pytest.approx(0.6)
    told = "mid (weak) took 0 seconds or less in 2 rows: no time is known there"
    assert told in replay.simulation.warnings


def test_flat_prices_and_times_fill_single_rows_too(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = pair(outcome, FOUR)
    del rows[1]["models"]["weak"]["cost"], rows[2]["models"]["weak"]["latency_s"]
    del rows[3]["models"]["weak"]
    replay = run_table(
        rows, "binary", arms="mid=weak,full=strong", price="mid=7", latency="mid=4"
    )
    small = row_of(replay, "all-mid")
    # A model that did not answer at all has no price.
    assert (small.n_priced, small.cost_total) == (3, 1 + 7 + 1)
    assert small.latency_s.all.n == 3
    assert small.latency_s.all.mean == pytest.approx(2)
    assert small.latency_s.evidence is Evidence.ASSUMED
    assert any("flat price is for 1 rows" in arm.note for arm in replay.simulation.arms)


def test_an_arm_without_any_cost_is_named(run_table: Run, outcome: Line, row_of: Row) -> None:
    rows = pair(outcome, FOUR)
    for row in rows:
        del row["models"]["weak"]["cost"]
    replay = run_table(rows, "binary", arms="mid=weak,full=strong")
    assert row_of(replay, "binary").saving.net is None
    told = "no cost of mid (weak) is known, so what it would cost is not known either"
    assert told in row_of(replay, "binary").warnings
    assert replay.simulation.sensitivity == ()


def test_a_cost_below_nothing_is_told(run_table: Run, outcome: Line, row_of: Row) -> None:
    rows = pair(outcome, FOUR)
    rows[0]["models"]["weak"]["cost"] = -2.0
    replay = run_table(rows, "binary")
    assert row_of(replay, "all-mid").cost_total == 1
    assert any("less than nothing in 1 rows" in line for line in replay.simulation.warnings)


@pytest.mark.parametrize(
    ("scores", "failure"),
    [
        ([(-1, 1), (1, 1), (0, 1)], 0.5),  # on -1..1: 1 - (0 + 1 + .5) / 3
        ([(-3, 10), (10, 10), (3.5, 10)], 0.5),  # on -3..10: 1 - (0 + 1 + .5) / 3
        ([(-0.3, 10), (10, 10), (5.3, 10)], 0.5),  # on 0..10, a little below: the same sum
    ],
)
def test_a_score_below_nothing_does_not_stretch_the_scale_upwards(
    run_table: Run, outcome: Line, row_of: Row,
    scores: list[tuple[float, float]], failure: float,
) -> None:  # fmt: skip
    quality = row_of(run_table(pair(outcome, scores)), "all-mid").quality
    assert quality.failure_rate == pytest.approx(failure)


def test_a_guessed_scale_is_told_beside_the_scores_seen(run_table: Run, outcome: Line) -> None:
    replay = run_table(pair(outcome, [(1, 5), (4, 5), (3, 2)]))
    told = next(line for line in replay.simulation.warnings if "scores are read as" in line)
    assert "read as 1..10 (those here: 1 to 5)" in told
    assert "give them as 0..1" in told


def test_a_currency_is_the_same_in_small_letters(outcome: Line) -> None:
    rows = pair(outcome, FOUR)
    rows[0]["currency"] = " eur"
    assert table_from(rows).currency == "EUR"


def test_where_nothing_is_promised_nobody_pays_for_drafts(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = pair(outcome, [(0, 1)] * 70)
    for at, row in enumerate(rows):
        row["currency"] = "USD"
        row["models"]["weak"]["confidence"] = at % 7 / 10
    asked = {"target_failure": "5%", "threshold": "0.3"}
    replay = run_table(rows, "confidence", **asked)
    told = row_of(replay, "confidence")
    assert (told.cost_total, told.calls) == (700.0, {"full": 70, "mid": 0})
    assert metric(replay.simulation.sweeps[0], "IBC lift").value == pytest.approx(0)
    unused = "--target-failure finds the thresholds: --threshold set none"
    assert unused in replay.simulation.warnings


@pytest.mark.parametrize("name", ["same", None])
def test_rows_of_one_id_or_none_are_drawn_each_on_its_own(
    run_table: Run, outcome: Line, row_of: Row, name: str | None
) -> None:
    rows = [{**row, "id": name} for row in pair(outcome, [(1, 1)] * 200)]
    drawn = row_of(run_table(rows, "binary", threshold="99.5"), "random")
    assert 70 < drawn.served < 130


def test_a_confidence_that_is_high_for_hard_work_escalates_what_lies_above_the_threshold(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = pair(outcome, FOUR)
    for row, doubt in zip(rows, (0.1, 0.3, 0.5, 0.9), strict=True):
        row["models"]["weak"]["confidence"] = doubt
    replay = run_table(
        rows, "confidence", signal="confidence", signal_means="hard", threshold="0.3"
    )
    # 0.1 is kept, and 0.3, which lies on the threshold; 0.5 and 0.9 are asked again.
    assert row_of(replay, "confidence").calls == {"mid": 4, "full": 2}


def test_a_share_to_escalate_where_nothing_escalates_is_told(
    run_table: Run, outcome: Line
) -> None:
    told = "--escalate set nothing: no policy here escalates by one threshold"
    rows = pair(outcome, FOUR)
    assert told in run_table(rows, "binary", escalate="50%").simulation.warnings
    both = run_table(rows, "binary", "confidence", escalate="50%")
    assert told not in both.simulation.warnings
