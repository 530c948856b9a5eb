"""Pairs written by hand; every figure is worked out beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.answer.scorers import Pair, Rules, Score, decided_by, score, scorer_for
from routeaudit.answer.scorers.exact import (
    bare_number,
    only_number,
    score_label,
    score_number,
)
from routeaudit.answer.scorers.json_fields import score_json
from routeaudit.answer.scorers.overlap import rouge_l, score_chrf, score_rouge, token_f1
from routeaudit.errors import ConfigError

RULES = Rules()
TEXTS = st.text(max_size=60)


def scored(task: str, logged: str, answer: str, rules: Rules = RULES) -> Score:
    return score(Pair(task, logged, answer), rules)


@pytest.mark.parametrize(
    ("logged", "answer", "same"),
    [
        ("billing", 'Label: "Billing".', True),
        ("no_action", "No action", True),
        ("product_safety", "product-safety!", True),
        ("yes", "Y", True),
        ("False", "no", True),
        ("billing", "account", False),
        ("positive", "not positive", False),
        ("ﬁt", "FIT", True),  # NFKC takes ligatures apart
        ("billing", "The answer is billing", True),
    ],
)
def test_labels(logged: str, answer: str, *, same: bool) -> None:
    assert scored("classification", logged, answer).accepted is same


def test_other_spellings_of_a_label_can_be_named() -> None:
    rules = Rules(aliases={"de": "german", "deutsch": "german"})
    assert scored("classification", "de", "Deutsch", rules).accepted
    assert scored("classification", "german", "DE", rules).accepted
    assert not scored("classification", "de", "nl", rules).accepted


@pytest.mark.parametrize(
    ("logged", "answer", "same"),
    [
        ("42", "42.0", True),
        ("1,234.50", "The total is 1234.5 EUR.", True),
        ("$3", "3", True),
        ("12 %", "12%", True),
        ("1000000", "1000000.5", True),  # 5e-7 apart
        ("42", "43", False),
        ("42", "42 of 50", False),  # two numbers: which is the answer?
        ("42", "forty-two", False),
        ("-3", "\N{MINUS SIGN}3", True),
    ],
)
def test_numbers(logged: str, answer: str, *, same: bool) -> None:
    assert score_number(Pair("extraction", logged, answer), RULES).accepted is same


def test_a_bare_number_is_all_there_is() -> None:
    assert bare_number(" €1,000.25 ") == 1000.25
    assert bare_number("room 12") is None
    assert bare_number("1.2.3") is None
    assert only_number("7, that is 7.0") == 7


@pytest.mark.parametrize(
    ("logged", "answer", "value"),
    [
        ('{"a": 1, "b": "X"}', '```json\n{"b": " x ", "a": 1.0}\n```', 1.0),
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 3}', 0.5),  # 1 of 2 both ways
        ('{"a": 1}', '{"a": 1, "b": 2}', 2 / 3),  # precision 1/2, recall 1
        ('{"tags": ["x", "y"]}', '{"tags": ["y", "x"]}', 1.0),  # no order
        ('{"l": [{"a": 1}, {"a": 2}]}', '{"l": [{"a": 2}, {"a": 1}]}', 0.0),  # an order
        ('{"a": true}', '{"a": 1}', 0.0),
        ('{"a": null}', '{"a": null, "b": {}}', 2 / 3),
        ('{"a": 1}', "a is 1", 0.0),
        ("[]", '{"a": []}', 0.0),
        ("{}", "{}", 1.0),
    ],
)
def test_json_fields(logged: str, answer: str, value: float) -> None:
    found = score_json(Pair("extraction", logged, answer), RULES)
    assert found.value == pytest.approx(value)
    assert found.accepted is (value >= 0.9)


def test_an_answer_that_breaks_the_schema_is_refused() -> None:
    rules = Rules(json_schema={"type": "object", "required": ["a"]})
    pair = Pair("extraction", '{"a": 1}', '{"a": 1}')
    assert score_json(pair, rules).accepted
    assert not score_json(pair._replace(answer='{"b": 1}'), rules).accepted
    with pytest.raises(ConfigError, match="schema is wrong"):
        score_json(pair, Rules(json_schema={"type": "nothing"}))


def test_json_that_was_asked_for_but_not_logged_is_undecided() -> None:
    pair = Pair("extraction", "sorry, no", '{"a": 1}', "json_object")
    assert score(pair, RULES) == Score("json fields", None, None)


def test_token_f1_counts_shared_words_without_articles() -> None:
    # wanted: red fox ran; got: fox ran home today -> 2 shared of 3 and 4: 2*2/7
    assert token_f1("The red fox ran", "a fox ran home today") == pytest.approx(4 / 7)
    assert token_f1("", "the") == 1.0
    assert token_f1("x", "") == 0.0


def test_another_number_is_another_answer() -> None:
    logged = "The order ships from Rotterdam on Monday 12 October"
    found = scored(
        "structured_qa", logged, "The order ships from Rotterdam on Monday 13 October"
    )
    assert found.value == pytest.approx(7 / 8)
    assert found.accepted is False
    assert scored("structured_qa", logged, logged.replace("The ", "") + "!").accepted


def test_rouge_is_the_longest_common_subsequence() -> None:
    # police killed the gunman / police kill the gunman: 3 in order of 4 and 4
    assert rouge_l("police killed the gunman", "police kill the gunman") == pytest.approx(3 / 4)
    # the gunman kill police: only two stand in the same order
    assert rouge_l("police killed the gunman", "the gunman kill police") == pytest.approx(2 / 4)
    assert rouge_l("", "") == 1.0
    assert score_rouge(Pair("summarization", "a b", "a c"), RULES).accepted is None


def test_chrf_accepts_refuses_and_leaves_the_middle() -> None:
    pair = Pair("translation", "Der Zug kommt um acht Uhr an.", "Der Zug kommt um acht an.")
    good = score_chrf(pair, RULES)
    assert good.accepted is True
    assert score_chrf(pair._replace(answer="The cat"), RULES).accepted is False
    assert good.value is not None
    strict = Rules(chrf_accept=good.value + 0.01)
    assert score_chrf(pair, strict).accepted is None


@pytest.mark.parametrize(
    ("task", "logged", "name"),
    [
        ("classification", "billing", "label"),
        ("moderation", "not allowed", "label"),
        ("validation_formatting", "Yes", "label"),
        ("structured_qa", "17", "number"),
        ("extraction", '{"a": 1}', "json fields"),
        ("structured_qa", "In Rotterdam, on the quay", "token F1"),
        ("translation", "Guten Morgen", "chrF"),
        ("summarization", "The two sides agreed.", "ROUGE-L"),
        ("creative_writing", "Roses are red.", "ROUGE-L"),
        ("classification", "This message is about the third invoice in a row", "ROUGE-L"),
    ],
)
def test_the_scorer_fits_the_work(task: str, logged: str, name: str) -> None:
    found = scorer_for(Pair(task, logged, "else"))(Pair(task, logged, "else"), RULES)
    assert found.scorer == name


def test_some_answers_need_no_scorer() -> None:
    assert scored("summarization", "Same  words", "same words") == Score(
        "identical", 1.0, accepted=True
    )
    assert scored("summarization", "words", " ") == Score("empty", 0.0, accepted=False)
    assert scored("summarization", "", "words") == Score("no logged answer", None, None)


def test_the_share_decided_by_each_step_is_counted() -> None:
    scores = [
        scored("classification", "a", "b"),
        scored("classification", "a", "Label: a"),
        scored("summarization", "one two", "two one"),
    ]
    assert decided_by(scores) == {"label": (2, 2), "ROUGE-L": (1, 0)}


@given(TEXTS, TEXTS)
def test_scores_lie_between_nothing_and_everything(logged: str, answer: str) -> None:
    for task in ("classification", "extraction", "summarization", "structured_qa"):
        value = scored(task, logged, answer).value
        assert value is None or 0 <= value <= 1


@given(TEXTS)
def test_the_same_answer_is_always_accepted(text: str) -> None:
    found = scored("summarization", text, text)
    assert found.accepted is True or not text.strip()


@given(TEXTS, TEXTS)
def test_overlap_has_no_direction(left: str, right: str) -> None:
    assert rouge_l(left, right) == pytest.approx(rouge_l(right, left))
    assert token_f1(left, right) == pytest.approx(token_f1(right, left))


@given(TEXTS)
def test_a_label_is_itself(text: str) -> None:
    assert score_label(Pair("classification", text, text), RULES).accepted is True
