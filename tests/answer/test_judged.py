from pathlib import Path

import polars as pl
import pytest

from routeaudit.answer.judge import (
    PART_CHARS,
    Shown,
    add_judged,
    not_worse,
    pair_text,
    read_judged,
)
from routeaudit.answer.judged import judge_shown, with_judged
from routeaudit.errors import InputError

# A: first better, B: second better, C: as good.
FIRST, SECOND, EVEN = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]


@pytest.mark.parametrize(
    ("own_first", "own_second", "accepted"),
    [
        (FIRST, SECOND, True),  # its own is better both times
        (EVEN, EVEN, True),  # a tie is acceptable
        (FIRST, EVEN, True),
        (SECOND, FIRST, False),  # the logged one is better both times
        (FIRST, FIRST, False),  # whatever comes first wins: no verdict for it
        (SECOND, SECOND, False),
        (EVEN, FIRST, False),
    ],
)
def test_an_answer_must_not_be_worse_in_either_order(
    own_first: list[float], own_second: list[float], *, accepted: bool
) -> None:
    assert not_worse(own_first, own_second) is accepted


def test_both_orders_hold_the_same_words() -> None:
    row = Shown("k", "asked", "logged", "own")
    one, other = pair_text(row, own_first=True), pair_text(row, own_first=False)
    assert one.index("own") < one.index("logged")
    assert other.index("logged") < other.index("own")
    assert sorted(one.split()) == sorted(other.split())
    long = pair_text(row._replace(asked="x" * 9_000), own_first=True)
    assert len(long) < PART_CHARS + 200


def test_verdicts_are_kept_by_judge(tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    assert read_judged(file) == {}
    add_judged(file, "a", "q1", accepted=True)
    add_judged(file, "b", "q1", accepted=False)
    assert read_judged(file, "a") == {"q1": True}
    assert read_judged(file) == {"q1": False}
    file.write_text("[]")
    with pytest.raises(InputError, match="line 1"):
        read_judged(file)


def test_the_judge_decides_only_what_no_scorer_could() -> None:
    frame = pl.DataFrame(
        {"query_key": ["a", "b", "c"], "scorer": ["label", "ROUGE-L", "ROUGE-L"],
         "accepted": [True, None, None]}
    )  # fmt: skip
    told = with_judged(frame, {"a": False, "b": False})
    assert told["accepted"].to_list() == [True, False, None]
    assert told["scorer"].to_list() == ["label", "judge", "ROUGE-L"]
    assert with_judged(frame, {}).equals(frame)


def test_a_judge_is_held_against_people() -> None:
    # People: 80 good, 20 bad. The judge accepts 72 of the good ones and 5 of the bad ones,
    # and of 100 more answers that nobody else saw it accepts 77.
    judged, labels = {}, {}
    for i in range(100):
        good = i < 80
        labels[f"h{i}"] = "good" if good else "bad"
        judged[f"h{i}"] = i < 72 if good else i < 85
    judged |= {f"n{i}": i < 77 for i in range(100)}
    told = judge_shown(("one",), judged, labels | {"n0": "skip"})
    assert told is not None
    assert told.labelled == 100
    assert told.accepted == pytest.approx(0.77)
    assert told.sensitivity == pytest.approx(0.9)  # 72 of 80
    assert told.specificity == pytest.approx(0.75)  # 15 of 20
    assert told.rogan_gladen == pytest.approx((0.77 + 0.75 - 1) / 0.65)  # = .8, the truth
    assert told.corrected == pytest.approx(0.8)  # below 200 labels: the labels alone


def test_a_judge_without_people_is_taken_at_its_word_and_says_so() -> None:
    told = judge_shown(("one",), {"a": True, "b": False}, {})
    assert told is not None
    assert told.sensitivity is None
    assert told.corrected is None
    assert "100" in told.note
    assert judge_shown(("one",), {}, {"a": "good"}) is None
