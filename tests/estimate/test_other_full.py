"""A full arm that is another model than the logged one: today's bill stays what was logged."""

import pytest

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.errors import ConfigError
from routeaudit.report.verdict import baseline
from tests.estimate.log_costs import FULL, MID, Calls, Row, Run

OTHER = Arms(full=ArmSpec(llm_id="google/gemma-2b-it"))
OTHER_USD = (1_000 + 100) * 0.5 / 1e6


def test_todays_month_is_the_logged_models(calls: Calls, run_logs: Run, row_of: Row) -> None:
    frame = calls(p_simple=[0.1] * 4)
    replay = run_logs(frame, "binary", arms=OTHER, calls_per_month=1_000)
    today = baseline(replay.simulation)
    assert today is row_of(replay, "as-logged")
    assert today.cost_month is not None
    assert today.cost_month.value == pytest.approx(1_000 * FULL)
    assert today.cost_month.interval is not None
    month = row_of(replay, "binary").cost_month
    assert month is not None
    assert month.value == pytest.approx(1_000 * OTHER_USD)


def test_it_is_compared_once(calls: Calls, run_logs: Run) -> None:
    replay = run_logs(calls(p_simple=[0.1]), "binary", "as-logged", arms=OTHER)
    named = [row for row in replay.simulation.policies if row.policy == "as-logged"]
    assert [row.role for row in named] == ["policy"]
    assert baseline(replay.simulation) is named[0]


def test_its_price_moves_the_new_bill_only(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.1, 0.9])
    simulation = run_logs(frame, "binary", arms=OTHER, calls_per_month=1_000).simulation
    (row,) = [r for r in simulation.sensitivity if r.factor == "price of the full arm"]
    # Half of 1,000 calls go to it; what was logged was paid to another model.
    swing = 0.2 * 500 * OTHER_USD
    base = 1_000 * FULL - 500 * OTHER_USD - 500 * MID
    assert (row.low_label, row.high_label) == ("+20 %", "-20 %")
    assert row.net_base == pytest.approx(base)
    assert row.net_low == pytest.approx(base - swing)
    assert row.net_high == pytest.approx(base + swing)
    redone = next(r for r in simulation.sensitivity if "asked again" in r.factor)
    # Classification by Llama: .59 to .98 will do; the others are asked again of the other model.
    assert redone.net_low == pytest.approx(base - 500 * OTHER_USD * 0.41, rel=1e-6)


def test_a_switch_loses_no_cache_that_its_price_never_had(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = calls(p_simple=[0.9, 0.1], session_id=["s", "s"], cached_tokens=[0, 900])
    logged = row_of(run_logs(frame, "binary"), "binary")
    # 900 tokens at $10 instead of $1 a million.
    assert logged.cost_total == pytest.approx(MID + FULL)
    other = row_of(run_logs(frame, "binary", arms=OTHER), "binary")
    assert other.cost_total == pytest.approx(MID + OTHER_USD)
    assert [step.name for step in other.waterfall] == ["gross"]


def test_a_full_arm_without_a_model_is_refused(calls: Calls, run_logs: Run) -> None:
    arms = Arms(full=ArmSpec(usd_per_call=0.05))
    with pytest.raises(ConfigError, match=r"\[arms.full\] says what its model costs") as told:
        run_logs(calls(p_simple=[0.1]), arms=arms)
    assert "--price full=" in told.value.hint


def test_only_small_arms_are_asked_twice(calls: Calls, run_logs: Run, row_of: Row) -> None:
    frame = calls(p_simple=[0.9, 0.1])
    row = row_of(run_logs(frame, "binary", arms=OTHER, retry_rate=0.5), "binary")
    assert row.cost_total == pytest.approx(1.5 * MID + OTHER_USD)
