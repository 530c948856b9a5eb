import numpy as np
import pytest

from routeaudit.stats.cells import at_ranks, places

MANY = 200_000  # so many are told apart by their cells
RANDOM = np.random.default_rng(2)
COLUMNS = {
    "smooth": RANDOM.beta(0.6, 0.5, MANY),
    "rounded": np.round(RANDOM.beta(0.6, 0.5, MANY), 2),
    "skewed": RANDOM.lognormal(0.0, 4.0, MANY),
    "below zero": -RANDOM.lognormal(0.0, 1.0, MANY),
    "one value": np.full(MANY, 0.5),
    "with infinity": np.append(RANDOM.random(MANY), [np.inf, -np.inf]),
    "hardly apart": 1.0 + RANDOM.integers(0, 3, MANY) * np.finfo(float).eps,
}


@pytest.mark.parametrize("name", list(COLUMNS))
def test_ranks_are_those_of_a_sort(name: str) -> None:
    values = COLUMNS[name]
    ranks = np.array([0, 1, 777, MANY // 2, MANY // 2, MANY - 1])[::-1]
    assert at_ranks(values, ranks).tolist() == np.sort(values)[ranks].tolist()
    few = values[-50:]
    assert at_ranks(few, np.array([0, 49])).tolist() == [few.min(), few.max()]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", list(COLUMNS))
def test_places_are_those_of_a_search(name: str, dtype: type[np.floating]) -> None:
    values = COLUMNS[name].astype(dtype)
    values[::7] = np.nan
    # Values that lie on a threshold, just below and just above one, and far outside.
    some = np.unique(values[1:1_500:7])
    edges = np.concatenate([np.nextafter(some, -np.inf), np.nextafter(some, np.inf)])
    values = np.concatenate([values, some, edges.astype(dtype), np.array([-9e9, 9e9], dtype)])
    for rising in (some, some[:1], np.append(some, some[-1] + dtype(1))):
        searched = np.searchsorted(rising, values, side="right")
        searched[np.isnan(values)] = 0
        assert (places(values, rising) == searched).all()
    assert places(values[:9], some).tolist() == places(values, some)[:9].tolist()
