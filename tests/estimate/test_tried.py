"""Logs that tried several arms, and what people thought of the answers."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from routeaudit.estimate.simulate import Replay
from routeaudit.result import Evidence, PolicyResult

Run = Callable[..., Replay]
Row = Callable[..., PolicyResult]
Calls = Callable[..., pl.DataFrame]
SMALL = "llama-3.1-8b-instant"


def tried_at_random(n: int, true_failure: float) -> dict[str, list[object]]:
    """Half of the simple calls went to the small arm by a coin; it fails at a known rate."""
    random = np.random.default_rng(1)
    small = random.random(n) < 0.5
    good = random.random(n) >= np.where(small, true_failure, 0.0)
    return {
        "p_simple": [0.9] * n,
        "model": [SMALL if one else "dear" for one in small],
        "feedback": good.astype(float).tolist(),
    }


def test_a_log_that_threw_dice_tells_the_failure_rate(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    row = row_of(run_logs(calls(**tried_at_random(4_000, 0.2)), "binary"), "binary")
    told = next(line for line in row.warnings if line.startswith("off-policy"))
    rate = float(told.split(": ")[1].split("%")[0])
    # 2,000 rated answers of a 20 % failure: within three standard errors of .9 points.
    assert rate == pytest.approx(20, abs=2.7)
    assert "ESTIMATED from 4,000 rated calls" in told
    # The small arm's own rated answers are measured, and the unrated rest is said.
    assert row.quality.evidence is Evidence.MEASURED
    assert row.quality.failure_rate == pytest.approx(0.2, abs=0.027)
    assert "served answers are scored" in row.quality.note


def test_a_log_of_one_arm_is_refused_with_what_to_log(calls: Calls, run_logs: Run) -> None:
    told = run_logs(calls(p_simple=[0.9] * 5, feedback=[1.0] * 5), "binary").simulation.warnings
    refusal = "off-policy: refused, all calls went to the full arm"
    assert any(line.startswith(refusal) and "a random 5 %" in line for line in told)


def test_a_log_without_feedback_is_refused(calls: Calls, run_logs: Run) -> None:
    told = run_logs(calls(p_simple=[0.9] * 2, model=["dear", SMALL]), "binary")
    assert any("no call has feedback" in line for line in told.simulation.warnings)


def test_a_router_that_left_no_choice_is_refused(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    # What is clearly simple always went to the small arm, and nothing else did.
    simple = [0.9] * 300 + [0.6] * 300
    models = [SMALL] * 300 + ["dear"] * 300
    frame = calls(p_simple=simple, model=models, feedback=[1.0] * 600)
    row = row_of(run_logs(frame, "binary"), "binary")
    told = next(line for line in row.warnings if line.startswith("off-policy"))
    assert "refused, 50.0% of the policy's choices were never logged" in told


def test_a_policy_that_serves_nothing_rated_is_refused(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = calls(p_simple=[0.9, 0.1], model=[SMALL, "dear"], feedback=[None, 1.0])
    told = row_of(run_logs(frame, "binary"), "binary").warnings
    assert "off-policy: refused, no request it serves has feedback" in told


def test_rated_full_answers_count_as_they_were_rated(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = calls(p_simple=[0.9, 0.1, 0.1, 0.1, 0.1], feedback=[None, 1.0, 0.0, None, 1.0])
    row = row_of(
        run_logs(frame.with_columns(score_mid=pl.lit(1.0)), "confidence"), "confidence"
    )
    # One kept and good, four escalated; the unrated one counts as one that does.
    assert row.quality.score_mean == pytest.approx(4 / 5)
    both = frame.with_columns(score_mid=pl.lit(1.0), score_full=pl.Series([1.0, 0, 0, 0, None]))
    row = row_of(run_logs(both, "confidence"), "confidence")
    assert row.quality.score_mean == pytest.approx(2 / 5)


def test_the_order_of_the_rows_does_not_matter(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    tried = tried_at_random(600, 0.4)
    tried["p_simple"] = [0.55 + 0.1 * (i % 5) for i in range(600)]
    tried["request_id"] = [f"r{i}" for i in range(600)]
    frame = calls(**tried)
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=3)
    told = [row_of(run_logs(rows, "binary"), "binary").warnings for rows in (frame, mixed)]
    assert any("off-policy (ESTIMATED" in line for line in told[0])
    assert told[0] == told[1]
