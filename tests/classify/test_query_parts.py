from hypothesis import given, settings
from hypothesis import strategies as st

from routeaudit.classify.grams import grams
from routeaudit.classify.parts import MARKS, marked, parts_of


def test_a_transcript_is_cut_at_its_turns() -> None:
    parts = parts_of("System: Be kind.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: What is tea?")
    assert parts.system == "Be kind."
    assert parts.context == "Hi\n\nAssistant: Hello"
    assert parts.head == "What is tea?"
    assert {"system_prompt", "earlier_turns", "ends_with_question"} <= set(parts.flags)


def test_a_system_prompt_without_a_user_turn_is_what_is_asked() -> None:
    assert parts_of("System: Translate to German.").head == "Translate to German."


def test_the_request_is_told_from_the_pasted_text_on_either_side() -> None:
    pasted = "one line\nanother line\na third line"
    before = parts_of(f"Summarise this.\n\n{pasted}")
    after = parts_of(f"{pasted}\n\nSummarise this.")
    assert (before.head.strip(), after.tail) == ("Summarise this.", "Summarise this.")
    assert "payload" in before.flags
    assert "payload" in after.flags


def test_a_line_that_only_says_where_the_answer_goes_is_dropped() -> None:
    parts = parts_of("Is this spam?\nBuy now!\nIt is cheap.\nAnswer:")
    assert parts.tail == "It is cheap."
    assert "answer_cue" in parts.flags


def test_the_question_of_a_multiple_choice_stands_before_its_options() -> None:
    parts = parts_of(
        "It rained all day in the town.\nThe sun came.\nWhat is wet?\n(A) street\n(B) sun\n(C) moon"
    )
    assert parts.tail == "What is wet?"
    assert parts.body == "The sun came.\n(A) street\n(B) sun\n(C) moon"


def test_code_is_flagged_by_its_signs() -> None:
    code = "def f(x):\n    return x == 1 and g(x)\nself.y = 3"
    assert "code" in parts_of(code).flags
    assert "code" not in parts_of("How do I import wine into Norway?").flags


def test_long_texts_are_cut_so_that_length_does_not_decide() -> None:
    long = "Summarise.\n" + "word " * 10_000 + "\nThanks."
    assert len(marked(long)) < 1_000


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=400))
def test_every_token_belongs_to_a_part_and_lies_inside_the_text(text: str) -> None:
    one = marked(text)
    found = grams([one])
    assert one[0] in MARKS
    assert ((found.part >= 0) & (found.part < len(MARKS))).all()
    assert (found.start + found.length <= len(one)).all()


def test_hashes_of_a_batch_are_those_of_its_texts() -> None:
    texts = [marked("What is tea?"), marked("翻译成英文 你好"), marked("a\nb\n\nc 12 345")]
    together = grams(texts)
    for number, text in enumerate(texts):
        alone = grams([text])
        assert (together.hashes[together.query == number] == alone.hashes).all()


def test_digits_count_by_their_number_only() -> None:
    assert (grams([marked("pay 12 now")]).hashes == grams([marked("pay 98 now")]).hashes).all()
