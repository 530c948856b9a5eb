"""Calls are drawn fairly, each at most once, in an order whose every beginning is spread."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.classify.budget import sampled_calls
from routeaudit.classify.timed import spread_calls


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(0, 2**16))
def test_the_spreading_order_holds_each_call_once(calls: list[int], seed: int) -> None:
    turns = spread_calls(np.array(calls), seed=seed)
    assert np.bincount(turns, minlength=len(calls)).tolist() == calls


def test_the_first_n_of_the_spreading_order_are_spread_evenly() -> None:
    # Of 1,024 queries the first 64 lie 16 apart, whatever the start.
    ones = np.ones(1_024, dtype=np.int64)
    for seed in range(5):
        first = np.sort(spread_calls(ones, seed=seed)[:64])
        assert set(np.diff(first)) == {16}


def test_each_call_is_as_likely_as_any_other_to_be_among_the_first() -> None:
    # 3 of 8 calls: each should come in 3/8 of 4,000 draws, give or take 4 standard errors.
    ones = np.ones(8, dtype=np.int64)
    seen = np.bincount(
        np.concatenate([spread_calls(ones, seed=seed)[:3] for seed in range(4_000)])
    )
    assert np.abs(seen / 4_000 - 3 / 8).max() < 4 * np.sqrt(3 / 8 * 5 / 8 / 4_000)


def test_a_frequent_query_is_drawn_as_often_as_its_calls_say() -> None:
    # 90 of 100 calls are one query: every tenth call is 9 of it and 1 of the others.
    calls = np.array([90] + [1] * 10)
    drawn = sampled_calls(calls, 10, seed=3)
    assert len(drawn) == 10
    assert (drawn == 0).sum() == 9


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=30),
    st.integers(1, 60),
    st.integers(0, 2**16),
)
def test_a_draw_never_takes_a_call_twice(calls: list[int], n: int, seed: int) -> None:
    counts = np.array(calls)
    drawn = np.bincount(sampled_calls(counts, n, seed=seed), minlength=len(calls))
    assert (drawn <= counts).all()
    assert drawn.sum() == min(n, counts.sum())
