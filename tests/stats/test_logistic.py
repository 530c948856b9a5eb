import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.stats.logistic import fit_logistic


def test_without_columns_that_tell_the_share_of_good_ones_is_left() -> None:
    columns = np.zeros((10, 2))
    found = fit_logistic(columns, np.array([1.0] * 7 + [0.0] * 3))
    assert found.apply(columns) == pytest.approx([0.7] * 10, abs=1e-6)


def test_the_curve_that_made_the_data_is_found_again() -> None:
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(20_000, 2))
    truth = 1 / (1 + np.exp(-(0.5 + 2 * columns[:, 0] - columns[:, 1])))
    found = fit_logistic(columns, (rng.uniform(size=20_000) < truth).astype(float))
    assert np.abs(found.apply(columns) - truth).max() < 0.05


def test_separable_rows_do_not_run_away() -> None:
    columns = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    found = fit_logistic(columns, np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.abs(found.weights).max() < 10
    assert (found.apply(columns) > 0.5).tolist() == [False, False, True, True]


def test_an_unknown_column_gives_no_probability() -> None:
    found = fit_logistic(np.array([[0.0], [1.0]]), np.array([0.0, 1.0]))
    assert np.isnan(found.apply(np.array([[np.nan]]))).all()


@given(st.integers(0, 1_000))
def test_the_unit_of_a_column_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(40, 3))
    good = (rng.uniform(size=40) < 0.5).astype(float)
    one = fit_logistic(columns, good).apply(columns)
    other = fit_logistic(columns * 1_000 + 5, good).apply(columns * 1_000 + 5)
    assert one == pytest.approx(other, abs=1e-5)
