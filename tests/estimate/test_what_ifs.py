"""What if prices, volume or the classifier were others; and from where a GPU pays."""

from dataclasses import replace

import pytest

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.catalog.price_settings import OwnPrice, PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.estimate.simulate import Replay
from tests.estimate.log_costs import FULL, Calls, Run

GPU = Arms(mid=ArmSpec(llm_id="llama-3.1-8b", self_hosted=True, gpu_usd_per_hour=2.0))
MONTH = 2.0 * 730
UNKNOWN = Arms(mid=ArmSpec(llm_id="nobody-sells-this"))


def ends(replay: Replay, factor: str) -> tuple[float | None, float | None]:
    """Give both ends of one row of the tornado."""
    (row,) = [row for row in replay.simulation.sensitivity if row.factor == factor]
    return row.net_low, row.net_high


def test_own_gpus_cost_the_same_at_any_volume(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.9, 0.1] * 240)
    replay = run_logs(frame, "binary", arms=GPU, calls_per_month=1_000_000)
    saved = 500_000 * FULL
    base = saved - MONTH
    assert ends(replay, "volume") == pytest.approx((0.7 * saved - MONTH, 1.3 * saved - MONTH))
    small = base - 0.2 * MONTH, base + 0.2 * MONTH
    assert ends(replay, "price of the small arms") == pytest.approx(small)
    full = base - 0.2 * saved, base + 0.2 * saved
    assert ends(replay, "price of the full arm") == pytest.approx(full)
    # A call more that it answers saves all of the full arm's price.
    moved = base - 0.05 * saved, base + 0.05 * saved
    assert ends(replay, "classifier error") == pytest.approx(moved)
    (volume,) = [r for r in replay.simulation.sensitivity if r.factor == "volume"]
    assert volume.high_label == "+30 %, as many GPUs"


def test_gpus_paid_by_the_second_go_with_the_volume(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.9, 0.1] * 240)
    replay = run_logs(
        frame, "binary", arms=GPU, calls_per_month=1_000_000, host_view="marginal"
    )
    busy_s = 1_000 / 5_000 + 100 / (75 * 8)
    net = 500_000 * (FULL - 2.0 / 3_600 * busy_s / 0.5)
    assert ends(replay, "volume") == pytest.approx((0.7 * net, 1.3 * net))


def test_an_arm_without_a_price_leaves_no_what_if(calls: Calls, run_logs: Run) -> None:
    simulation = run_logs(calls(p_simple=[0.9, 0.1]), "binary", arms=UNKNOWN).simulation
    assert simulation.sensitivity == ()
    assert simulation.own_gpu is None


def test_one_gpu_pays_from_where_it_covers_the_classifier_and_cold_caches_too(
    calls: Calls, run_logs: Run
) -> None:
    frame = calls(
        p_simple=[0.9, 0.1], session_id=["s", "s"], cached_tokens=[0, 500],
    )  # fmt: skip
    found = run_logs(frame, "binary", classifier_usd=0.0002).simulation.own_gpu
    assert found is not None
    # One of two calls is served; 500 tokens are read again at $10 instead of $1 a million.
    gain = (FULL - 500 * 9 / 1e6) / 2 - 0.0002
    assert found.gain_usd_per_call == pytest.approx(gain)
    assert found.breakeven_calls_per_month == pytest.approx(1.99 * 730 / gain)


def test_a_sized_gpu_pays_from_where_it_covers_cold_caches_too(
    calls: Calls, run_logs: Run
) -> None:
    own = ArmSpec(
        llm_id="llama-3.1-8b", self_hosted=True, gpu_usd_per_hour=2.0,
        prefill_tokens_per_s=1e12, decode_tokens_per_s=1e12,
    )  # fmt: skip
    n = 240
    frame = calls(
        p_simple=[0.9, 0.1] * n, session_id=["s"] * 2 * n, cached_tokens=[0, 500] * n,
    )  # fmt: skip
    (queue,) = run_logs(
        frame, "binary", arms=Arms(mid=own), calls_per_month=1e6
    ).simulation.queues
    assert queue.breakeven_calls_per_month == pytest.approx(
        MONTH / ((FULL - 500 * 9 / 1e6) / 2), rel=1e-6
    )


