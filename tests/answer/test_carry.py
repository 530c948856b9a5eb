import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.answer.carry import carried, countable


def traffic() -> pl.DataFrame:
    rows: list[tuple[str | None, str, str]] = [
        (f"m{i % 40}", "moderation", "micro") for i in range(80)
    ]
    rows += [("odd", "code", "full"), (None, "moderation", "micro")]
    return pl.DataFrame(rows, schema=["query_key", "task", "tier"], orient="row")


def sample() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "query_key": ["m0", "m1", "m2"],
            "stratum": ["moderation / micro"] * 3,
            "cluster": ["t", "t", "u"],
            "confidence": [0.9, 0.4, None],
            "must_escalate": [False, False, True],
            "score": [1.0, 0.0, None],
            "written": [7, 9, None],
        },
        schema_overrides={"confidence": pl.Float64},
    )


def test_scores_stay_with_the_calls_that_were_answered() -> None:
    calls = traffic()
    told = calls.hstack(carried(calls, sample(), "mid", "replayed"))
    assert told.height == calls.height
    assert told.filter(query_key="m0")["score_mid"].to_list() == [1.0, 1.0]
    rest = told.filter(~pl.col("query_key").is_in(["m0", "m1", "m2"]))
    assert rest["score_mid"].null_count() == rest["written_mid"].null_count() == rest.height
    assert told.filter(query_key="m0")["written_mid"].to_list() == [7, 7]
    assert told.filter(query_key="m1")["answer_cluster"].to_list() == ["t", "t"]
    assert told.filter(query_key="odd")["answer_cluster"].to_list() == ["odd"]


def test_confidence_is_lent_within_a_stratum_and_escalates_elsewhere() -> None:
    calls = traffic()
    told = calls.hstack(carried(calls, sample(), "mid", "replayed"))
    others = told.filter((pl.col("task") == "moderation") & pl.col("score_mid").is_null())
    lent = set(others["confidence_mid"].to_list())
    assert lent <= {0.9, 0.4, None}
    assert len(lent) == 3  # 77 draws from three answers
    assert told.filter(query_key="odd")["confidence_mid"].to_list() == [None]
    assert told.filter(query_key="m0")["confidence_mid"].to_list() == [0.9, 0.9]


def test_lending_is_the_same_every_time() -> None:
    calls = traffic()
    first = carried(calls, sample(), "mid", "replayed")
    assert first.equals(carried(calls, sample(), "mid", "replayed"))


def test_a_stratum_that_was_sampled_more_does_not_count_more() -> None:
    # 400 prompts with 40 answers, 100 prompts with 40 answers: a tenth of each may count.
    answered = pl.DataFrame({"stratum": ["a"] * 40 + ["b"] * 40})
    strata = pl.DataFrame({"stratum": ["a", "b"], "prompts": [400, 100]})
    kept = countable(answered, strata, np.ones(80, bool))
    assert kept[:40].sum() == 40
    assert kept[40:].sum() == 10
    assert kept[40:50].all()


def test_what_was_fitted_on_never_counts() -> None:
    answered = pl.DataFrame({"stratum": ["a"] * 10})
    strata = pl.DataFrame({"stratum": ["a", "never seen"], "prompts": [10, 10]})
    tested = np.arange(10) % 2 == 0
    assert (countable(answered, strata, tested) == tested).all()


def test_a_stratum_that_was_hardly_scored_does_not_cost_the_others() -> None:
    # "b" is 5 % of the prompts and has one scored answer of 50: it is left out.
    answered = pl.DataFrame({"stratum": ["a"] * 95 + ["b"]})
    strata = pl.DataFrame({"stratum": ["a", "b"], "prompts": [950, 50]})
    kept = countable(answered, strata, np.ones(96, bool))
    assert kept.sum() == 95
    assert not kept[95]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60), st.integers(1, 500))
def test_what_counts_is_in_proportion(names: list[str], size: int) -> None:
    answered = pl.DataFrame({"stratum": names})
    prompts = {"a": 500, "b": size, "c": 90}
    strata = pl.DataFrame({"stratum": list(prompts), "prompts": list(prompts.values())})
    kept = answered.filter(countable(answered, strata, np.ones(len(names), bool)))
    counts = dict(kept["stratum"].value_counts().iter_rows())
    seen = {name: names.count(name) for name in set(names)}
    left = [name for name in seen if counts.get(name, 0)]
    rate = min((seen[name] / prompts[name] for name in left), default=0)
    assert all(counts[name] <= rate * prompts[name] + 1e-6 for name in left)
