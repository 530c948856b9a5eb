"""Worked values of the method that are about whole simulations."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.estimate.outcomes import read_outcomes
from routeaudit.estimate.simulate import Replay
from tests.estimate.outcome_rows import GSM8K, Line, Row, Run, metric, real

Calls = Callable[..., pl.DataFrame]


def test_a_gpt_4o_class_baseline_leaves_53_percent(calls: Calls, run_logs: Run) -> None:
    # .8 x .001 + .2 x .00375 + .0002 = .00175 against .00375
    replay = run_logs(
        calls(p_simple=[0.9] * 4 + [0.1]), "binary", prices="article", price="full=0.00375"
    )
    row = replay.simulation.at_share[0]
    assert row.cost_per_call == pytest.approx(0.00175)
    assert row.reduction == pytest.approx(0.5333, abs=5e-5)


def test_the_founding_months_and_years(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.9] * 4 + [0.1])
    rows = {
        row.policy: row
        for row in run_logs(frame, "binary", "confidence", prices="article").simulation.at_share
    }
    for row in rows.values():
        assert (row.month_before, row.month_after) == pytest.approx((3_000, 700))
        # 36,000 a year becomes 8,400, so that 27,600 are saved.
        assert 12 * (row.month_before - row.month_after) == pytest.approx(27_600)
    # Routing pays while the full arm gets less than this.
    assert rows["confidence"].break_even_llm_share == pytest.approx(0.967, abs=5e-4)
    lean = run_logs(frame, "binary", prices="article", share="90.34/9.66").simulation.at_share
    assert lean[0].month_after == pytest.approx(400, abs=0.2)
    assert 12 * (lean[0].month_before - lean[0].month_after) == pytest.approx(31_200, abs=3)


@pytest.mark.parametrize(
    ("gpu_usd", "full_usd", "calls_a_month"),
    [(1.99, 0.03, 61_038), (0.80, 0.03, 24_538), (1.99, 0.00375, 518_821)],
)
def test_break_even_volumes(
    calls: Calls, run_logs: Run, gpu_usd: float, full_usd: float, calls_a_month: int
) -> None:
    own = ArmSpec(
        llm_id="llama-3.1-8b", self_hosted=True, gpu_usd_per_hour=gpu_usd,
        prefill_tokens_per_s=1e12, decode_tokens_per_s=1e12,
    )  # fmt: skip
    replay = run_logs(
        calls(p_simple=[0.9] * 400 + [0.1] * 100), "binary", arms=Arms(mid=own),
        price=f"full={full_usd},classifier=0.0002", calls_per_month=1_000,
    )  # fmt: skip
    found = replay.simulation.queues[0].breakeven_calls_per_month
    assert found == pytest.approx(calls_a_month, rel=1e-4)


@real
def test_what_mixtral_loses_and_gains_on_gsm8k(run_table: Run, row_of: Row) -> None:
    replay = run_table(read_outcomes(GSM8K), "binary", drop="contaminated")
    quality = row_of(replay, "all-mid").quality
    assert quality.lost is not None
    assert quality.gained is not None
    n = replay.simulation.n
    assert (quality.lost / n, quality.gained / n) == pytest.approx((0.290, 0.072), abs=3e-3)
    together = metric(replay.simulation.sweeps[0], "phi of both models").value
    assert together == pytest.approx(0.12, abs=0.01)


def test_the_slowest_twentieth_is_made_of_escalated_rows(
    outcome: Line, run_table: Run, row_of: Row
) -> None:
    # The small arm takes a second, the full one 11 .. 110: every escalated row is slower than
    # every kept one, so the p95 of the mix is the 75th percentile of the fifth that escalates.
    n = 500
    rows = [
        outcome(
            i,
            {
                "a": {"score": 1, "latency_s": 1.0, "confidence": i / n},
                "b": {"score": 1, "latency_s": 10.0 + i},
            },
        )
        for i in range(n)
    ]
    replay: Replay = run_table(
        rows, "confidence", arms="mid=a,full=b", signal="confidence", threshold="0.2"
    )
    latency = row_of(replay, "confidence").latency_s
    escalated = [1.0 + 10.0 + i for i in range(100)]
    assert latency.escalated.n == 100
    assert latency.escalated.p50 == pytest.approx(np.percentile(escalated, 50))
    assert latency.all.p95 == pytest.approx(np.percentile(escalated, 75), abs=1)
    # A second on top of 10 + i: in the middle of the hundred, 1 + 1 / 59.5 times as long.
    slower = latency.slowdown_escalated
    assert slower is not None
    assert slower.value == pytest.approx(1 + 1 / 59.5, rel=1e-3)
    # The mix looks no slower than the full arm alone, and each escalated row is.
    full = row_of(replay, "all-full").latency_s.all
    assert full.p95 is not None
    assert latency.all.p95 is not None
    assert latency.all.p95 < full.p95
