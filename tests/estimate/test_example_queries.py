import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.estimate.example_queries import LONGEST, PER_TASK, ExampleQueries

TASKS = ("code", "extraction", None)


def calls(texts: list[str | None]) -> pl.DataFrame:
    n = len(texts)
    return pl.DataFrame(
        {
            "task": [TASKS[i % 3] for i in range(n)], "model": ["gpt-4o"] * n,
            "p_simple": [0.5] * n, "query": texts, "query_key": texts,
        },
        schema_overrides={"task": pl.String, "query": pl.String, "query_key": pl.String},
    )  # fmt: skip


def kept(frames: list[pl.DataFrame], *, asked: bool = True) -> list[str]:
    examples = ExampleQueries(seed=0, asked=asked)
    for frame in frames:
        examples.add(frame)
    return [example.query for example in examples.examples()]


def test_nothing_is_kept_unless_it_was_asked_for() -> None:
    assert kept([calls(["secret"] * 30)], asked=False) == []


def test_a_few_of_each_task_are_kept_and_long_ones_are_cut() -> None:
    texts: list[str | None] = [f"{n} " + "x" * 10_000 for n in range(60)]
    found = kept([calls(texts)])
    assert len(found) == PER_TASK * len(TASKS)
    assert {len(query) for query in found} == {LONGEST}


def test_a_call_without_text_is_passed_over() -> None:
    assert kept([calls([None, "a", None])]) == ["a"]


@given(st.integers(1, 59))
def test_the_choice_does_not_depend_on_the_batches(cut: int) -> None:
    whole = calls([f"query {n}" for n in range(60)])
    assert kept([whole[:cut], whole[cut:]]) == kept([whole])
