import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special  # type: ignore[import-untyped]  # scipy ships no types

from routeaudit.stats import binomial
from routeaudit.stats.binomial import Verdict
from routeaudit.stats.figures import Figure, known, refused


def test_the_incomplete_beta_function_agrees_with_scipy_to_a_hundred_billionth() -> None:
    rng = np.random.default_rng(1)
    worst_cdf = worst_quantile = 0.0
    for _ in range(600):
        a, b = (10 ** rng.uniform(-1, 5, 2)).tolist()
        x = float(np.clip(rng.normal(a / (a + b), 2 * math.sqrt(a * b / (a + b) ** 3)), 0, 1))
        q = float(rng.choice([0.025, 0.05, 0.5, 0.95, 0.975]))
        worst_cdf = max(worst_cdf, abs(binomial.beta_cdf(x, a, b) - special.betainc(a, b, x)))
        found = binomial.beta_quantile(q, a, b)
        worst_quantile = max(worst_quantile, abs(found - special.betaincinv(a, b, q)))
    assert worst_cdf < 1e-11
    assert worst_quantile < 2e-13


def test_the_binomial_distribution_of_three_coins() -> None:
    # 3 coins: 1, 3, 3, 1 of 8 ways.
    found = [binomial.binomial_cdf(k, 3, 0.5) for k in (-1, 0, 1, 2, 3)]
    assert found == pytest.approx([0, 1 / 8, 4 / 8, 7 / 8, 1])


def test_the_incomplete_beta_function_ends_at_nothing_and_everything() -> None:
    assert (binomial.beta_cdf(0.0, 2, 3), binomial.beta_cdf(1.0, 2, 3)) == (0.0, 1.0)
    # I_x(1, 1) is x itself; the density of Beta(2, 2) is 6x(1-x), so its median is 1/2
    assert binomial.beta_cdf(0.3, 1, 1) == pytest.approx(0.3)
    assert binomial.beta_quantile(0.5, 2, 2) == pytest.approx(0.5)


def test_no_failure_in_n_has_the_bound_that_can_be_written_down() -> None:
    # (1 - p)^59 = 5 %  =>  p = 1 - 0.05^(1/59)
    assert binomial.upper_bound(0, 59) == pytest.approx(1 - 0.05 ** (1 / 59), abs=1e-14)
    assert binomial.lower_bound(59, 59) == pytest.approx(0.05 ** (1 / 59), abs=1e-14)
    two_sided = binomial.clopper_pearson(0, 100)
    assert two_sided is not None
    assert two_sided.low == 0.0
    assert two_sided.high == pytest.approx(1 - 0.025 ** (1 / 100))


def test_wilson_of_no_failure_in_ninety_six() -> None:
    # z^2 = 3.8415; upper end = z^2 / (n + z^2) = 3.8415 / 99.8415
    low, high = binomial.wilson(0, 96) or (None, None)
    assert low == 0
    assert high == pytest.approx(3.841459 / 99.841459, abs=1e-8)


def test_exact_intervals_cover_a_rare_failure_and_wilson_nearly_does() -> None:
    chance = [math.comb(100, k) * 0.01**k * 0.99 ** (100 - k) for k in range(101)]
    for interval, expected in ((binomial.wilson, 0.92), (binomial.clopper_pearson, 0.98)):
        found = [interval(k, 100) for k in range(101)]
        covered = [i is not None and i.low <= 0.01 <= i.high for i in found]
        assert np.dot(chance, covered) == pytest.approx(expected, abs=0.005)


def test_an_interval_of_nothing_is_null() -> None:
    assert binomial.wilson(0, 0) is None
    assert binomial.clopper_pearson(0, 0) is None
    assert (binomial.lower_bound(0, 0), binomial.upper_bound(0, 0)) == (0.0, 1.0)


@given(st.integers(1, 5_000), st.data())
def test_every_interval_contains_its_point(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    for interval in (binomial.wilson(k, n), binomial.clopper_pearson(k, n)):
        assert interval is not None
        assert 0 <= interval.low <= k / n <= interval.high <= 1


@given(st.integers(1, 2_000), st.data())
def test_one_more_failure_never_lowers_a_bound(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n - 1))
    assert binomial.upper_bound(k, n) <= binomial.upper_bound(k + 1, n)
    assert binomial.lower_bound(k, n) <= binomial.lower_bound(k + 1, n)


