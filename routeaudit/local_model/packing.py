"""Lay out queries for decoding in full batches: pure arithmetic, no llama.cpp."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Stretch(NamedTuple):
    """Tokens that neighbouring rows have in common: the same ones at the same places."""

    sharers: range  # places of the rows
    first: int  # of each row's tokens
    end: int


def shared_stretches(rows: Sequence[Sequence[int]]) -> list[Stretch]:
    """Cut rows into stretches, so that what several of them begin with comes once.

    Args:
        rows: tokens of each row, 1 or more, in an order where those that begin alike are
            neighbours: sorted.

    Returns:
        Stretches depth first: each right behind what it goes on from. Every row ends in one of
        its own, of a token at least.
    """
    alike = [0, *map(_alike, rows, rows[1:])]  # with the row before
    return list(_below(range(len(rows)), 0, rows, alike)) if rows else []


def _alike(before: Sequence[int], row: Sequence[int]) -> int:
    """Count the tokens that two rows begin with, the last of the shorter one never counted."""
    most = min(len(before), len(row)) - 1
    return next((at for at in range(most) if before[at] != row[at]), most)


def _below(
    some: range, first: int, rows: Sequence[Sequence[int]], alike: Sequence[int]
) -> Iterator[Stretch]:
    """Give the stretches of some rows from their token `first` on, up to which they are one."""
    if len(some) == 1:
        yield Stretch(some, first, len(rows[some[0]]))
        return
    end = min(alike[place] for place in some[1:])
    if end > first:
        yield Stretch(some, first, end)
    cuts = [place for place in some[1:] if alike[place] == end]
    for begin, stop in zip([some[0], *cuts], [*cuts, some.stop], strict=True):
        yield from _below(range(begin, stop), end, rows, alike)


def packs(stretches: Sequence[Stretch], *, batch_tokens: int) -> list[list[Stretch]]:
    """Fill batches to the brim; a stretch that does not fit goes on in the next batch.

    Args:
        stretches: as `shared_stretches` gives them.
        batch_tokens: tokens of a batch.

    Returns:
        Batches of exactly `batch_tokens` tokens, but for the last. Every token once, in order.
    """
    found: list[list[Stretch]] = []
    room = 0
    for sharers, first, end in stretches:
        at = first
        while at < end:
            if not room:
                found.append([])
                room = batch_tokens
            stop = min(end, at + room)
            found[-1].append(Stretch(sharers, at, stop))
            room, at = room - (stop - at), stop
    return found


def whole_packs(
    lengths: Sequence[int], *, batch_tokens: int, sequences: int
) -> list[list[int]]:
    """Fill batches with whole rows, short ones first, for what must see a row in one piece.

    Args:
        lengths: tokens of each row, at most `batch_tokens` each.
        batch_tokens: tokens of a batch.
        sequences: rows of a batch.

    Returns:
        The places of the rows of each batch; every place once.
    """
    found: list[list[int]] = []
    room = 0
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if not found or lengths[place] > room or len(found[-1]) == sequences:
            found.append([])
            room = batch_tokens
        found[-1].append(place)
        room -= lengths[place]
    return found
