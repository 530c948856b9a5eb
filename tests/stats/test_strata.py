import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.stats import strata
from routeaudit.stats.binomial import Verdict, clopper_pearson
from routeaudit.stats.strata import Strata


def of(traffic: list[int], scored: list[int], failures: list[int]) -> Strata:
    return Strata(
        traffic=np.array(traffic), scored=np.array(scored), failures=np.array(failures)
    )


def test_two_strata_count_by_their_traffic() -> None:
    found = strata.stratified_rate(of([900_000, 100_000], [100, 100], [2, 50]))
    assert found is not None
    assert found.rate == pytest.approx(0.9 * 0.02 + 0.1 * 0.5)
    # pt = 2.5/101 and 50.5/101; V = sum W^2 pt (1 - pt) / 99 * (1 - 100/N)
    first, second = 2.5 / 101, 0.5
    variance = 0.81 * first * (1 - first) / 99 * (1 - 100 / 900_000)
    variance += 0.01 * second * (1 - second) / 99 * (1 - 100 / 100_000)
    assert found.effective_n == pytest.approx(0.068 * 0.932 / variance)
    expected = clopper_pearson(0.068 * found.effective_n, found.effective_n)
    assert found.interval() == expected


def test_without_a_failure_the_thinnest_stratum_decides() -> None:
    found = strata.stratified_rate(of([900, 100], [10, 90], [0, 0]))
    assert found is not None
    # ten answers speak for nine tenths: worth 10 / .9
    assert found.effective_n == pytest.approx(10 / 0.9)
    assert found.judge(0.05).verdict == Verdict.INCONCLUSIVE
    plain = strata.stratified_rate(of([10_000], [59], [0]))
    assert plain is not None
    assert plain.judge(0.05).verdict == Verdict.PASS


def test_an_unscored_stratum_is_not_estimated() -> None:
    found = strata.stratified_rate(of([600, 400], [50, 0], [5, 0]))
    assert found is not None
    assert (found.rate, found.covered) == (0.1, 0.6)
    assert strata.stratified_rate(of([600], [0], [0])) is None
    assert strata.stratified_rate(of([0], [5], [1])) is None


def test_one_answer_alone_estimates_nothing() -> None:
    found = strata.stratified_rate(of([500, 500], [1, 200], [1, 2]))
    assert found is not None
    assert (found.rate, found.covered) == (0.01, 0.5)


def test_the_interval_covers_the_truth_of_three_uneven_strata() -> None:
    rng = np.random.default_rng(4)
    traffic, rates = np.array([70_000, 20_000, 10_000]), np.array([0.02, 0.05, 0.2])
    truth = float(traffic @ rates) / 100_000
    scored = strata.allocate(traffic, rates, 600)
    covered = 0
    for _ in range(400):
        found = strata.stratified_rate(
            Strata(traffic=traffic, scored=scored, failures=rng.binomial(scored, rates))
        )
        assert found is not None
        low, high = found.interval()
        covered += low <= truth <= high
    assert covered / 400 >= 0.93


def test_neyman_asks_by_size_times_spread() -> None:
    # sqrt(.5 * .5) = .5, sqrt(.1 * .9) = .3: floors 30 + 30, then 740 by 5 : 3
    asked = strata.allocate(np.array([10_000, 10_000]), np.array([0.5, 0.1]), 800)
    assert asked.tolist() == [30 + 463, 30 + 277] or asked.tolist() == [30 + 462, 30 + 278]


@given(
    st.lists(st.tuples(st.integers(0, 500), st.floats(0, 1)), min_size=1, max_size=12),
    st.integers(0, 2_000),
)
def test_a_sample_adds_up_and_asks_no_stratum_for_more_than_it_has(
    given_strata: list[tuple[int, float]], total: int
) -> None:
    traffic = np.array([t for t, _ in given_strata])
    asked = strata.allocate(traffic, np.array([p for _, p in given_strata]), total)
    assert asked.sum() == min(total, traffic.sum())
    assert (asked <= traffic).all()
    assert (asked >= 0).all()


def test_a_proportional_part_is_set_by_the_thinnest_stratum() -> None:
    kept = strata.proportional_part(np.array([1_000, 3_000, 0]), np.array([50, 60, 0]))
    assert kept.tolist() == [20, 60, 0]
    assert strata.proportional_part(np.array([0]), np.array([0])).tolist() == [0]
