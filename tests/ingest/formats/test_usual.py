"""Messages that are decoded at once read as the same messages do key by key."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.ingest.bodies import usual
from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.content import DATA_URI_CHARS, turns
from routeaudit.ingest.bodies.prompts import messages_row

FILE = "data:image/png;base64," + "A" * DATA_URI_CHARS
texts = st.sampled_from(
    ("Hello", "", " ", "[redacted]", "***", f"see {FILE}", '"x"', "[{}]", "é")
)
roles = st.sampled_from(
    ("system", "user", "human", "assistant", "Model", "tool", "", "developer")
)
parts = st.fixed_dictionaries(
    {"type": st.sampled_from(("text", "text", "text", "image")), "content": texts}
)
odd = st.dictionaries(st.sampled_from(("name", "tool_calls", "id")), texts, max_size=1)
messages = st.builds(
    lambda role, said, more: {"role": role, "parts": said, **more},
    roles, st.lists(parts, max_size=3), st.one_of(st.just({}), odd),
)  # fmt: skip
reasons = st.sampled_from(
    ({}, {"finish_reason": "stop"}, {"finish_reason": None}, {"finish_reason": ""})
)
answers = st.builds(lambda message, reason: {**message, **reason}, messages, reasons)
chats = st.builds(
    lambda role, content, more: {"role": role, "content": content, **more},
    roles, st.one_of(texts, st.none(), st.lists(parts, max_size=2)), st.one_of(st.just({}), odd),
)  # fmt: skip


@given(st.lists(messages, min_size=1, max_size=3))
def test_a_prompt_in_text_reads_as_the_same_prompt_in_objects(said: list[Any]) -> None:
    assert messages_row(orjson.dumps(said).decode()) == messages_row(said)


@given(st.lists(answers, min_size=1, max_size=2))
def test_an_answer_in_text_reads_as_the_same_answer_in_objects(said: list[Any]) -> None:
    text = orjson.dumps(said).decode()
    assert answer_row(text) == (answer_row(said) if _tells(said) else {"response_text": text})


def _tells(said: list[Any]) -> bool:
    return not {"response_text", "tool_calls", "redacted"}.isdisjoint(answer_row(said))


@given(st.lists(chats, min_size=1, max_size=3))
def test_a_chat_in_text_has_the_same_turns_as_in_objects(said: list[Any]) -> None:
    found = usual.chat(orjson.dumps(said).decode())
    assert found is None or turns(found) == turns(said)


def test_usual_messages_are_decoded_at_once() -> None:
    part = {"type": "text", "content": "Hello"}
    said = orjson.dumps([{"role": "user", "parts": [part, part]}]).decode()
    assert usual.said(said) == [("user", "Hello\nHello")]
    assert usual.answered(said) == ("HelloHello", None)
    chat = orjson.dumps([{"role": "user", "content": "Hello"}]).decode()
    assert usual.chat(chat) == ([{"role": "user", "content": "Hello"}], 0)


@pytest.mark.parametrize(
    "text", ["", "[]", "[{", "{}", "[{}]", '[{"role":"user"}]', "[{\ud800}]"]
)
def test_other_text_is_left_alone(text: str) -> None:
    assert usual.said(text) == []
    assert usual.answered(text) is None
    assert usual.chat(text) is None
