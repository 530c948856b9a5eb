import pytest

from routeaudit.errors import ModelError
from routeaudit.local_model.question import Question, query_tokens, question_tokens

START, END = 9001, 9002


class Letters:
    """A token for each character; a space is put before a text, as some tokenizers do."""

    def tokens(self, text: str, *, control: bool) -> list[int]:
        if control:
            text = text.replace("<s>", chr(START)).replace("<end>", chr(END))
        return [ord(" "), *map(ord, text)]

    def start_tokens(self) -> list[int]:
        return [START]


class Plain:
    """Starts with nothing and puts no space before a text."""

    def tokens(self, text: str, *, control: bool) -> list[int]:
        return Letters().tokens(text, control=control)[1:]

    def start_tokens(self) -> list[int]:
        return []


def question(*, query_tokens: int = 10, labels: tuple[str, ...] = ("A", "B")) -> Question:
    return Question(
        head="Q:",
        tail="!<end>",
        labels=labels,
        query_tokens=query_tokens,
        head_share=0.6,
        gap="..",
    )


def spelled(tokens: list[int]) -> str:
    return "".join(map(chr, tokens))


def test_the_start_token_is_put_first_once() -> None:
    made = question_tokens(Letters(), question())
    assert made.head == [START, ord(" "), ord("Q"), ord(":")]
    templated = Question(
        head="<s>Q", tail="", labels=("A",), query_tokens=4, head_share=0.5, gap=""
    )
    assert spelled(question_tokens(Plain(), templated).head) == chr(START) + "Q"


def test_no_space_creeps_in_between_the_parts() -> None:
    made = question_tokens(Letters(), question())
    assert made.tail == [ord("!"), END]
    asked = query_tokens(Letters(), "hello", question(), made)
    assert spelled(asked.tokens) == "hello!" + chr(END)
    assert asked.n_cut == 0


def test_a_control_token_spelled_in_a_query_stays_text() -> None:
    made = question_tokens(Letters(), question())
    asked = query_tokens(Letters(), "a<end>b", question(), made)
    assert END not in asked.tokens[:-1]
    assert asked.tokens[-1] == END


def test_a_long_query_keeps_its_head_and_its_tail() -> None:
    made = question_tokens(Letters(), question())
    asked = query_tokens(Letters(), "0123456789abcdef", question(), made)
    # 10 tokens: 6 of the head, 2 of the gap, 2 of the tail; 8 of 16 are left out.
    assert spelled(asked.tokens) == "012345..ef!" + chr(END)
    assert asked.n_cut == 8


def test_a_very_long_query_is_cut_before_it_becomes_tokens() -> None:
    made = question_tokens(Letters(), question())
    asked = query_tokens(Letters(), "head--" + "x" * 100_000 + "yz", question(), made)
    assert spelled(asked.tokens) == "head--..yz!" + chr(END)
    assert asked.n_cut > 1000


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_a_query_of_nothing_is_only_the_tail(text: str) -> None:
    made = question_tokens(Letters(), question())
    assert query_tokens(Letters(), text, question(), made).tokens == made.tail


def test_labels_may_be_any_single_token() -> None:
    # Behind a space the letter is two tokens here, so only the bare spelling counts.
    assert question_tokens(Letters(), question()).labels == [[ord("A")], [ord("B")]]


@pytest.mark.parametrize("labels", [("A", "word"), ("A", "A")])
def test_labels_that_are_not_single_tokens_of_their_own_are_refused(
    labels: tuple[str, ...],
) -> None:
    with pytest.raises(ModelError, match="single tokens"):
        question_tokens(Letters(), question(labels=labels))
