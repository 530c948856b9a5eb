"""Logged traffic replayed: every figure worked out by hand."""

import pytest

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.errors import PoorInputError
from routeaudit.result import Evidence, Verdict
from tests.estimate.log_costs import FULL, MID, TENTHS, Calls, Row, Run


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


def test_the_sums_charge_the_classifier_however_its_price_is_said(
    calls: Calls, run_logs: Run
) -> None:
    frame = calls(p_simple=[0.5])
    for said in (
        {"classifier_usd": 0.0002},
        {"price": "mid=0.001,full=0.03,classifier=0.0002"},
    ):
        asked = {"price": "mid=0.001,full=0.03", "share": "80/20", **said}
        row = run_logs(frame, **asked).simulation.at_share[0]
        assert row.cost_per_call == pytest.approx(0.8 * 0.001 + 0.2 * 0.03 + 0.0002)
        assert row.break_even_llm_share == pytest.approx(1 - 0.0002 / 0.029)
