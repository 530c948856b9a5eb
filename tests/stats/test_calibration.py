import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats  # type: ignore[import-untyped]  # scipy ships no types

from routeaudit.stats import calibration
from routeaudit.stats.calibration import Isotonic, Platt, Uncalibrated

Array = npt.NDArray[np.float64]


def overconfident(rows: int, seed: int) -> tuple[Array, Array]:
    """Scores whose true logit is 0.5 * logit - 0.4."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(1.5, 1.2, rows)
    right = rng.random(rows) < 1 / (1 + np.exp(-(0.5 * logit - 0.4)))
    return 1 / (1 + np.exp(-logit)), right.astype(np.float64)


def test_the_number_of_scored_rows_picks_the_calibrator() -> None:
    kinds = {}
    for rows in (99, 100, 499, 500):
        kinds[rows] = type(calibration.fit_calibrator(*overconfident(rows, 1)))
    assert kinds == {99: Uncalibrated, 100: Platt, 499: Platt, 500: Isotonic}


def test_too_few_rows_leave_scores_as_they_are() -> None:
    assert Uncalibrated().apply([0.2, 0.9]).tolist() == [0.2, 0.9]


def test_platt_finds_the_curve_that_made_the_data() -> None:
    fit = calibration.fit_platt(*overconfident(20_000, 2))
    assert (fit.slope, fit.intercept) == pytest.approx((0.5, -0.4), abs=0.05)


def test_platt_of_a_useless_or_inverted_score_is_flat() -> None:
    scores = np.linspace(0.1, 0.9, 200)
    inverted = calibration.fit_platt(scores, (scores < 0.5).astype(np.float64))
    assert inverted.slope == 0
    same = calibration.fit_platt(np.full(200, 0.7), np.tile([1.0, 0.0], 100))
    assert same.apply([0.7])[0] == pytest.approx(0.5, abs=0.01)


def test_platt_survives_only_good_answers_and_a_perfect_split() -> None:
    all_good = calibration.fit_platt(np.linspace(0.1, 0.9, 150), np.ones(150))
    assert 0.9 < all_good.apply([0.5])[0] < 1
    scores = np.linspace(0.01, 0.99, 150)
    split = calibration.fit_platt(scores, (scores > 0.5).astype(np.float64))
    assert split.apply([0.99])[0] > 0.95
    assert split.apply([0.01])[0] < 0.05


def test_isotonic_pools_what_falls() -> None:
    # .2 -> 0, .4 -> 1, .6 -> 0, .8 -> 1: the middle two pool to a half; edges 1/6 off
    fit = calibration.fit_isotonic(np.array([0.2, 0.4, 0.6, 0.8]), np.array([0.0, 1, 0, 1]))
    assert fit.starts.tolist() == [0.2, 0.4, 0.8]
    assert fit.values == pytest.approx([1 / 6, 0.5, 5 / 6])
    found = fit.apply([0.1, 0.2, 0.39, 0.4, 0.79, 0.8, 1.0, np.nan])
    assert found[:7] == pytest.approx([1 / 6, 1 / 6, 1 / 6, 0.5, 0.5, 5 / 6, 5 / 6])
    assert np.isnan(found[7])


rows = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9]), st.sampled_from([0.0, 1.0])),
    min_size=1,
    max_size=60,
)


@given(rows)
def test_isotonic_agrees_with_scipy_and_keeps_ties(
    scored: list[tuple[float, float]],
) -> None:
    scores, right = np.array(scored).T
    distinct, group = np.unique(scores, return_inverse=True)
    weight = np.bincount(group)
    means = np.bincount(group, weights=right) / weight
    expected = optimize.isotonic_regression(means, weights=weight).x
    edge = 1 / (len(scores) + 2)
    found = calibration.fit_isotonic(scores, right).apply(distinct)
    assert found == pytest.approx(np.clip(expected, edge, 1 - edge))


@given(rows, st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_no_calibrator_turns_the_order_around(
    scored: list[tuple[float, float]], asked: list[float]
) -> None:
    scores, right = np.array(scored).T
    rising = np.sort(asked)
    for fit in (
        calibration.fit_platt(scores, right),
        calibration.fit_isotonic(scores, right),
    ):
        assert (np.diff(fit.apply(rising)) >= -1e-12).all()


def test_calibration_lowers_the_error_and_keeps_the_ranking() -> None:
    train, test = overconfident(2_000, 4), overconfident(20_000, 5)
    raw = calibration.expected_calibration_error(*test).value
    assert raw is not None
    assert raw > 0.15
    for fit in (calibration.fit_platt(*train), calibration.fit_isotonic(*train)):
        after = calibration.expected_calibration_error(fit.apply(test[0]), test[1]).value
        assert after is not None
        assert after < 0.03


def test_reliability_and_its_error_by_hand() -> None:
    predicted = np.array([0.1, 0.15, 0.9, 1.0])
    right = np.array([0.0, 1.0, 1.0, 1.0])
    table = calibration.reliability(predicted, right)
    assert table.predicted == pytest.approx([0.125, 0.95])
    assert table.observed.tolist() == [0.5, 1.0]
    assert table.rows.tolist() == [2, 2]
    # half the rows off by .375, half by .05
    found = calibration.expected_calibration_error(predicted, right).value
    assert found == pytest.approx(0.2125)
    assert "no scored" in calibration.expected_calibration_error(right[:0], right[:0]).reason


def test_auroc_counts_a_tie_as_a_half() -> None:
    right = np.array([False, True, False, True])
    # pairs: (.4 > .1) 1, (.4 = .4) 1/2, (.8 > both) 2: 3.5 of 4
    assert calibration.auroc(np.array([0.1, 0.4, 0.4, 0.8]), right).value == 0.875
    assert "alike" in calibration.auroc(np.array([0.1]), np.array([True])).reason


def test_auroc_agrees_with_scipy_on_many_ties() -> None:
    rng = np.random.default_rng(6)
    scores, right = rng.integers(0, 8, 500) / 7, rng.random(500) < 0.7
    wins = stats.mannwhitneyu(scores[right], scores[~right]).statistic
    expected = wins / (right.sum() * (~right).sum())
    assert calibration.auroc(scores, right).value == pytest.approx(expected)


def test_three_parts_share_no_row_and_no_cluster() -> None:
    uniform = np.array([0.0, 0.39, 0.4, 0.59, 0.6, 0.99])
    split = calibration.three_way_split(uniform)
    assert split.fit.tolist() == [True, True, False, False, False, False]
    assert split.calibrate.tolist() == [False, False, True, True, False, False]
    assert split.test.tolist() == [False, False, False, False, True, True]
