"""Logged traffic replayed: every figure worked out by hand."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.errors import ConfigError, PoorInputError
from routeaudit.estimate.settings import SimulationSettings, shares_from
from routeaudit.estimate.simulate import Replay
from routeaudit.result import Evidence, PolicyResult, Verdict

Run = Callable[..., Replay]
Row = Callable[..., PolicyResult]
Calls = Callable[..., pl.DataFrame]

FULL = (1000 * 10 + 100 * 20) / 1e6  # 0.012 a call
MID = (1000 * 1 + 100 * 2) / 1e6  # label-like task: as many output tokens; 0.0012 a call
TENTHS = [i / 10 for i in range(10)]


def test_article_prices_give_the_founding_sums(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    replay = run_logs(
        calls(p_simple=TENTHS), "binary", "confidence", prices="article", share="80/20",
        escalate="20%", calls_per_month=100_000,
    )  # fmt: skip
    binary, confidence = row_of(replay, "binary"), row_of(replay, "confidence")
    # .8 x .001 + .2 x .03 + .0002, and .001 + .2 x .03.
    assert binary.cost_per_call == pytest.approx(0.0070, abs=1e-12)
    assert confidence.cost_per_call == pytest.approx(0.0070, abs=1e-12)
    assert binary.saving.share is not None
    assert f"{binary.saving.share:.2%}" == "76.67%"
    assert binary.cost_month is not None
    assert binary.cost_month.value == pytest.approx(700)
    full = row_of(replay, "all-full").cost_month
    assert full is not None
    assert full.value == pytest.approx(3_000)


def test_the_sums_at_exact_shares_do_not_hang_on_the_traffic(
    calls: Calls, run_logs: Run
) -> None:
    replay = run_logs(
        calls(p_simple=[0.9, 0.9, 0.9]), "binary", "three-tier", "confidence", prices="article"
    )
    rows = {row.policy: row for row in replay.simulation.at_share}
    assert set(rows) == {"binary", "three-tier", "confidence"}
    for row in rows.values():
        assert row.cost_per_call == pytest.approx(0.0070, abs=1e-12)
        assert row.month_before == pytest.approx(3_000)
        assert row.month_after == pytest.approx(700)
        assert row.reduction == pytest.approx(0.0230 / 0.03)
    # Confidence saves as long as escalated < (c_full - c_small) / c_full: .029 / .03.
    assert rows["confidence"].break_even_llm_share == pytest.approx(0.029 / 0.03)


def test_400_dollars_need_a_full_share_of_9_66_percent(calls: Calls, run_logs: Run) -> None:
    share = (0.004 - 0.0012) / 0.029
    replay = run_logs(calls(p_simple=[0.5]), prices="article", share=f"{1 - share}")
    assert f"{share:.2%}" == "9.66%"
    assert replay.simulation.at_share[0].month_after == pytest.approx(400)


def test_own_flat_prices_need_a_share_to_do_sums(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.5])
    assert run_logs(frame, price="mid=0.002,full=0.02").simulation.at_share == ()
    row = run_logs(frame, price="mid=0.002,full=0.02", share="50/50").simulation.at_share[0]
    assert row.cost_per_call == pytest.approx(0.011)


def test_a_call_costs_what_its_arm_charges_for_its_tokens(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    replay = run_logs(calls(p_simple=TENTHS), "binary")
    binary = row_of(replay, "binary")
    assert (binary.served, binary.calls) == (5, {"micro": 0, "mid": 5, "full": 5})
    assert binary.cost_total == pytest.approx(5 * FULL + 5 * MID)
    assert binary.saving.net == pytest.approx(5 * (FULL - MID))
    assert binary.saving.share == pytest.approx(5 * (FULL - MID) / (10 * FULL))
    assert "dear" in binary.saving.vs


def test_answers_of_other_tasks_have_the_arms_own_length(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    replay = run_logs(calls(p_simple=[0.9], task=["code"]), "binary")
    # Llama 3.1 8B writes .96 tokens for each of the logged model's: 1000 + 96 x 2.
    assert row_of(replay, "binary").cost_total == pytest.approx((1000 + 192) / 1e6)


def test_an_escalated_call_pays_twice_with_the_draft_as_context(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = calls(p_simple=[0.1])
    draft = 100 + 40
    confidence = row_of(run_logs(frame, "confidence"), "confidence")
    assert confidence.calls == {"micro": 0, "mid": 1, "full": 1}
    assert confidence.escalated == 1
    assert confidence.cost_total == pytest.approx(MID + FULL + draft * 10 / 1e6)
    without = row_of(run_logs(frame, "confidence", context="none"), "confidence")
    assert without.cost_total == pytest.approx(MID + FULL)
    steps = {step.name: step.amount for step in without.waterfall}
    assert steps == {"gross": pytest.approx(0.0), "escalation": pytest.approx(-MID)}


def test_an_escalated_call_waits_for_both(calls: Calls, run_logs: Run, row_of: Row) -> None:
    replay = run_logs(calls(p_simple=[0.1, 0.9]), "confidence", latency="mid=0.5")
    latency = row_of(replay, "confidence").latency_s
    assert latency.escalated.p50 == pytest.approx(2.0 + 0.5 + 140 / 5_000)
    assert latency.served.p50 == pytest.approx(0.5)
    assert latency.speedup_served is not None
    assert latency.speedup_served.value == pytest.approx(4.0)


def test_the_classifier_takes_and_costs_its_share(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    replay = run_logs(calls(p_simple=[0.9]), "binary", latency="mid=0.5", classifier_usd=0.001)
    binary = row_of(replay, "binary")
    assert binary.latency_s.all.p50 == pytest.approx(0.55)
    assert binary.cost_total == pytest.approx(MID + 0.001)
    assert [step.name for step in binary.waterfall] == ["gross", "classifier"]
    assert row_of(replay, "all-mid").cost_total == pytest.approx(MID)


def test_a_switch_of_arm_within_a_session_loses_the_prompt_cache(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = calls(
        p_simple=[0.1, 0.9, 0.1, 0.1], session_id=["s"] * 4, cached_tokens=[0, 800, 800, 800]
    )
    replay = run_logs(frame, "binary")
    cold = 800 * (10 - 1) / 1e6
    warm = FULL - cold
    # full, mid (cold by nature), full right after it: cold, full after full: warm.
    assert row_of(replay, "binary").cost_total == pytest.approx(FULL + MID + FULL + warm)
    steps = {step.name: step.amount for step in row_of(replay, "binary").waterfall}
    assert steps["cache"] == pytest.approx(-cold)
    # Sticky: the whole conversation stays with the full arm, and warm.
    assert row_of(replay, "sticky").cost_total == pytest.approx(FULL + 3 * warm)
    assert row_of(replay, "all-full").cost_total == pytest.approx(FULL + 3 * warm)


def test_quality_from_priors_is_assumed_and_never_green(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    replay = run_logs(calls(p_simple=[0.9] * 3, task=["summarization"] * 3), "binary")
    quality = row_of(replay, "binary").quality
    assert quality.evidence is Evidence.ASSUMED
    assert quality.verdict is Verdict.NOT_MEASURED
    assert quality.failure_rate == pytest.approx(0.05)
    assert quality.interval is not None
    assert (quality.interval.low, quality.interval.high) == pytest.approx((0.03, 0.12))
    assert quality.interval.level is None
    assert quality.n_scored == 0
    assert replay.simulation.headline.startswith("Quality is NOT MEASURED")


def test_a_prompt_over_the_context_cannot_be_answered(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = calls(p_simple=[0.9, 0.9], prompt_tokens=[9_000, 100], task=["code", "code"])
    rate = row_of(run_logs(frame, "all-micro"), "all-micro").quality.failure_rate
    assert rate == pytest.approx(1 - (0 + 0.21) / 2)  # Gemma 2B reads 8,192 tokens


def test_a_model_without_evidence_has_no_failure_rate(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    arms = Arms(mid=ArmSpec(llm_id="mystery", usd_per_call=0.001, latency_s=0.2))
    row = row_of(run_logs(calls(p_simple=[0.9]), "binary", arms=arms), "binary")
    assert row.quality.failure_rate is None
    assert row.quality.evidence is Evidence.NONE
    assert row.cost_total == pytest.approx(0.001)


def test_measured_scores_of_an_arm_are_used(calls: Calls, run_logs: Run, row_of: Row) -> None:
    frame = calls(p_simple=[0.9] * 4, score_mid=[1.0, 0.0, None, 1.0])
    quality = row_of(run_logs(frame, "binary"), "binary").quality
    assert quality.evidence is Evidence.REPLAYED
    assert quality.failure_rate == pytest.approx(1 / 3)
    assert quality.verdict is Verdict.INCONCLUSIVE or quality.verdict is Verdict.FAIL


def test_unpriced_calls_leave_both_totals(calls: Calls, run_logs: Run, row_of: Row) -> None:
    frame = calls(p_simple=[0.9, 0.9], model=["dear", "nobody-knows-this"])
    binary = row_of(run_logs(frame, "binary"), "binary")
    assert binary.saving.net == pytest.approx(FULL - MID)
    assert any("no price" in w for w in run_logs(frame).simulation.warnings)


def test_failed_calls_cache_hits_and_embeddings_are_left_alone(
    calls: Calls, run_logs: Run
) -> None:
    frame = calls(
        p_simple=[0.9] * 4, status=["ok", "error", "ok", "ok"],
        cache_hit=[False, False, True, False], operation=["chat", "chat", "chat", "embeddings"],
    )  # fmt: skip
    simulation = run_logs(frame).simulation
    assert simulation.n == 1
    assert sum("left as they are" in warning for warning in simulation.warnings) == 3
    with pytest.raises(PoorInputError):
        run_logs(frame[1:])


def test_missing_latencies_are_filled_and_told(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.1] * 4, latency_s=[2.0, None, 2.0, 0.0])
    replay = run_logs(frame, "binary")
    full = next(arm for arm in replay.simulation.arms if arm.arm == "full")
    assert full.latency_evidence is Evidence.ESTIMATED
    assert "2 calls" in full.note
    # All known times are 2 s, so the fit is the constant 2 s.
    assert replay.simulation.policies[0].latency_s.all.p95 == pytest.approx(2.05)


def test_confidence_of_logs_is_assumed_and_said(calls: Calls, run_logs: Run) -> None:
    told = run_logs(calls(p_simple=[0.9]), "confidence").simulation.warnings
    assert any("ASSUMED to equal p_simple" in warning for warning in told)
    told = run_logs(
        calls(p_simple=[0.9], logprob_mean=[-0.1]), "confidence"
    ).simulation.warnings
    assert any("log probability" in warning for warning in told)


def test_a_month_is_the_mean_times_its_calls(calls: Calls, run_logs: Run, row_of: Row) -> None:
    n = 24 * 20 + 1  # hourly over exactly 20 days
    replay = run_logs(calls(p_simple=[0.1] * n), "binary")
    month = row_of(replay, "all-full").cost_month
    assert month is not None
    assert month.value == pytest.approx(FULL * n * 30.4375 / 20)
    binary = row_of(replay, "binary").cost_month
    assert binary is not None
    assert binary.interval is not None
    assert "day" in binary.interval.method


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
    # Classification by Llama: .59 to .98 will do.
    assert redone.net_low == pytest.approx(net - 1_000 * 0.5 * FULL * 0.41, rel=1e-6)


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
        {"escalate": "2"}, {"prices": "mine"}, {"arms": "large=x"}, {"limit": 2.0},
        {"threshold": "nan"}, {"target_failure": "x"},
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
