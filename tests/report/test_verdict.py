import msgspec
import pytest

from routeaudit.report.verdict import Advice, baseline, headline, month_now, recommend
from routeaudit.result import (
    AuditResult,
    Evidence,
    Figure,
    Interval,
    PolicyResult,
    Verdict,
)


def with_policy(result: AuditResult, **changes: object) -> AuditResult:
    """Leave only the first policy in the result, changed; `quality_x` and `saving_x` go deeper."""
    simulation = result.simulation
    assert simulation is not None
    row = simulation.policies[0]
    for part in ("quality", "saving"):
        inner = {
            k.removeprefix(part + "_"): v for k, v in changes.items() if k.startswith(part)
        }
        row = msgspec.structs.replace(
            row, **{part: msgspec.structs.replace(getattr(row, part), **inner)}
        )
    rest = tuple(other for other in simulation.policies[1:] if other.role == "honesty")
    changed = msgspec.structs.replace(simulation, policies=(row, *rest))
    return msgspec.structs.replace(result, simulation=changed)


def test_a_measured_pass_with_a_sure_saving_is_adopted(realistic: AuditResult) -> None:
    said = recommend(realistic)
    assert said.advice is Advice.ADOPT
    assert said.reasons == ()
    for part in (
        "54",
        "50",
        "58",
        "all-full (gpt-4o)",
        "4.3",
        "replayed on 612 served answers",
        "5\N{NO-BREAK SPACE}%",
    ):
        assert part in said.sentence


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"quality_verdict": Verdict.INCONCLUSIVE, "quality_more_needed": 400}, Advice.PILOT),
        ({"quality_verdict": Verdict.FAIL}, Advice.REJECT),
        ({"quality_verdict": Verdict.NOT_MEASURED}, Advice.UNKNOWN),
        ({"quality_evidence": Evidence.ASSUMED}, Advice.UNKNOWN),
        ({"quality_evidence": Evidence.JUDGED}, Advice.PILOT),
        ({"quality_failure_rate": 0.08}, Advice.PILOT),  # the shuffle fails on 7.1 %
        ({"saving_share": None}, Advice.UNKNOWN),
        ({"saving_share": None, "quality_verdict": Verdict.FAIL}, Advice.REJECT),
        ({"saving_share": -0.1}, Advice.REJECT),
        ({"saving_share": 0.0}, Advice.REJECT),
        ({"saving_interval": None}, Advice.PILOT),
    ],
)
def test_each_doubt_lowers_the_advice(
    realistic: AuditResult, changes: dict[str, object], advice: Advice
) -> None:
    said = recommend(with_policy(realistic, **changes))
    assert said.advice is advice
    assert said.reasons


def test_without_measurement_the_advice_is_never_green(realistic: AuditResult) -> None:
    for evidence in (Evidence.ESTIMATED, Evidence.ASSUMED, Evidence.NONE):
        said = recommend(with_policy(realistic, quality_evidence=evidence))
        assert said.advice is Advice.UNKNOWN
        assert "not measured" in said.sentence


def test_the_best_advised_policy_comes_first(realistic: AuditResult) -> None:
    simulation = realistic.simulation
    assert simulation is not None
    first = headline(simulation)
    assert first is not None
    assert first.policy == "three-tier"
    failing = with_policy(realistic, quality_verdict=Verdict.FAIL).simulation
    assert failing is not None
    both = msgspec.structs.replace(
        simulation, policies=(failing.policies[0], *simulation.policies[1:])
    )
    second = headline(both)
    assert second is not None
    assert second.policy == "binary"


def test_a_policy_that_was_tried_and_failed_is_not_hidden_by_an_untried_one(
    realistic: AuditResult,
) -> None:
    simulation = with_policy(realistic, quality_verdict=Verdict.FAIL).simulation
    assert simulation is not None
    failed = simulation.policies[0]
    untried = msgspec.structs.replace(
        failed,
        policy="untried",
        quality=msgspec.structs.replace(
            failed.quality, verdict=Verdict.NOT_MEASURED, evidence=Evidence.ASSUMED
        ),
    )
    both = msgspec.structs.replace(simulation, policies=(untried, *simulation.policies))
    first = headline(both)
    assert first is not None
    assert first.policy == failed.policy
    only = msgspec.structs.replace(realistic, simulation=both)
    assert recommend(only).advice is Advice.REJECT


def test_the_baseline_is_the_row_that_the_simulation_names(realistic: AuditResult) -> None:
    row: PolicyResult | None = baseline(realistic.simulation)
    assert row is not None
    assert row.policy == "all-full"
    assert month_now(realistic) == row.cost_month


def test_a_scan_alone_says_what_is_simple_and_adopts_nothing(
    scanned: AuditResult, empty: AuditResult
) -> None:
    said = recommend(scanned)
    assert said.advice is Advice.UNKNOWN
    assert "12,480 calls" in said.sentence
    assert "No routing was simulated" in said.sentence
    assert month_now(scanned) is not None
    assert recommend(empty).advice is Advice.UNKNOWN
    assert month_now(empty) is None
    assert baseline(None) is None
    assert headline(None) is None


def test_what_a_sample_means_for_all_traffic_is_said(realistic: AuditResult) -> None:
    rate = Figure(value=0.031, interval=Interval(low=0.02, high=0.046))
    calls = Figure(value=200.0, interval=Interval(low=128.0, high=301.0))
    carried = with_policy(
        realistic, quality_rate_all=rate, quality_failing_calls=calls, quality_served_scored=431
    )
    said = recommend(carried).sentence
    assert "on 431 served answers" in said
    assert "over all traffic" in said
    assert "128 to 301 calls" in said
    assert "over all traffic" not in recommend(realistic).sentence
