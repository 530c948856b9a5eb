"""Sorting by counting gives what sorting by comparing gives."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.stats.counted_order import counted_order

NUMBERS = st.lists(st.integers(0, 3) | st.integers(0, 2**32 - 1), max_size=60)


@given(NUMBERS)
def test_equal_numbers_stay_as_they_come(numbers: list[int]) -> None:
    values = np.array(numbers, np.uint32)
    assert counted_order(values).tolist() == np.argsort(values, kind="stable").tolist()


@given(NUMBERS, st.randoms())
def test_equal_numbers_stay_in_the_order_that_was_given(
    numbers: list[int], random: Random
) -> None:
    values = np.array(numbers, np.uint32)
    places = list(range(len(numbers)))
    random.shuffle(places)
    before = np.array(places, np.int64)
    by_hand = sorted(places, key=lambda place: numbers[place])
    assert counted_order(values, before).tolist() == by_hand
