"""Logged traffic replayed: every figure worked out by hand."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.errors import ConfigError
from routeaudit.estimate.settings import SimulationSettings, shares_from
from routeaudit.result import Evidence
from tests.estimate.log_costs import FULL, MID, TENTHS, Calls, Row, Run


def test_under_a_day_no_month_is_guessed(calls: Calls, run_logs: Run, row_of: Row) -> None:
    replay = run_logs(calls(p_simple=[0.1, 0.9]))
    assert row_of(replay, "binary").cost_month is None
    assert any("--calls-per-month" in warning for warning in replay.simulation.warnings)


def test_own_gpus_cost_the_same_idle_or_busy(calls: Calls, run_logs: Run, row_of: Row) -> None:
    own = ArmSpec(llm_id="llama-3.1-8b", self_hosted=True, gpu_usd_per_hour=2.0)
    n = 24 * 20 + 1
    frame = calls(p_simple=[0.9] * n)
    replay = run_logs(frame, "binary", arms=Arms(mid=own), calls_per_month=1_000)
    binary = row_of(replay, "binary")
    # One replica, 730 hours at $2, shared by 1,000 calls a month.
    assert binary.cost_per_call == pytest.approx(1.46)
    queue = replay.simulation.queues[0]
    assert (queue.replicas, queue.month_usd) == (1, 1_460.0)
    # A call an hour never waits, and steady traffic of one would hardly.
    assert "mean wait 0 s; a formula for steady traffic (Allen-Cunneen) says" in queue.note
    marginal = row_of(
        run_logs(frame, "binary", arms=Arms(mid=own), host_view="marginal"), "binary"
    )
    busy_s = 1000 / 5_000 + 100 / (75 * 8)
    assert marginal.cost_per_call == pytest.approx(2.0 / 3600 * busy_s / 0.5)


def test_an_own_gpu_that_never_pays_says_never(calls: Calls, run_logs: Run) -> None:
    own = ArmSpec(llm_id="llama-3.1-8b", self_hosted=True)
    frame = calls(p_simple=[0.9] * 481)
    queue = run_logs(
        frame, arms=Arms(mid=own), price="full=0.00000001", calls_per_month=1_000
    ).simulation.queues[0]
    assert queue.breakeven_calls_per_month is None


def test_the_break_even_of_the_method(calls: Calls, run_logs: Run) -> None:
    # F = 1.99 x 730 = 1,452.70; N* = F / (.8 x (.03 - c_small) - .0002): 61,038 at c_small = 0.
    own = ArmSpec(
        llm_id="llama-3.1-8b", self_hosted=True, prefill_tokens_per_s=1e12,
        decode_tokens_per_s=1e12,
    )  # fmt: skip
    frame = calls(p_simple=[0.9] * 400 + [0.1] * 100)
    replay = run_logs(
        frame, arms=Arms(mid=own), price="full=0.03,classifier=0.0002", calls_per_month=1_000
    )
    assert replay.simulation.queues[0].breakeven_calls_per_month == pytest.approx(
        61_038, rel=1e-4
    )


def test_a_target_below_the_service_time_is_not_reachable(calls: Calls, run_logs: Run) -> None:
    own = ArmSpec(llm_id="llama-3.1-8b", self_hosted=True, decode_tokens_per_s=1.0)
    queue = run_logs(
        calls(p_simple=[0.9] * 481), arms=Arms(mid=own), calls_per_month=1_000
    ).simulation.queues[0]
    assert queue.replicas is None
    assert "not reachable" in queue.note


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, 0.0, 0.4, 0.5, 0.86, 1.0]),
            st.integers(0, 5_000),
            st.integers(0, 500),
            st.sampled_from(["s", "t", None]),
        ),
        min_size=1,
        max_size=25,
    ),
    st.sampled_from(["published", "article"]),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_waterfall_adds_up_to_the_cent(
    calls: Calls, run_logs: Run, rows: list[Any], prices: str
) -> None:
    p, tokens, cached, session = zip(*rows, strict=True)
    frame = calls(p_simple=p, prompt_tokens=tokens, cached_tokens=cached, session_id=session)
    replay = run_logs(
        frame, "binary", "three-tier", "confidence", prices=prices, classifier_usd=0.001,
        calls_per_month=100,
    )  # fmt: skip
    for row in replay.simulation.policies:
        assert row.saving.net is not None
        assert sum(step.amount for step in row.waterfall) == pytest.approx(
            row.saving.net, abs=1e-9
        )


def test_the_tornado_moves_one_thing_at_a_time(calls: Calls, run_logs: Run) -> None:
    simulation = run_logs(calls(p_simple=TENTHS), "binary", calls_per_month=1_000).simulation
    rows = {row.factor: row for row in simulation.sensitivity}
    net = 1_000 * 0.5 * (FULL - MID)
    assert [row.net_base for row in simulation.sensitivity] == [pytest.approx(net)] * 5
    full = rows["price of the full arm"]
    assert full.net_high == pytest.approx(net + 0.2 * 1_000 * 0.5 * FULL)
    small = rows["price of the small arms"]
    assert small.net_high == pytest.approx(net + 0.2 * 1_000 * 0.5 * MID)
    assert rows["volume"].net_low == pytest.approx(0.7 * net)
    redone = rows["failed answers asked again of the full arm"]
    # The base asks none of them again, so both ends lie below it, and the row says why.
    assert redone.high_label.endswith("base: none asked again")
    # Classification by Llama: .59 to .98 will do.
    assert redone.net_low == pytest.approx(net - 1_000 * 0.5 * FULL * 0.41, rel=1e-6)


def test_drafts_in_the_full_arms_prompt_hang_on_its_price(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.1, 0.1])
    simulation = run_logs(frame, "confidence", calls_per_month=1_000).simulation
    (full,) = [r for r in simulation.sensitivity if r.factor == "price of the full arm"]
    # All is asked again: the full arm costs what it cost, and 140 tokens of draft at $10 more.
    assert full.net_low is not None
    assert full.net_base is not None
    assert full.net_low - full.net_base == pytest.approx(0.2 * 1_000 * 140 * 10 / 1e6)


def test_savings_without_a_router_are_listed(calls: Calls, run_logs: Run) -> None:
    frame = calls(
        p_simple=[0.5] * 3, query_key=["a", "a", "b"], feature=["bot"] * 3,
        prompt_tokens=[2_000, 2_000, 3_000], stream=[True] * 3,
    )  # fmt: skip
    found = {one.name: one for one in run_logs(frame).simulation.opportunities}
    repeat = found["exact repeats that a cache would answer"]
    assert repeat.calls == 1
    assert repeat.amount == pytest.approx((2_000 * 10 + 100 * 20) / 1e6)
    prefix = found["prompt prefixes that caching would cover"]
    assert prefix.calls == 2
    assert prefix.amount == pytest.approx(2 * 2_000 * 10 * 0.5 / 1e6)
    assert "calls that could wait for a batch" not in found


def test_routes_hold_no_text_and_one_row_a_policy_and_call(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.9, 0.1], query=["private", "words"], query_key=["a", "b"])
    routes = run_logs(frame, "binary", "confidence").routes()
    assert routes.height == 4
    assert "query" not in routes.columns
    assert routes["path"].to_list() == ["mid", "full", "mid", "mid>full"]
    assert routes["policy"].to_list() == ["binary"] * 2 + ["confidence"] * 2
    assert routes["evidence"].to_list()[:2] == ["assumed", "none"]


def test_half_the_calls_give_the_same_routes(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=TENTHS, prompt_tokens=[100 * i for i in range(10)])
    everyone = run_logs(frame, "binary").routes()
    half = run_logs(frame[::2], "binary").routes()
    columns = ["path", "cost", "latency_s", "score"]
    assert half.select(columns).equals(everyone[::2].select(columns))


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": "80/30"}, {"share": "x"}, {"share": "120%"}, {"price": "mid=-1"},
        {"price": "huge=1"}, {"price": "mid"}, {"price": "mid=x"}, {"threshold": "a"},
        {"escalate": "2"}, {"prices": "mine"}, {"arms": "micr=x"}, {"limit": 2.0},
        {"threshold": "nan"}, {"target_failure": "x"}, {"calls_per_month": 0.0},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        SimulationSettings(**wrong)


def test_shares_are_read_in_every_form() -> None:
    assert shares_from("80/20") == (0.8,)
    assert shares_from("50/30/20") == (0.5, 0.3)
    assert shares_from("0.5/0.5") == (0.5,)
    assert shares_from("80%") == (0.8,)
    assert shares_from("") == ()


def test_another_full_arm_is_priced_by_tokens_and_the_log_stays_the_baseline(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = calls(p_simple=[0.1], model=["llama-3.1-8b-instant"])
    replay = run_logs(frame, "confidence", "as-logged", arms=Arms(full=ArmSpec(llm_id="dear")))
    draft = 140 * 10 / 1e6
    assert row_of(replay, "confidence").cost_total == pytest.approx(MID + FULL + draft)
    assert row_of(replay, "as-logged").cost_total == pytest.approx(MID)
    assert row_of(replay, "all-full").saving.net == pytest.approx(MID - FULL)
    assert "saves nothing" in replay.simulation.headline


def test_a_model_that_never_logged_a_time_gets_its_published_speed(
    calls: Calls, run_logs: Run
) -> None:
    frame = calls(p_simple=[0.1] * 2, model=["gpt-4-0613"] * 2, latency_s=[None] * 2)
    replay = run_logs(frame, "all-full")
    arm = next(arm for arm in replay.simulation.arms if arm.arm == "full")
    assert arm.latency_evidence is Evidence.ASSUMED
    # .6 + 1000/5000 + 99/10.6 = 10.1 s, give or take a tenth.
    middle = replay.simulation.policies[0].latency_s.all.p50
    assert middle == pytest.approx(10.1, rel=0.3)
    unknown = calls(p_simple=[0.1], model=["zzz"], latency_s=[None])
    arms = run_logs(unknown, "all-full").simulation.arms
    assert next(arm for arm in arms if arm.arm == "full").latency_evidence is Evidence.NONE


def test_times_are_not_needed(calls: Calls, run_logs: Run, row_of: Row) -> None:
    replay = run_logs(calls(p_simple=[0.9], ts=[None]), calls_per_month=100)
    month = row_of(replay, "binary").cost_month
    assert month is not None
    assert month.value == pytest.approx(100 * MID)
    assert month.interval is None


def test_a_signal_that_no_log_has_is_refused(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.1, 0.9])
    with pytest.raises(ConfigError, match="--signal nope does nothing on logs") as told:
        run_logs(frame, "binary", signal="nope")
    assert "--policy confidence" in told.value.hint
    assert run_logs(frame, "binary", signal="p_simple").simulation.n == 2
