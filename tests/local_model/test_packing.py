from hypothesis import given
from hypothesis import strategies as st

from routeaudit.local_model.packing import packs


def test_short_rows_share_a_batch() -> None:
    # Sorted: 2, 3, 4 make 9 of 10; 8 needs its own; 30 is longer than any batch.
    assert packs([3, 30, 2, 8, 4], batch_tokens=10, sequences=8) == [[2, 0, 4], [3], [1]]


def test_a_batch_holds_no_more_rows_than_sequences() -> None:
    assert packs([1, 1, 1], batch_tokens=10, sequences=2) == [[0, 1], [2]]


def test_nothing_needs_no_batch() -> None:
    assert packs([], batch_tokens=10, sequences=2) == []


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 60), st.integers(1, 8))
def test_every_row_is_packed_once_and_no_batch_overflows(
    lengths: list[int], batch_tokens: int, sequences: int
) -> None:
    found = packs(lengths, batch_tokens=batch_tokens, sequences=sequences)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        assert 1 <= len(batch) <= sequences
        assert len(batch) == 1 or sum(lengths[place] for place in batch) <= batch_tokens
