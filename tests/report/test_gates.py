import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from routeaudit.errors import ConfigError, ExitCode
from routeaudit.report.gates import State, evaluate, exit_code, metrics, parse
from routeaudit.report.glossary import TERMS, explain, names
from routeaudit.report.junit import to_junit
from routeaudit.result import AuditResult


def state(result: AuditResult, metric: str, level: str, **limits: object) -> State:
    (found,) = evaluate(result, parse({metric: [level, limits]}))
    return found.state


def test_a_gate_is_tested_on_the_bound_that_it_names(realistic: AuditResult) -> None:
    # Saving 53.6 %, 49.6 to 57.6; failures 3.1 %, at most 4.34 %.
    assert state(realistic, "net_savings_pct", "error", min=50) is State.PASSED
    assert state(realistic, "net_savings_pct", "error", min=50, use="lower") is State.FAILED
    assert state(realistic, "net_savings_pct", "error", min=49, use="lower") is State.PASSED
    assert state(realistic, "failure_rate", "error", max=0.04) is State.PASSED
    assert state(realistic, "failure_rate", "error", max=0.04, use="upper") is State.FAILED
    assert state(realistic, "failure-rate", "error", max=0.05, use="upper") is State.PASSED


def test_other_metrics_read_what_they_say(realistic: AuditResult) -> None:
    # 38 of 12,600 lines are bad: 0.3 %; 14 of 12,480 calls have no price: 0.11 %.
    assert state(realistic, "bad_rows_share", "error", max=0.0031) is State.PASSED
    assert state(realistic, "bad_rows_share", "error", max=0.0030) is State.FAILED
    assert state(realistic, "unpriced_share", "error", max=0.001) is State.FAILED
    assert state(realistic, "tokens_estimated_share", "error", max=0.03) is State.PASSED
    assert state(realistic, "latency_p95_s", "error", max=5.1) is State.PASSED
    assert state(realistic, "latency_p50_s", "error", max=1.1) is State.FAILED
    assert state(realistic, "month_usd", "error", max=2_700, use="upper") is State.FAILED
    assert state(realistic, "simple_calls_share", "error", min=0.6, use="lower") is State.PASSED


def test_evidence_is_a_ladder(realistic: AuditResult) -> None:
    assert state(realistic, "evidence", "error", at_least="judged") is State.PASSED
    assert state(realistic, "evidence", "error", at_least="replayed") is State.PASSED
    assert state(realistic, "evidence", "error", at_least="measured") is State.UNDECIDED


def test_what_is_not_known_is_undecided_and_not_passed(
    scanned: AuditResult, empty: AuditResult
) -> None:
    for metric in metrics():
        limits: dict[str, object] = (
            {"at_least": "judged"} if metric == "evidence" else {"max": 1}
        )
        assert state(empty, metric, "error", **limits) is State.UNDECIDED
    assert state(scanned, "failure_rate", "error", max=1) is State.UNDECIDED


def test_a_share_in_percent_is_refused_before_it_lets_everything_pass() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"failure_rate": ["error", {"max": 5}]})
    assert "0.05" in str(caught.value.hint)
    assert parse({"net_savings_pct": ["error", {"min": 20}]})[0].min == 20


def test_drift_compares_with_an_older_result(
    realistic: AuditResult, empty: AuditResult
) -> None:
    gates = parse({"task_drift": ["error", {"max": 0.2}]})
    assert evaluate(realistic, gates, realistic)[0].state is State.PASSED
    assert evaluate(realistic, gates, empty)[0].state is State.UNDECIDED
    audit = realistic.audit
    assert audit is not None
    turned = msgspec.structs.replace(
        audit,
        by_task=tuple(
            msgspec.structs.replace(row, calls=other.calls)
            for row, other in zip(
                audit.by_task, (*audit.by_task[3:], *audit.by_task[:3]), strict=True
            )
        ),
    )
    shifted = msgspec.structs.replace(realistic, audit=turned)
    # Shares 24, 20, 17, 15, 14, 10 % become 15, 14, 10, 24, 20, 17 %: index
    # 2 * (.09 ln(24/15) + .06 ln(20/14) + .07 ln(17/10)) = 2 * (.0423 + .0214 + .0371) = .2017
    found = evaluate(shifted, gates, realistic)[0]
    assert found.state is State.FAILED
    assert found.value == pytest.approx(0.2017, abs=0.0005)


