import numpy as np
import pytest

from routeaudit.stats.ranks import Ranked

MANY = 200_000  # so many are not sorted whole


def test_percentiles_lie_where_numpy_has_them() -> None:
    # 0, 10, ..., 100: the ranks are tenths, so the value at a share is 100 times the share.
    few = Ranked(np.arange(0.0, 101.0, 10.0)[::-1].copy())
    assert few.percentile(0.50) == 50.0
    assert few.percentile(0.95) == pytest.approx(95.0)


def test_what_is_unknown_is_left_out() -> None:
    few = Ranked(np.array([np.nan, 3.0, 1.0, np.nan, 2.0]))
    assert few.n == 3
    assert few.span(0, 2).tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(Ranked(np.array([np.nan])).percentile(0.5))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.95, 0.99, 1.0])
def test_of_many_they_are_exact_too(share: float) -> None:
    random = np.random.default_rng(3)
    times = random.lognormal(0.5, 0.6, MANY)
    times[random.random(MANY) < 0.1] = np.nan
    assert Ranked(times).percentile(share) == np.nanquantile(times, share)


def test_ties_and_one_value_for_all_make_no_difference() -> None:
    tied = np.repeat([1.0, 2.0], [MANY // 2 + 1, MANY // 2])
    assert Ranked(tied).span(MANY // 2, MANY // 2 + 1).tolist() == [1.0, 2.0]
    assert Ranked(np.full(MANY, 0.9)).percentile(0.99) == 0.9


def test_a_sample_that_keeps_step_with_the_rows_misleads_nobody() -> None:
    # Every 12th row, the step of the sample, is 0 and all others are 1: the sample sees zeros only.
    step = np.ones(MANY)
    step[::12] = 0.0
    assert Ranked(step).percentile(0.5) == 1.0


@pytest.mark.parametrize("count", [0, 1, MANY // 3, MANY])
def test_the_lowest_are_those_that_a_stable_sort_has_in_front(count: int) -> None:
    random = np.random.default_rng(4)
    lengths = np.floor(random.lognormal(3.0, 1.0, MANY))
    dice = np.floor(random.random(MANY) * 1_000)  # many are equal, of those the first is lower
    marked = Ranked(lengths).lowest(count)
    assert np.flatnonzero(marked).tolist() == sorted(
        np.argsort(lengths, kind="stable")[:count].tolist()
    )
    thrown = Ranked(lengths).lowest(count, dice)
    order = np.lexsort((np.arange(MANY), dice, lengths))
    assert np.flatnonzero(thrown).tolist() == sorted(order[:count].tolist())
