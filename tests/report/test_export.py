import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.errors import ConfigError
from routeaudit.frames import TASKS
from routeaudit.report.examples import EXAMPLES
from routeaudit.report.export import TARGETS, cautions, export
from routeaudit.report.llm import Llm
from routeaudit.report.yaml import Node, to_yaml
from routeaudit.result import AuditResult, Verdict


def one_shot(result: AuditResult) -> AuditResult:
    assert result.simulation is not None
    rows = tuple(msgspec.structs.replace(p, escalated=0) for p in result.simulation.policies)
    changed = msgspec.structs.replace(result.simulation, policies=rows)
    return msgspec.structs.replace(result, simulation=changed)


def test_the_table_sends_mostly_simple_tasks_to_the_cheaper_arm(realistic: AuditResult) -> None:
    table = json.loads(export(realistic, "json"))
    # gpt-4o has the larger spend; every task of this audit is more than half simple.
    assert table["default"] == {"model": "openai/gpt-4o"}
    assert set(table["tasks"]) == {
        "classification", "extraction", "summarization", "code", "reasoning", "rewriting",
    }  # fmt: skip
    assert table["tasks"]["code"] == {"model": "openai/llama-3.1-8b"}


def test_without_an_audit_the_simple_tasks_are_the_table(outcomes: AuditResult) -> None:
    table = json.loads(export(outcomes, "json", {"full": "openai/gpt-4o"}))
    assert len(table["tasks"]) == 8
    assert "code" not in table["tasks"]


def test_a_model_that_is_not_known_has_to_be_named(outcomes: AuditResult) -> None:
    with pytest.raises(ConfigError) as caught:
        export(outcomes, "json")
    assert "--arms full=" in caught.value.hint


def test_litellm_routes_its_tiers_to_the_arms(realistic: AuditResult) -> None:
    text = export(one_shot(realistic), "litellm")
    assert 'model_name: "auto"' in text
    assert 'SIMPLE: "mid"' in text
    assert 'REASONING: "full"' in text
    assert 'model: "openai/gpt-4o"' in text


def test_an_arm_that_answers_nothing_is_not_exported(realistic: AuditResult) -> None:
    assert realistic.simulation is not None
    rows = tuple(
        msgspec.structs.replace(p, escalated=0, calls={**p.calls, "micro": 0})
        for p in realistic.simulation.policies
    )
    changed = msgspec.structs.replace(realistic.simulation, policies=rows)
    text = export(msgspec.structs.replace(realistic, simulation=changed), "litellm")
    assert "micro" not in text
    assert 'SIMPLE: "mid"' in text


def test_what_an_export_does_not_promise_is_said(realistic: AuditResult) -> None:
    assert realistic.simulation is not None
    assert cautions(realistic, {"full": "openai/gpt-4o"}) == ()
    rows = tuple(
        msgspec.structs.replace(
            p, quality=msgspec.structs.replace(p.quality, verdict=Verdict.NOT_MEASURED)
        )
        for p in realistic.simulation.policies
    )
    changed = msgspec.structs.replace(realistic.simulation, policies=rows)
    (said,) = cautions(
        msgspec.structs.replace(realistic, simulation=changed), {"full": "openai/gpt-4o"}
    )
    assert "NOT MEASURED" in said


def test_a_seller_goes_by_the_name_that_litellm_knows() -> None:
    assert Llm("google/gemma-2b-it", "together").in_litellm == "together_ai/google/gemma-2b-it"
    assert Llm("gemini-2.0-flash", "google").in_litellm == "gemini/gemini-2.0-flash"
    assert Llm("groq/llama", "groq").in_litellm == "groq/llama"
    assert Llm("gpt-4o").in_litellm == "gpt-4o"


def test_an_arm_that_borrows_a_price_does_not_borrow_who_sells_it(
    realistic: AuditResult,
) -> None:
    simulation = realistic.simulation
    assert simulation is not None
    borrowed = msgspec.structs.replace(
        simulation.arms[0], llm_id="google/gemma-2b-it", provider="together"
    )
    changed = msgspec.structs.replace(simulation, arms=(borrowed,))
    result = one_shot(msgspec.structs.replace(realistic, simulation=changed))
    assert '"together_ai/google/gemma-2b-it"' in export(result, "litellm")


def test_semantic_router_has_a_signal_for_each_task_and_a_fallback(
    realistic: AuditResult,
) -> None:
    text = export(one_shot(realistic), "semantic-router")
    assert text.count('type: "embedding"') == 6
    assert 'version: "v0.3"' in text
    assert "priority: 1" in text


def test_routellm_gets_the_share_of_the_full_arm(realistic: AuditResult) -> None:
    settings = json.loads(export(realistic, "routellm"))
    # 7,488 of 12,480 are served by the cheaper arm: 40 % are left.
    assert settings["strong_model_pct"] == pytest.approx(0.4)
    assert settings["weak_model"] == "openai/llama-3.1-8b"


@pytest.mark.parametrize("target", ["litellm", "semantic-router"])
def test_an_escalating_policy_is_refused_where_it_cannot_be_followed(
    realistic: AuditResult, target: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        export(realistic, target)
    assert "binary" in caught.value.hint


def test_an_unknown_target_and_a_scan_are_errors(
    realistic: AuditResult, scanned: AuditResult
) -> None:
    with pytest.raises(ConfigError) as caught:
        export(realistic, "litelm")
    assert "litellm" in caught.value.hint
    for target in TARGETS:
        with pytest.raises(ConfigError, match="no policy"):
            export(scanned, target)


def test_every_task_has_examples() -> None:
    assert tuple(EXAMPLES) == TASKS


def test_yaml_is_written_in_blocks() -> None:
    node: Node = {"a": [{"b": 1, "on": [True, None]}, "x: y"], "d": {}, "e-1": []}
    assert to_yaml(node) == (
        'a:\n  - b: 1\n    "on":\n      - true\n      - null\n  - "x: y"\nd: {}\n"e-1": []\n'
    )


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8))  # fmt: skip
def test_yaml_has_no_empty_line_and_no_tab(node: Node) -> None:
    text = to_yaml(node)
    assert text.endswith("\n")
    assert "\t" not in text
    assert all(line.strip() for line in text.split("\n")[:-1])
