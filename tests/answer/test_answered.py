import polars as pl
import pytest

from routeaudit.answer.answered import (
    ANSWERED_COLUMNS,
    Prompt,
    answered_frame,
    closed_sets,
    must_escalate,
    request_of,
    template_key,
    turns_of,
)
from routeaudit.answer.scorers import Rules
from routeaudit.local_model.logprobs import nothing
from routeaudit.local_model.written import Said, Written

RULES = Rules()


def prompt(text: str = "Which team?", logged: str = "billing", **other: str) -> Prompt:
    told = {"task": "classification", "response_format": None, "feature": "triage"} | other
    return Prompt(
        query_key=text, turns=(Said("user", text),), logged=logged, most_tokens=48, **told
    )


def written(text: str = "billing", finish_reason: str = "stop") -> Written:
    return Written(
        text=text, finish_reason=finish_reason, prompt_tokens=9, answer_tokens=2,
        logprob_sum=-0.4, logprob_min=-0.3, quantiles=(-0.3, -0.28, -0.25, -0.2),
        margin_mean=0.8, margin_min=0.7, choice_share=None, first_token_s=0.1, total_s=0.2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "escalates"),
    [
        (written(), False),
        (None, True),
        (written(finish_reason="length"), True),
        (written(""), True),
        (nothing("prompt_too_long", 9_000), True),
        (written("I'm sorry, but I can't help with that."), True),
        (written("As an AI I have no opinion"), True),
        (written("Sorry, I do not know"), True),
        (written("Sorry customers should call billing first"), False),
        (written("I cannot say more than: billing"), True),
    ],
)
def test_some_answers_are_never_served(answer: Written | None, *, escalates: bool) -> None:
    assert must_escalate(prompt(), answer, RULES) is escalates


def test_json_that_was_asked_for_must_be_json() -> None:
    asked = prompt(response_format="json_object")
    assert not must_escalate(asked, written('{"team": "billing"}'), RULES)
    assert must_escalate(asked, written("billing"), RULES)
    strict = Rules(json_schema={"type": "object", "required": ["id"]})
    assert must_escalate(asked, written('{"team": "billing"}'), strict)


def test_a_closed_set_is_a_feature_with_few_labels_logged_often() -> None:
    triage = [prompt(f"t{i}", logged=("billing", "orders")[i % 2]) for i in range(6)]
    chat = [prompt(f"c{i}", logged=f"answer {i}", feature="chat") for i in range(6)]
    assert closed_sets([*triage, *chat]) == {"triage": ("billing", "orders")}
    assert closed_sets(triage[:5]) == {}  # 5 answers, 2 labels: not three times each
    sets = closed_sets(triage)
    assert request_of(triage[0], sets).choices == ("billing", "orders")
    assert request_of(chat[0], sets).choices == ()


def test_turns_are_those_that_were_logged() -> None:
    messages = '[{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]'
    assert turns_of(messages, "System: Be short.\n\nUser: Hi") == (
        Said("system", "Be short."),
        Said("user", "Hi"),
    )
    assert turns_of(None, "Hi") == (Said("user", "Hi"),)
    assert turns_of(None, None) == ()


def test_prompts_that_differ_in_numbers_share_a_cluster() -> None:
    one = prompt("Where is order 123 of shop 9?")
    assert template_key(one) == template_key(prompt("where is  order 77 of shop 10?"))
    assert template_key(one) != template_key(prompt("Where is invoice 123 of shop 9?"))


def test_answers_become_rows_without_any_text() -> None:
    plan = pl.DataFrame(
        {
            "query_key": ["a", "b"], "request_key": ["0a", "0b"], "stratum": ["s", "s"],
            "calls": [3, 1], "weight": [6.0, 2.0],
        }
    )  # fmt: skip
    frame = answered_frame(plan, [prompt(), prompt("secret words")], [written(), None], RULES)
    assert frame.columns == list(ANSWERED_COLUMNS)
    first, second = frame.iter_rows(named=True)
    assert first["accepted"] is True
    assert first["logprob_mean"] == pytest.approx(-0.2)
    assert first["calls"] == 3
    assert second["scorer"] == "failed"
    assert second["accepted"] is False
    assert second["must_escalate"] is True
    assert second["logprob_mean"] is None
    assert "secret" not in str(frame.to_dicts())
