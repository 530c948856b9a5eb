"""Outcome tables replayed: published numbers, and laws that every table keeps."""

from typing import Any

import numpy as np
import pytest

from routeaudit.errors import ConfigError
from routeaudit.estimate.outcomes import read_outcomes, table_from
from routeaudit.result import Evidence, Verdict
from tests.estimate.outcome_rows import ARENA, FOUR, GSM8K, Line, Row, Run, metric, pair, real


@real
def test_the_published_numbers_of_gsm8k(run_table: Run, row_of: Row) -> None:
    replay = run_table(
        read_outcomes(GSM8K), "binary", drop="contaminated", signal="len(prompt)"
    )
    weak, strong = row_of(replay, "all-mid"), row_of(replay, "all-full")
    assert replay.simulation.n == 1_307
    assert weak.quality.score_mean == pytest.approx(0.63734, abs=5e-6)
    assert strong.quality.score_mean == pytest.approx(0.85769, abs=5e-6)
    sweep = replay.simulation.sweeps[0]
    assert metric(sweep, "oracle APGR").value == pytest.approx(1.1208, abs=5e-5)
    assert metric(sweep, "oracle CPT(50%)").value == pytest.approx(0.1102, abs=5e-5)
    assert metric(sweep, "oracle CPT(80%)").value == pytest.approx(0.1767, abs=5e-5)
    assert metric(sweep, "APGR").value == pytest.approx(0.598, abs=5e-4)
    interval = metric(sweep, "APGR").interval
    assert interval is not None
    assert interval.low < 0.598 < interval.high


@real
def test_gsm8k_with_its_contaminated_prompts(run_table: Run, row_of: Row) -> None:
    replay = run_table(read_outcomes(GSM8K), "binary", arms="mid=mixtral,full=gpt-4")
    assert replay.simulation.n == 1_319
    assert row_of(replay, "all-mid").quality.score_mean == pytest.approx(0.63836, abs=5e-6)
    assert row_of(replay, "all-full").quality.score_mean == pytest.approx(0.85671, abs=5e-6)
    assert row_of(replay, "binary").cost_total is None


@real
def test_the_published_numbers_of_the_arena(run_table: Run, row_of: Row) -> None:
    replay = run_table(read_outcomes(ARENA), "binary")
    haiku, gemini = row_of(replay, "all-full"), row_of(replay, "all-mid")
    oracle = row_of(replay, "oracle")
    scores = [row.quality.score_mean for row in (haiku, gemini, oracle)]
    costs = [(row.cost_per_call or 0) * 1_000 for row in (haiku, gemini, oracle)]
    assert scores == pytest.approx([0.5234, 0.6901, 0.7408], abs=5e-5)
    assert costs == pytest.approx([0.17599, 0.04749, 0.05678], abs=5e-6)
    for name in ("PGR", "APGR", "CPT(50%)"):
        refused = metric(replay.simulation.sweeps[0], name)
        assert refused.value is None
        assert "not the better one" in refused.reason
    assert "The full arm is not the better one" in replay.simulation.headline