def test_long_answers_are_priced_in_their_own_tier(calls: Calls, run_logs: Run) -> None:
    # Above 200,000 tokens of prompt, Claude's output costs $22.50 and not $15.
    frame = calls(
        p_simple=[0.1] * 40, model=["claude-sonnet-4-5"] * 40, provider=["anthropic"] * 40,
        prompt_tokens=[1_000] * 39 + [250_000], completion_tokens=[100] * 39 + [1_100],
    )  # fmt: skip
    found = {one.name: one for one in run_logs(frame).simulation.opportunities}
    long = found["answers much longer than their task needs"]
    assert long.calls == 1
    assert long.amount == pytest.approx(1_000 * 22.5 / 1e6)


def test_a_cache_lost_costs_its_tokens_and_no_change_of_prices_since_the_scan(
    calls: Calls, run_logs: Run
) -> None:
    frame = calls(
        p_simple=[0.9, 0.1], session_id=["s", "s"], cached_tokens=[0, 500],
    )  # fmt: skip
    then = PriceBook(PriceSettings(own=(OwnPrice(model="dear", input=5, output=10, cached=1),)))
    (row, *_) = run_logs(with_cost(frame, then), "binary").simulation.policies
    steps = {step.name: step.amount for step in row.waterfall}
    # 500 tokens at $10 instead of $1 a million, today's prices.
    assert steps["cache"] == pytest.approx(-500 * 9 / 1e6)
    assert row.saving.baseline_total == pytest.approx(
        (1_000 * 5 + 500 * 5 + 500 * 1 + 2 * 100 * 10) / 1e6
    )


def test_of_equal_queries_the_earliest_is_no_repeat(calls: Calls, run_logs: Run) -> None:
    frame = calls(
        p_simple=[0.1] * 3, query_key=["a", "b", "a"], prompt_tokens=[1_000, 1, 5_000]
    )
    for rows in (frame, frame.reverse()):
        found = {one.name: one for one in run_logs(rows).simulation.opportunities}
        repeat = found["exact repeats that a cache would answer"]
        assert repeat.calls == 1
        # The one of 5,000 tokens came two hours later, wherever it stands in the log.
        assert repeat.amount == pytest.approx((5_000 * 10 + 100 * 20) / 1e6)


def test_calls_that_pay_the_batch_price_already_cannot_wait_for_less(
    calls: Calls, run_logs: Run
) -> None:
    frame = calls(
        p_simple=[0.1] * 5, stream=[False] * 5,
        service_tier=["flex", "batch", None, "default", None],
        is_batch=[None, None, True, None, False],
    )  # fmt: skip
    found = {one.name: one for one in run_logs(frame).simulation.opportunities}
    idle = found["calls that could wait for a batch"]
    assert idle.calls == 2
    assert idle.amount == pytest.approx(2 * FULL / 2)


def test_a_gpu_pays_by_the_answers_of_its_own_arm(calls: Calls, run_logs: Run) -> None:
    mid = ArmSpec(
        llm_id="llama-3.1-8b", self_hosted=True, gpu_usd_per_hour=2.0,
        prefill_tokens_per_s=1e12, decode_tokens_per_s=1e12,
    )  # fmt: skip
    arms = Arms(micro=replace(mid, llm_id="gemma-2b", gpu_usd_per_hour=1.0), mid=mid)
    # Of ten calls micro answers one and mid four.
    frame = calls(p_simple=[0.9, *[0.6] * 4, *[0.1] * 5] * 48)
    queues = run_logs(frame, "three-tier", arms=arms, calls_per_month=1e6).simulation.queues
    even = {queue.arm: queue.breakeven_calls_per_month for queue in queues}
    assert even["micro"] == pytest.approx(730 / (0.1 * FULL), rel=1e-6)
    assert even["mid"] == pytest.approx(MONTH / (0.4 * FULL), rel=1e-6)
