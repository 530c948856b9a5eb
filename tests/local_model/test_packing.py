from hypothesis import given
from hypothesis import strategies as st

from routeaudit.local_model.packing import packs, whole_packs


def laid_out(
    lengths: list[int], batch_tokens: int, sequences: int
) -> list[list[tuple[int, int, range]]]:
    found = packs(lengths, batch_tokens=batch_tokens, sequences=sequences)
    return [[(p.place, p.slot, range(p.first, p.end)) for p in batch] for batch in found]


def test_batches_are_filled_to_the_brim_and_a_row_goes_on_in_the_next() -> None:
    # Sorted: 2, 4 and 7. Four of the seven fill the first batch of 10, three are left.
    assert laid_out([7, 2, 4], 10, 8) == [
        [(1, 0, range(2)), (2, 1, range(4)), (0, 2, range(4))],
        [(0, 2, range(4, 7))],
    ]


def test_a_batch_holds_no_more_rows_than_sequences() -> None:
    assert laid_out([1, 1, 1], 10, 2) == [
        [(0, 0, range(1)), (1, 1, range(1))],
        [(2, 0, range(1))],
    ]


def test_nothing_needs_no_batch() -> None:
    assert packs([], batch_tokens=10, sequences=2) == []


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 60), st.integers(1, 8))
def test_every_token_comes_once_and_in_order_and_a_slot_holds_one_row(
    lengths: list[int], batch_tokens: int, sequences: int
) -> None:
    read = dict.fromkeys(range(len(lengths)), 0)
    holder: dict[int, int] = {}
    for batch in packs(lengths, batch_tokens=batch_tokens, sequences=sequences):
        assert 1 <= sum(piece.end - piece.first for piece in batch) <= batch_tokens
        for piece in batch:
            assert piece.first == read[piece.place]
            assert holder.setdefault(piece.slot, piece.place) == piece.place
            read[piece.place] = piece.end
            assert piece.is_last == (piece.end == lengths[piece.place])
        # What is done gives its slot back only when the batch is decoded.
        holder = {piece.slot: piece.place for piece in batch if not piece.is_last}
        assert len(holder) <= 1
    assert list(read.values()) == lengths


def test_rows_that_must_stay_whole_leave_a_gap_rather_than_being_cut() -> None:
    # Sorted: 2, 4, 7. Two and four fill six of ten; seven does not fit beside them.
    assert whole_packs([7, 2, 4], batch_tokens=10, sequences=8) == [[1, 2], [0]]


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(50, 90), st.integers(1, 8))
def test_every_whole_row_comes_once_and_fits(
    lengths: list[int], batch_tokens: int, sequences: int
) -> None:
    found = whole_packs(lengths, batch_tokens=batch_tokens, sequences=sequences)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        assert 1 <= len(batch) <= sequences
        assert sum(lengths[place] for place in batch) <= batch_tokens
