from hypothesis import given
from hypothesis import strategies as st

from routeaudit.local_model.packing import Stretch, packs, shared_stretches, whole_packs

rows_of_tokens = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), max_size=40)


def test_what_rows_begin_with_comes_once() -> None:
    # Rows 0 and 1 share 5 6 7; all three share 5. Of 11 tokens 8 are left to decode.
    rows = [[5, 6, 7, 1], [5, 6, 7, 2], [5, 9, 9]]
    assert shared_stretches(rows) == [
        Stretch(range(3), 0, 1),
        Stretch(range(2), 1, 3),
        Stretch(range(1), 3, 4),
        Stretch(range(1, 2), 3, 4),
        Stretch(range(2, 3), 1, 3),
    ]


def test_the_last_token_of_a_row_is_its_own() -> None:
    # The same rows (two queries cut to the same), and a row that another goes on from.
    assert shared_stretches([[5, 6], [5, 6], [5, 6, 7]]) == [
        Stretch(range(3), 0, 1),
        Stretch(range(1), 1, 2),
        Stretch(range(1, 2), 1, 2),
        Stretch(range(2, 3), 1, 3),
    ]


def test_rows_with_nothing_in_common_stay_whole() -> None:
    assert shared_stretches([[1, 2], [2], [3, 1]]) == [
        Stretch(range(1), 0, 2),
        Stretch(range(1, 2), 0, 1),
        Stretch(range(2, 3), 0, 2),
    ]


def test_nothing_needs_no_stretch_and_no_batch() -> None:
    assert shared_stretches([]) == []
    assert packs([], batch_tokens=10) == []


@given(rows_of_tokens)
def test_stretches_lay_every_row_out_again(rows: list[list[int]]) -> None:
    rows.sort()
    laid: dict[int, list[int]] = {place: [] for place in range(len(rows))}
    for some, first, end in shared_stretches(rows):
        for place in some:
            assert len(laid[place]) == first  # what it goes on from came before
            laid[place].extend(rows[some[0]][first:end])
    assert list(laid.values()) == rows


@given(rows_of_tokens)
def test_nothing_is_decoded_twice_but_for_the_last_tokens(rows: list[list[int]]) -> None:
    rows.sort()
    beginnings = {tuple(row[:end]) for row in rows for end in range(1, len(row))}
    n_decoded = sum(end - first for _, first, end in shared_stretches(rows))
    assert n_decoded == len(beginnings) + len(rows)


def test_batches_are_filled_to_the_brim_and_a_stretch_goes_on_in_the_next() -> None:
    stretches = [Stretch(range(2), 0, 7), Stretch(range(1), 7, 9), Stretch(range(1, 2), 7, 13)]
    assert packs(stretches, batch_tokens=10) == [
        [Stretch(range(2), 0, 7), Stretch(range(1), 7, 9), Stretch(range(1, 2), 7, 8)],
        [Stretch(range(1, 2), 8, 13)],
    ]


@given(rows_of_tokens, st.integers(1, 15))
def test_every_token_comes_once_in_order_and_batches_are_full(
    rows: list[list[int]], batch_tokens: int
) -> None:
    stretches = shared_stretches(sorted(rows))
    batches = packs(stretches, batch_tokens=batch_tokens)

    def one_by_one(parts: list[Stretch]) -> list[tuple[range, int]]:
        return [(rows, at) for rows, first, end in parts for at in range(first, end)]

    assert one_by_one([part for batch in batches for part in batch]) == one_by_one(stretches)
    sizes = [len(one_by_one(batch)) for batch in batches]
    assert all(size == batch_tokens for size in sizes[:-1])
    assert all(1 <= size <= batch_tokens for size in sizes)


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
