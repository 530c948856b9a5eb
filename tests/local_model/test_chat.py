from pathlib import Path

import pytest

from routeaudit.errors import ModelError
from routeaudit.local_model.chat import Turn, render_around_query
from routeaudit.local_model.gguf_header import GgufHeader

pytest.importorskip("jinja2", reason="chat templates need the llama extra")

TURNS = [Turn("user", "Which letter?\n{here}\nLetter:")]


def header(template: str | None) -> GgufHeader:
    return GgufHeader(
        file=Path("some.gguf"),
        size_bytes=0,
        architecture="llama",
        title=None,
        context_tokens=None,
        chat_template=template,
        start_text="<s>",
        end_text="</s>",
        n_weights=0,
        quantisation="none",
        metadata={},
    )


def test_the_query_gets_its_place_in_the_files_own_template() -> None:
    template = (
        "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m['content'] }}{% endfor %}"
    )
    rendered = render_around_query(header(template), TURNS, place="{here}")
    assert rendered.head == "<s>[user] Which letter?\n"
    assert rendered.tail == "\nLetter:"


def test_the_answer_is_asked_for() -> None:
    template = "{{ messages[0].content }}{% if add_generation_prompt %}<model>{% endif %}"
    assert render_around_query(header(template), TURNS, place="{here}").tail.endswith("<model>")


def test_a_file_without_a_template_is_refused() -> None:
    with pytest.raises(ModelError, match="has no chat template") as caught:
        render_around_query(header(None), TURNS, place="{here}")
    assert "-instruct" in caught.value.hint


def test_what_a_template_refuses_is_said() -> None:
    template = "{{ raise_exception('System role not supported') }}"
    with pytest.raises(ModelError, match="refuses the prompt") as caught:
        render_around_query(header(template), TURNS, place="{here}")
    assert caught.value.hint == "System role not supported"


def test_a_broken_template_is_refused() -> None:
    with pytest.raises(ModelError, match="refuses the prompt"):
        render_around_query(header("{% if %}"), TURNS, place="{here}")


def test_a_template_cannot_reach_out_of_its_sandbox() -> None:
    escape = "{{ messages.__class__.__mro__[1].__subclasses__() }}"
    with pytest.raises(ModelError, match="refuses the prompt"):
        render_around_query(header(escape), TURNS, place="{here}")


@pytest.mark.parametrize("template", ["hello", "{{ messages[0].content * 2 }}"])
def test_a_template_that_drops_or_doubles_the_request_is_refused(template: str) -> None:
    with pytest.raises(ModelError, match="does not show the request"):
        render_around_query(header(template), TURNS, place="{here}")