def test_the_exit_code_follows_error_gates_only(realistic: AuditResult) -> None:
    warn = {"net_savings_pct": ["warn", {"min": 99}]}
    undecided = {"evidence": ["error", {"at_least": "measured"}]}
    failed = {"failure_rate": ["error", {"max": 0.01}]}

    def code(gates: Mapping[str, object]) -> ExitCode:
        return exit_code(evaluate(realistic, parse(gates)))

    assert code({}) is ExitCode.OK
    assert code(warn) is ExitCode.OK
    assert code({**warn, **undecided}) is ExitCode.NOT_ENOUGH_EVIDENCE
    assert code({**undecided, **failed}) is ExitCode.GATE_FAILED
    assert code({"failure_rate": "off"}) is ExitCode.OK


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        ({"failure_rat": ["error", {"max": 1}]}, "failure_rate"),
        ({"failure_rate": ["fatal", {"max": 1}]}, "off, warn, error"),
        ({"failure_rate": ["error", {"maximum": 1}]}, "max"),
        ({"failure_rate": ["error", {"max": 1, "use": "uper"}]}, "upper"),
        ({"failure_rate": ["error"]}, "give min or max"),
        ({"failure_rate": "error"}, "give min or max"),
        ({"failure_rate": 5}, "like"),
        ({"failure_rate": ["error", {"max": 1}, 3]}, "like"),
        ({"evidence": ["error", {"at_least": "replay"}]}, "replayed"),
        ({"evidence": ["error", {"max": 1}]}, "at_least"),
        ({"failure_rate": ["error", {"max": "1"}]}, ""),
        ({"failure_rate": ["error", {"max": True}]}, ""),
        ({"failure_rate": ["error", {"max": float("nan")}]}, ""),
    ],
)
def test_a_wrong_gate_is_an_error_with_a_hint(table: dict[str, object], hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(table)
    assert hint in caught.value.hint


def test_junit_counts_failures_and_undecided_gates(realistic: AuditResult) -> None:
    gates = parse({
        "failure_rate": ["error", {"max": 0.01}],
        "evidence": ["error", {"at_least": "measured"}],
        "net_savings_pct": ["warn", {"min": 99}],
        "latency_p95_s": ["error", {"max": 9}],
    })  # fmt: skip
    text = to_junit(evaluate(realistic, gates), realistic.provenance.created)
    suite = ET.fromstring(text).find("testsuite")  # noqa: S314 our own text
    assert suite is not None
    counts = {key: suite.get(key) for key in ("tests", "failures", "errors", "timestamp")}
    assert counts == {
        "tests": "4", "failures": "1", "errors": "1", "timestamp": "2026-11-20T09:00:00",
    }  # fmt: skip
    kinds = [[child.tag for child in case] for case in suite]
    assert kinds == [["failure"], ["error"], ["system-out"], []]


def test_every_gate_metric_that_is_a_figure_can_be_explained() -> None:
    assert {"net_savings_pct", "failure_rate", "evidence", "unpriced_share", "task_drift"} <= {
        *names()
    }
    assert len(TERMS) == len(set(names()))
    assert explain("Failure rate").name == "failure_rate"
    with pytest.raises(ConfigError) as caught:
        explain("failure_rat")
    assert "failure_rate" in caught.value.hint


def test_the_page_on_reports_names_every_metric() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    assert [metric for metric in metrics() if f"`{metric}`" not in page] == []


@pytest.mark.parametrize(
    "name",
    ["PGR", "APGR", "CPT(50%)", "AIQ", "IBC lift", "Arena score", "guaranteed threshold", "lost",
     "own gpu", "simple-spend-share", "novel_calls_share", "month_usd", "bill change", "oracle CPT(50%)"],
)  # fmt: skip
def test_figures_are_explained_by_the_name_that_reports_give_them(name: str) -> None:
    assert explain(name).formula
