import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.stats import drift
from routeaudit.stats.drift import Period


def period(calls: list[float], tokens: list[float], cost_usd: list[float]) -> Period:
    return Period(calls=np.array(calls), tokens=np.array(tokens), cost_usd=np.array(cost_usd))


def test_population_stability_by_hand() -> None:
    # .5 .5 -> .25 .75
    expected = -0.25 * math.log(0.5) + 0.25 * math.log(1.5)
    found = drift.population_stability_index([10, 10], [100, 300])
    assert found.value == pytest.approx(expected)
    assert drift.population_stability_index([1, 3], [2, 6]).value == 0
    assert "empty" in drift.population_stability_index([0], [1]).reason


def test_a_vanished_segment_is_large_but_finite() -> None:
    found = drift.population_stability_index([50, 50], [100, 0]).value
    assert found is not None
    assert 1 < found < 10


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        (period([20, 20], [200, 400], [2.0, 8.0]), "volume_usd"),
        (period([15, 5], [150, 100], [1.5, 2.0]), "mix_usd"),
        (period([10, 10], [100, 200], [3.0, 4.0]), "price_usd"),
        (period([10, 10], [100, 400], [1.0, 8.0]), "tokens_usd"),
    ],
)
def test_one_cause_gets_the_whole_change(after: Period, cause: str) -> None:
    before = period([10, 10], [100, 200], [1.0, 4.0])
    change = drift.bill_change(before, after)
    assert change is not None
    for name in ("volume_usd", "mix_usd", "price_usd", "tokens_usd"):
        expected = after.cost_usd.sum() - 5.0 if name == cause else 0.0
        assert getattr(change, name) == pytest.approx(expected, abs=1e-12)


def test_two_causes_share_what_they_did_together() -> None:
    # one segment: calls x2, price x3: 1 -> 6 dollars; volume alone +1, price alone +2,
    # both +5: volume gets (1 + 3) / 2 = 2 and price (2 + 4) / 2 = 3
    change = drift.bill_change(period([10], [10], [1.0]), period([20], [20], [6.0]))
    assert change is not None
    assert (change.volume_usd, change.price_usd) == pytest.approx((2.0, 3.0))


def test_a_new_segment_is_mix_not_price() -> None:
    before = period([10, 0], [100, 0], [1.0, 0.0])
    change = drift.bill_change(before, period([10, 10], [100, 500], [1.0, 50.0]))
    assert change is not None
    assert change.price_usd == pytest.approx(0)
    assert change.tokens_usd == pytest.approx(0)
    assert change.total_usd == pytest.approx(50)


def test_calls_without_tokens_are_priced_by_the_call() -> None:
    change = drift.bill_change(period([10], [0], [1.0]), period([10], [0], [3.0]))
    assert change is not None
    assert (change.price_usd, change.tokens_usd) == pytest.approx((2.0, 0.0))


def test_a_period_without_calls_has_no_change_to_split() -> None:
    empty = period([0], [0], [0.0])
    assert drift.bill_change(empty, period([1], [1], [1.0])) is None


segment = st.tuples(st.integers(0, 50), st.integers(0, 900), st.floats(0, 100))


@given(st.lists(st.tuples(segment, segment), min_size=1, max_size=6))
def test_the_causes_always_add_up_to_the_change_of_the_bill(
    segments: list[tuple[tuple[int, int, float], tuple[int, int, float]]],
) -> None:
    table = np.array(segments, dtype=np.float64)
    table[:, :, 1:] *= table[:, :, :1] > 0  # no calls, no tokens, no cost
    before, after = (
        Period(calls=table[:, t, 0], tokens=table[:, t, 1], cost_usd=table[:, t, 2])
        for t in (0, 1)
    )
    change = drift.bill_change(before, after)
    if change is None:
        assert before.calls.sum() == 0 or after.calls.sum() == 0
    else:
        expected = after.cost_usd.sum() - before.cost_usd.sum()
        assert change.total_usd == pytest.approx(expected, abs=1e-9)
