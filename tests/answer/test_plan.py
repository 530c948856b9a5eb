from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.answer.plan import distinct_prompts, plan_proof, plan_sample, strata_of, weights
from routeaudit.answer.settings import AnswerSettings, rules_of
from routeaudit.errors import ConfigError


def calls(**counts: int) -> pl.DataFrame:
    """So many distinct prompts of each task, every one logged twice."""
    rows = [
        (f"{task}-{i}", task, "micro")
        for task, n in counts.items()
        for i in range(n)
        for _ in "ab"
    ]
    return pl.DataFrame(rows, schema=["query_key", "task", "tier"], orient="row")


def test_a_prompt_that_was_logged_often_is_answered_once() -> None:
    prompts = distinct_prompts(calls(moderation=50, code=50))
    assert prompts.height == 100
    assert prompts["calls"].sum() == 200
    assert prompts["stratum"].unique().sort().to_list() == [
        "code / micro",
        "moderation / micro",
    ]


def test_small_strata_become_one() -> None:
    prompts = distinct_prompts(calls(moderation=500, code=4, translation=3))
    assert prompts.filter(stratum="other").height == 7
    nameless = distinct_prompts(
        pl.DataFrame({"query_key": ["a", None], "task": [None] * 2, "tier": [None] * 2})
    )
    assert nameless["stratum"].to_list() == ["unknown / unknown"]


def test_each_stratum_gets_its_floor_and_the_doubtful_ones_more() -> None:
    prompts = distinct_prompts(calls(moderation=400, code=400))
    prior = {"moderation / micro": 0.02, "code / micro": 0.5}
    plan = plan_sample(prompts, prior, 200, seed=0)
    sampled = dict(plan.strata.select("stratum", "sampled").iter_rows())
    # Neyman: 60 go to the floors; the other 140 as sqrt(.02*.98) = .14 to sqrt(.25) = .5,
    # which is 30.6 to 109.4; the one left over by rounding goes to the larger.
    assert sampled == {"moderation / micro": 60, "code / micro": 140}
    assert plan.prompts.height == 200
    assert plan.prompts["query_key"].n_unique() == 200


def test_the_same_seed_draws_the_same_prompts_whatever_the_order() -> None:
    log = calls(moderation=300, code=300)
    first = plan_sample(distinct_prompts(log), {}, 100, seed=1).prompts
    again = plan_sample(
        distinct_prompts(log.sample(fraction=1, shuffle=True, seed=3)), {}, 100, 1
    )
    assert first.equals(again.prompts)
    other = plan_sample(distinct_prompts(log), {}, 100, seed=2).prompts
    assert set(first["query_key"]) != set(other["query_key"])


def test_every_beginning_of_the_plan_is_a_sample_of_all_strata() -> None:
    prompts = distinct_prompts(calls(moderation=300, code=300))
    plan = plan_sample(prompts, {}, 200, seed=0)
    for n in (50, 100, 150):
        code, moderation = (
            plan.prompts.head(n).filter(task=name).height for name in ("code", "moderation")
        )
        assert abs(code - moderation) <= 1


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 90))
def test_weights_add_up_to_the_traffic(simple: int, hard: int, size: int) -> None:
    log = calls(moderation=simple, code=hard)
    plan = plan_sample(distinct_prompts(log), {}, size, seed=0)
    found = weights(plan.prompts, plan.strata)
    there = plan.strata.filter(pl.col("stratum").is_in(plan.prompts["stratum"].unique()))
    assert found.sum() == pytest.approx(there["calls"].sum())
    assert plan.prompts.height == min(size, simple + hard)


def test_a_weighted_sample_is_not_biased_by_what_it_prefers() -> None:
    # Failures: none of 900 moderation prompts, all of 100 code prompts: 10 % of the traffic.
    prompts = distinct_prompts(calls(moderation=900, code=100))
    plan = plan_sample(prompts, {"moderation / micro": 0.01, "code / micro": 0.5}, 120, seed=0)
    failed = (plan.prompts["task"] == "code").to_numpy()
    rate = np.average(failed, weights=weights(plan.prompts, plan.strata))
    assert rate == pytest.approx(0.1)


def test_a_proof_is_planned_where_the_rate_should_hold() -> None:
    prompts = distinct_prompts(calls(moderation=600, translation=200, code=200))
    prior = {"moderation / micro": 0.02, "translation / micro": 0.3, "code / micro": 0.0}
    proof = plan_proof(strata_of(prompts, prior), 0.05)
    # Code is not simple work; with translation the rate would be (600*.02+200*.3)/800 = 9 %.
    assert proof.strata == ("moderation / micro",)
    assert proof.rate == pytest.approx(0.02)
    assert proof.answers == 234  # METHOD 2.4: a true rate of 2 % against 5 %
    assert proof.share == pytest.approx(0.6)
    hopeless = plan_proof(strata_of(prompts, dict.fromkeys(prior, 0.2)), 0.05)
    assert hopeless.answers is None


def test_a_budget_is_a_time() -> None:
    assert AnswerSettings(budget="2h").budget_s() == 7_200
    assert AnswerSettings(budget="1.5 m").budget_s() == 90
    assert AnswerSettings(budget="40").budget_s() == 40
    assert AnswerSettings().budget_s() is None
    with pytest.raises(ConfigError, match="no time"):
        AnswerSettings(budget="soon")


def test_what_is_to_be_proved_is_a_share() -> None:
    assert AnswerSettings(prove="5%").limit_to_prove() == 0.05
    assert AnswerSettings(prove="0.03").limit_to_prove() == 0.03
    for told in ("0", "x%", "100%"):
        with pytest.raises(ConfigError, match="no failure rate"):
            AnswerSettings(prove=told)


def test_an_answer_is_no_longer_than_its_task_and_request_allow() -> None:
    settings = AnswerSettings()
    assert settings.most_tokens("classification", None) == 48
    assert settings.most_tokens("classification", 10) == 10
    assert settings.most_tokens(None, 4_000) == 512
    assert AnswerSettings(max_tokens=7).most_tokens("code", 4_000) == 7


def test_other_spellings_and_a_schema_come_from_files(tmp_path: Path) -> None:
    aliases, schema = tmp_path / "aliases.json", tmp_path / "schema.json"
    aliases.write_text('{"Fakturierung": "Billing"}')
    schema.write_text('{"type": "object"}')
    rules = rules_of(AnswerSettings(aliases=str(aliases), schema=str(schema)))
    assert rules.aliases["fakturierung"] == "billing"
    assert rules.aliases["y"] == "yes"
    assert rules.json_schema == {"type": "object"}
    assert rules_of(AnswerSettings()).json_schema is None
    for text in ("[]", "{"):
        aliases.write_text(text)
        with pytest.raises(ConfigError, match="JSON"):
            rules_of(AnswerSettings(aliases=str(aliases)))
