"""Which answers a person is shown first."""

import polars as pl

from routeaudit.answer.labels import in_order

PROMPTS = {"a": 400, "b": 100, "c": 100}


def answers() -> pl.DataFrame:
    """Stratum a: 2 decided, 4 open; b: 2 open; c: 1 decided, 1 open, 1 never served."""
    rows = [
        ("a1", "a", True, False), ("a2", "a", False, False), ("a3", "a", None, False),
        ("b1", "b", None, False), ("a4", "a", None, False), ("c1", "c", None, True),
        ("c2", "c", None, False), ("b2", "b", None, False), ("c3", "c", True, False),
        ("a5", "a", None, False), ("a6", "a", None, False),
    ]  # fmt: skip
    columns = {
        "query_key": pl.String, "stratum": pl.String, "accepted": pl.Boolean,
        "must_escalate": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row")


def order(labels: dict[str, str] | None = None, judged: dict[str, bool] | None = None) -> str:
    shown = in_order(answers(), PROMPTS, labels or {}, judged or {})
    return " ".join(shown["query_key"])


def test_the_stratum_that_lies_furthest_behind_comes_first() -> None:
    # Decided shares once each is told: a3 3/400, a4 4/400, b1 1/100, a5 5/400, a6 6/400,
    # b2 2/100 and c2 2/100; then what a scorer decided already.
    assert order() == "a3 b1 a4 a5 a6 c2 b2 a1 a2 c3"


def test_what_is_labelled_is_not_shown_again_and_moves_its_stratum_on() -> None:
    # b1 is told: b2 would be the second of its hundred, as before; a3 was skipped.
    assert order({"b1": "good", "a3": "skip"}) == "a4 a5 a6 c2 b2 a1 a2 c3"


def test_what_a_judge_decided_comes_after_what_nobody_did() -> None:
    # Without a3 the next of a is its third: a4 3/400, then b1 and a5 at a hundredth.
    assert order(judged={"a3": True, "c2": False}) == "a4 b1 a5 a6 b2 a3 c2 a1 a2 c3"


def test_an_answer_that_can_never_be_served_needs_no_person() -> None:
    assert "c1" not in order()