@pytest.mark.parametrize(
    ("rate", "answers", "failures"),
    [
        (0.0, 59, 0),
        (0.01, 124, 2),
        (0.02, 234, 6),
        (0.03, 601, 21),
        (0.035, 1_148, None),
        (0.04, 2_698, None),
    ],
)
def test_the_answers_that_prove_five_percent(
    rate: float, answers: int, failures: int | None
) -> None:
    assert binomial.sample_size(rate, 0.05) == answers
    if failures is not None:
        assert binomial.upper_bound(failures, answers) <= 0.05
        assert binomial.upper_bound(failures + 1, answers) > 0.05


def test_a_rate_above_the_limit_needs_a_sample_too_and_one_on_it_never_ends() -> None:
    # Mirrored: proving 10 % > 5 % is proving a success rate of 90 % < 95 %.
    n = binomial.sample_size(0.10, 0.05)
    assert n is not None
    least = next(k for k in range(n) if binomial.lower_bound(k, n) > 0.05)
    assert 1 - binomial.binomial_cdf(least - 1, n, 0.10) >= 0.8
    assert binomial.sample_size(0.05, 0.05) is None
    assert binomial.sample_size(0.05, 1.0) is None


def test_beyond_five_thousand_the_normal_formula_takes_over() -> None:
    # ((1.6449 sqrt(.0475) + .8416 sqrt(.045 * .955)) / .005)^2 = (.35849 + .17447)^2 / 25e-6
    found = binomial.sample_size(0.045, 0.05)
    assert found == pytest.approx((0.35849 + 0.17447) ** 2 / 25e-6, rel=1e-3)


def test_58_clean_answers_are_inconclusive_and_one_more_decides() -> None:
    short, enough = binomial.verdict(0, 58, 0.05), binomial.verdict(0, 59, 0.05)
    assert (short.verdict, short.more_needed) == (Verdict.INCONCLUSIVE, 1)
    assert (enough.verdict, enough.more_needed) == (Verdict.PASS, None)


def test_three_percent_of_two_hundred_needs_401_more() -> None:
    judged = binomial.verdict(6, 200, 0.05)  # 601 in all, see above
    assert (judged.verdict, judged.more_needed) == (Verdict.INCONCLUSIVE, 401)


def test_a_rate_on_the_limit_is_inconclusive_without_a_number() -> None:
    judged = binomial.verdict(5, 100, 0.05)
    assert (judged.verdict, judged.more_needed) == (Verdict.INCONCLUSIVE, None)


def test_many_failures_fail_and_no_answers_are_not_measured() -> None:
    assert binomial.verdict(20, 100, 0.05).verdict == Verdict.FAIL
    nothing = binomial.verdict(0, 0, 0.05)
    assert (nothing.verdict, nothing.upper) == (Verdict.NOT_MEASURED, None)


@given(st.integers(1, 3_000), st.data())
def test_a_verdict_follows_from_its_own_bounds(n: int, data: st.DataObject) -> None:
    judged = binomial.verdict(data.draw(st.integers(0, n)), n, 0.05)
    assert judged.upper is not None
    assert judged.lower is not None
    # A bound within rounding of the limit counts as on it.
    assert (judged.verdict == Verdict.PASS) == (judged.upper - 1e-12 <= 0.05)
    assert (judged.verdict == Verdict.FAIL) == (judged.lower - 1e-12 > 0.05)


def test_half_widths_at_five_percent() -> None:
    found = [binomial.sample_size_for_half_width(0.05, h) for h in (0.01, 0.02, 0.03, 0.05)]
    assert found == [1_825, 457, 203, 73]


def test_a_figure_has_a_value_or_a_reason() -> None:
    assert known(2).value == 2.0
    assert refused("nothing served").reason == "nothing served"
    with pytest.raises(ValueError, match="never neither"):
        Figure()