def test_everything_of_a_small_table_by_hand(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    replay = run_table(pair(outcome, FOUR), "binary", threshold="2")
    binary = row_of(replay, "binary")
    # Signals 0, 1, 2, 3; high is hard; 2 is on the threshold and goes to the cheaper arm.
    assert binary.calls == {"mid": 3, "full": 1}
    assert (binary.served, binary.escalated, binary.currency) == (3, 0, "EUR")
    assert binary.cost_total == 13.0
    assert binary.saving.net == 27.0
    assert binary.saving.share == pytest.approx(27 / 40)
    quality = binary.quality
    assert (quality.score_mean, quality.n_scored) == (0.5, 4)
    assert quality.failure_rate == pytest.approx(1 / 3)
    assert (quality.lost, quality.gained) == (1, 0)
    assert quality.added_error is not None
    assert quality.added_error.value == pytest.approx(0.25)
    assert quality.evidence is Evidence.MEASURED
    assert binary.latency_s.all.p50 == 1.0
    assert binary.latency_s.all.p95 == pytest.approx(np.percentile([1, 1, 1, 3], 95))
    assert binary.params["cut"] == 2.0


def test_an_easy_signal_keeps_the_tie_with_the_cheaper_arm_too(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    replay = run_table(
        pair(outcome, FOUR), "binary", threshold="2", signal="signals.hardness",
        signal_means="easy",
    )  # fmt: skip
    assert row_of(replay, "binary").calls == {"mid": 2, "full": 2}


def test_a_signal_whose_name_does_not_say_must_be_told(run_table: Run, outcome: Line) -> None:
    rows = [
        outcome(i, {"a": {"score": 1}, "b": {"score": 0}}, signals={"x": i}) for i in (1, 2)
    ]
    with pytest.raises(ConfigError, match="hard or easy"):
        run_table(rows, signal="x")
    assert run_table(rows, signal="x", signal_means="hard").simulation.n == 2
    with pytest.raises(ConfigError, match="which signal"):
        run_table(rows)


def test_confidence_escalates_and_pays_twice(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = [
        outcome(
            i,
            {
                "weak": {"score": 1, "cost": 1.0, "latency_s": 1.0, "confidence": sure},
                "strong": {"score": 1, "cost": 10.0, "latency_s": 3.0},
            },
            prompt="p" * i,
        )
        for i, sure in enumerate([0.9, 0.8, 0.8, 0.1, None])
    ]
    replay = run_table(rows, "confidence", threshold="0.8")
    row = row_of(replay, "confidence")
    assert row.calls == {"mid": 5, "full": 2}
    assert (row.served, row.escalated) == (3, 2)
    assert row.cost_total == 5 + 20
    assert row.latency_s.escalated.p50 == 4.0
    # 2 of 5 kept was asked, but the two answers at .8 move together.
    asked = row_of(run_table(rows, "confidence", escalate="60%"), "confidence")
    assert asked.params["share_realised"] == pytest.approx(0.6)
    assert "move together" in asked.warnings[0]


def test_confidence_is_refused_before_there_is_an_answer(run_table: Run, outcome: Line) -> None:
    rows = [outcome(1, {"a": {"score": 1, "confidence": 0.5}, "b": {"score": 1}}, prompt="x")]
    replay = run_table(rows, "binary", signal="confidence", arms="mid=a,full=b")
    (told,) = (line for line in replay.simulation.warnings if line.startswith("signal:"))
    assert told.startswith("signal: len(prompt)")
    assert told.endswith("; confidence, as asked, is known only after an answer")


def test_missing_models_and_scores_are_counted_and_never_0(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = [
        outcome(0, {"weak": {"score": 1, "cost": 1}, "strong": {"score": 1, "cost": 10}}),
        outcome(1, {"weak": {"cost": 1}, "strong": {"score": 0, "cost": 10}}),
        outcome(2, {"strong": {"score": 1, "cost": 10}}),
    ]
    for place, row in enumerate(rows):
        row["signals"] = {"hardness": place}
    replay = run_table(rows, "binary", threshold="9")
    alone = row_of(replay, "all-mid")
    assert alone.calls == {"mid": 3, "full": 0}
    assert (alone.quality.score_mean, alone.quality.n_scored) == (1.0, 1)
    assert alone.quality.failure_rate == 0.0
    assert alone.cost_per_call == 1.0
    # Savings compare the two rows whose costs are known on both sides.
    assert alone.saving.share == pytest.approx(18 / 20)
    told = " ".join(replay.simulation.warnings)
    assert "weak) is missing in 1 of 3 rows" in told
    assert "weak) has no score in 1 rows" in told


def test_three_models_make_three_arms(run_table: Run, outcome: Line, row_of: Row) -> None:
    rows = [
        outcome(
            i,
            {
                "big": {"score": 1, "cost": 9}, "tiny": {"score": 0, "cost": 1},
                "medium": {"score": 1, "cost": 3},
            },
            signals={"easiness": i},
        )
        for i in range(10)
    ]  # fmt: skip
    replay = run_table(
        rows, "three-tier", share="50/30/20", signal_means="easy", signal="easiness"
    )
    row = row_of(replay, "three-tier")
    assert row.calls == {"micro": 5, "mid": 3, "full": 2}
    assert row.cost_total == 5 * 1 + 3 * 3 + 2 * 9
    assert row.served == 8
    named = {arm.arm: arm.llm_id for arm in replay.simulation.arms}
    assert named == {"micro": "tiny", "mid": "medium", "full": "big"}


def test_flat_prices_and_times_fill_what_a_table_lacks(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = [
        outcome(i, {"a": {"score": 0}, "b": {"score": 1}}, prompt="x" * i) for i in range(4)
    ]
    replay = run_table(
        rows, "binary", price="mid=0.001,full=0.03", latency="mid=0.4,full=2", threshold="1"
    )
    row = row_of(replay, "binary")
    assert row.cost_total == pytest.approx(2 * 0.001 + 2 * 0.03)
    assert row.latency_s.all.mean == pytest.approx(1.2)
    assert row.latency_s.evidence is Evidence.ASSUMED
    own = run_table(pair(outcome, FOUR), "binary", price="full=1")
    assert row_of(own, "all-full").cost_per_call == 10.0
    assert any("not needed" in arm.note for arm in own.simulation.arms)


def test_quantiles_come_from_one_table_and_are_tried_on_another(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    first = table_from(pair(outcome, FOUR, [1.0, 2.0, 3.0, 4.0]))
    second = pair(outcome, FOUR, [1.0, 1.0, 1.0, 9.0])
    row = row_of(run_table(second, "binary", share="50/50", calibration=first), "binary")
    assert row.params["cut"] == 2.0
    assert row.params["share_asked"] == 0.5
    assert row.params["share_realised"] == 0.75


def test_a_promise_says_that_it_rests_on_the_table_at_hand(
    run_table: Run, outcome: Line
) -> None:
    rows = pair(outcome, FOUR)
    for calibration, told in ((None, False), (table_from(rows), True)):
        replay = run_table(rows, "binary", target_failure="5%", calibration=calibration)
        lines = replay.simulation.warnings
        assert any("rests on the scores of this table" in line for line in lines) is told


def test_scores_of_1_to_10_keep_their_scale(run_table: Run, outcome: Line, row_of: Row) -> None:
    replay = run_table(pair(outcome, [(1, 10), (10, 10), (5.5, 10)]), "binary", threshold="9")
    quality = row_of(replay, "all-mid").quality
    assert quality.score_mean == pytest.approx(5.5)
    assert quality.failure_rate == pytest.approx(0.5)  # 1 - (0 + 1 + .5) / 3
    assert (quality.lost, quality.gained) == (2, 0)
    assert any("1..10" in warning for warning in replay.simulation.warnings)


def test_repeated_prompts_are_one_piece_of_evidence(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    def rows(copies: int) -> list[dict[str, Any]]:
        return [
            outcome(
                i * 100 + copy,
                {"a": {"score": int(i % 4 > 0)}, "b": {"score": 1}},
                prompt=f"prompt {i}",
            )
            for i in range(40)
            for copy in range(copies)
        ]

    once = row_of(run_table(rows(1), arms="mid=a,full=b"), "all-mid").quality
    often = row_of(run_table(rows(5), arms="mid=a,full=b"), "all-mid").quality
    assert once.upper is not None
    assert often.upper is not None
    assert often.failure_rate == once.failure_rate == 0.25
    # Copies prove nothing: without clusters the bound of 200 rows would be near .30.
    assert often.upper == pytest.approx(once.upper, abs=0.02)


def test_verdicts_rest_on_exact_bounds(run_table: Run, outcome: Line, row_of: Row) -> None:
    def verdict(failing: int, n: int) -> Verdict:
        rows = pair(outcome, [(int(i >= failing), 1) for i in range(n)])
        return row_of(run_table(rows, "binary", threshold="9999"), "binary").quality.verdict

    # One-sided 95 % Clopper-Pearson: 0 of 59 proves 5 %, 0 of 58 does not.
    assert verdict(0, 59) is Verdict.PASS
    assert verdict(0, 58) is Verdict.INCONCLUSIVE
    assert verdict(20, 60) is Verdict.FAIL
