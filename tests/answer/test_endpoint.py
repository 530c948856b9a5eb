"""An endpoint as judge, against a real HTTP server on the loopback address."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from routeaudit.answer.endpoint import Endpoint, NoReplyError
from routeaudit.answer.endpoint_judge import EndpointJudge, letter_of
from routeaudit.answer.judge import Shown
from routeaudit.answer.settings import JudgeSettings
from routeaudit.errors import ConfigError, ModelError
from tests.answer.fake_endpoint import Answer, Seen, endpoint, refuses, says

KEY = "sk-very-secret"
ROWS = [Shown(f"q{n}", f"asked {n}", f"logged {n}", f"own {n}") for n in range(6)]


def asking(url: str, **more: Any) -> Endpoint:
    """Ask without ever sleeping."""
    given: dict[str, Any] = {
        "endpoint": url,
        "endpoint_llm": "big",
        "attempts": 3,
        "timeout_s": 5.0,
    } | more
    one = Endpoint.of(JudgeSettings(**given), {"MY_KEY": KEY})
    return replace(one, wait=lambda _: None)


def fair(seen: Seen) -> Answer:
    """Prefer the logged answer to request 1, whichever is first; call all others equal."""
    if "asked 1" not in seen.text:
        return says("C")
    return says("A" if seen.text.index("logged 1") < seen.text.index("own 1") else "B")


def test_each_answer_is_judged_in_both_orders() -> None:
    with endpoint(fair) as server:
        judge = EndpointJudge(asking(server.url, key_env="MY_KEY"), at_once=2)
        verdicts = {row.query_key: accepted for row, accepted in judge.judged(ROWS)}
    assert verdicts == {row.query_key: row.query_key != "q1" for row in ROWS}
    assert len(server.seen) == 2 * len(ROWS)
    assert {one.path for one in server.seen} == {"/v1/chat/completions"}
    assert {one.key for one in server.seen} == {f"Bearer {KEY}"}
    assert server.seen[0].body["model"] == "big"
    assert server.seen[0].body["temperature"] == 0


def test_whoever_always_names_the_first_answer_accepts_nothing() -> None:
    with endpoint(lambda _: says("A")) as server:
        judge = EndpointJudge(asking(server.url), at_once=4)
        assert not any(accepted for _, accepted in judge.judged(ROWS))
    assert {one.key for one in server.seen} == {None}  # no key is sent unless one is named


@pytest.mark.parametrize(
    ("said", "letter"),
    [
        ("B", "B"), ("**c**", "C"), ("Letter: A", "A"), ("The answer is B.", "B"), ("(A)", "A"),
        ("C: both are equal", "C"), ("C\n\nBoth are equal.", "C"), ("A - the first", "A"),
        ("<think>A or B?</think>\n\nC", "C"),
        ("A good answer", None), ("AB", None), ("D", None), ("", None), ("neither", None),
    ],
)  # fmt: skip
def test_only_a_letter_is_a_verdict(said: str, letter: str | None) -> None:
    assert letter_of(said) == letter


def test_what_may_pass_is_asked_again_after_the_pause_that_was_asked_for() -> None:
    replies = [refuses(429, headers={"Retry-After": "7"}), refuses(503), says("C")]
    pauses: list[float] = []
    with endpoint(lambda _: replies.pop(0)) as server:
        one = replace(asking(server.url), wait=pauses.append)
        assert one.reply("x") == "C"
    assert pauses == [7.0, 2.0]


def test_a_reply_that_never_comes_leaves_the_answer_out() -> None:
    def silent(_: Seen) -> Answer:
        time.sleep(0.3)
        return says("C")

    with endpoint(silent) as server:
        one = asking(server.url, timeout_s=0.1, attempts=2)
        with pytest.raises(NoReplyError, match="no answer in time"):
            one.reply("x")
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(body=b"<html>"), "no JSON"),
        (Answer(body=b"{}"), "no chat completion"),
        (refuses(500), "status 500"),
        (refuses(529), "status 529"),
        (refuses(400, code="content_filter"), r"status 400 \(content_filter\)"),
    ],
)
def test_an_answer_without_a_reply_says_why(answer: Answer, reason: str) -> None:
    with endpoint(lambda _: answer) as server, pytest.raises(NoReplyError, match=reason):
        asking(server.url).reply("x")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            refuses(401, code="invalid_api_key", message=f"wrong key {KEY}"),
            "key is not accepted",
        ),
        (refuses(404, code="model_not_found"), "no such model"),
        (Answer(302, headers={"Location": "http://elsewhere.example/v1"}), "sends elsewhere"),
    ],
)
def test_where_no_question_can_fare_better_it_ends_at_once(answer: Answer, reason: str) -> None:
    with endpoint(lambda _: answer) as server:
        judge = EndpointJudge(asking(server.url, key_env="MY_KEY"), at_once=1)
        with pytest.raises(ModelError, match=reason) as caught:
            list(judge.judged(ROWS))
    assert len(server.seen) == 1
    assert KEY not in f"{caught.value} {caught.value.hint}"


def test_five_answers_in_a_row_without_a_verdict_end_it_and_the_rest_is_kept() -> None:
    def mumbles(seen: Seen) -> Answer:
        return says("C" if "asked 0" in seen.text else "hard to say")

    with endpoint(mumbles) as server:
        judged = EndpointJudge(asking(server.url), at_once=1).judged(ROWS)
        assert next(judged) == (ROWS[0], True)
        with pytest.raises(ModelError, match="none of A, B and C"):
            list(judged)


def test_where_nobody_listens_the_cause_is_named() -> None:
    with endpoint(lambda _: says("C")) as server:
        gone = server.url
    with pytest.raises(NoReplyError, match="refused"):
        asking(gone).reply("x")


def test_a_model_that_thinks_is_given_room() -> None:
    def thinker(seen: Seen) -> Answer:
        if "max_tokens" in seen.body:
            return refuses(400, code="unsupported_parameter", param="max_tokens")
        return says("B")

    with endpoint(thinker) as server:
        one = asking(server.url, attempts=1)
        assert one.reply("x") == "B"
        assert one.reply("y") == "B"
    assert len(server.seen) == 3  # it is told once
    assert server.seen[-1].body["max_completion_tokens"] == 2_048
    assert "temperature" not in server.seen[-1].body


def test_the_key_is_shown_nowhere() -> None:
    one = asking("https://judge.example/v1", key_env="MY_KEY")
    assert one.key == KEY
    assert KEY not in repr(one)
    assert EndpointJudge(one, at_once=1).name == "big at judge.example"


def settings(**given: Any) -> Callable[[], object]:
    return lambda: JudgeSettings(**given)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (settings(endpoint="judge.example/v1", endpoint_llm="big"), "no http address"),
        (settings(endpoint="file:///etc/passwd", endpoint_llm="big"), "no http address"),
        (settings(endpoint="https://me:word@judge.example", endpoint_llm="b"), "no password"),
        (settings(endpoint="https://judge.example/v1"), "which model"),
        (lambda: asking("https://judge.example/v1", key_env="NO_SUCH"), "NO_SUCH holds no key"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(
    make: Callable[[], object], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason) as caught:
        make()
    assert "me:word" not in str(caught.value)
