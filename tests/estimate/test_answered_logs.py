"""Policies replayed on what a small model's answers showed."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from routeaudit.estimate.simulate import Replay
from routeaudit.result import Evidence, PolicyResult, Verdict

Calls = Callable[..., pl.DataFrame]
Run = Callable[..., Replay]
Row = Callable[..., PolicyResult]


def answered(calls: Calls, **more: Any) -> pl.DataFrame:
    """400 calls: the first 200 answered, 2 of the confident 100 badly, half of the others."""
    n = 400
    scores = [0.0 if i in {0, 1} else 1.0 for i in range(100)]
    scores += [float(i % 2) for i in range(100)]
    sure = ([0.95] * 100 + [0.4] * 100) * 2
    told = {
        "query_key": [f"q{i}" for i in range(n)],
        "p_simple": [0.9] * n,
        "score_mid": [*scores, *([None] * 200)],
        "confidence_mid": sure,
        "must_escalate_mid": [False] * n,
        "evidence_mid": ["replayed"] * n,
        "answer_cluster": [f"q{i}" for i in range(n)],
    }
    return calls(**(told | more))


def test_only_answered_calls_count_and_all_of_them_are_routed(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    row = row_of(run_logs(answered(calls), "confidence", threshold="0.85"), "confidence")
    assert (row.served, row.escalated) == (200, 200)
    assert row.quality.evidence is Evidence.REPLAYED
    assert row.quality.failure_rate == pytest.approx(0.02)  # 2 of 100 answered and served
    # 2 of 100: the one-sided exact bound is 6.2 %, so 5 % is not proved yet.
    assert row.quality.upper == pytest.approx(0.0616, abs=1e-3)
    assert row.quality.verdict is Verdict.INCONCLUSIVE
    assert row.quality.more_needed is not None
    assert row.quality.more_needed > 100


def test_what_nothing_was_measured_of_is_named(calls: Calls, run_logs: Run) -> None:
    tasks = ["classification"] * 200 + ["summarization"] * 200
    warnings = run_logs(answered(calls, task=tasks), "confidence").simulation.warnings
    (blind,) = (told for told in warnings if "does not speak" in told)
    assert "mid: no answer to summarization is scored (50% of the calls)" in blind
    assert any(told.startswith("micro: confidence is ASSUMED") for told in warnings)


def test_an_arm_that_answered_nothing_keeps_its_assumed_confidence(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = answered(calls).rename(
        {name: name.replace("_mid", "_micro") for name in (
            "score_mid", "confidence_mid", "must_escalate_mid", "evidence_mid")}
    )  # fmt: skip
    row = row_of(run_logs(frame, "confidence", threshold="0.85"), "confidence")
    assert row.served == 400  # mid answers; p_simple stands for its confidence
    assert row.quality.evidence is Evidence.ASSUMED


def test_answers_to_one_template_are_one_piece_of_evidence(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    apart = row_of(run_logs(answered(calls), "confidence", threshold="0.3"), "confidence")
    together = answered(calls, answer_cluster=[f"t{i // 20}" for i in range(400)])
    few = row_of(run_logs(together, "confidence", threshold="0.3"), "confidence")
    assert apart.quality.failure_rate == few.quality.failure_rate
    assert apart.quality.upper is not None
    assert few.quality.upper is not None
    assert few.quality.upper > apart.quality.upper


def test_finished_answers_say_how_long_the_arms_answers_are(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    # 40 answers of 50 tokens to code that was answered with 100; the published ratio is .96.
    n = 80
    written: Any = [50] * 40 + [None] * 40
    frame = calls(task=["code"] * n, p_simple=[0.9] * n, written_mid=written)
    told = run_logs(frame, "binary").simulation
    half = row_of(run_logs(frame, "binary"), "binary").cost_per_call
    assert half == pytest.approx((1_000 * 1.0 + 50 * 2.0) / 1e6)
    (mid,) = (arm for arm in told.arms if arm.arm == "mid")
    assert "writes 0.50 times as much as logged, measured on 40 calls" in mid.note
    few = calls(task=["code"] * n, p_simple=[0.9] * n, written_mid=[50] * 29 + [None] * 51)
    published = row_of(run_logs(few, "binary"), "binary").cost_per_call
    assert published == pytest.approx((1_000 * 1.0 + 96 * 2.0) / 1e6)
    labels = calls(p_simple=[0.9] * n, written_mid=written)  # a label is a label
    same = row_of(run_logs(labels, "binary"), "binary").cost_per_call
    assert same == pytest.approx((1_000 * 1.0 + 100 * 2.0) / 1e6)
