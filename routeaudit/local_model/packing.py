"""Pack queries of unequal length into full batches of tokens: pure arithmetic, no llama.cpp."""

from collections.abc import Sequence
from typing import NamedTuple


class Piece(NamedTuple):
    """A stretch of one row's tokens in a batch. A row may be spread over several batches."""

    place: int  # which row
    slot: int  # the sequence that holds it, 0 .. sequences - 1
    first: int  # of the row's tokens
    end: int
    is_last: bool  # the row ends here


def packs(lengths: Sequence[int], *, batch_tokens: int, sequences: int) -> list[list[Piece]]:
    """Fill batches to the brim, short rows first; at most one row goes on in the next batch.

    Args:
        lengths: tokens of each row, 1 or more.
        batch_tokens: tokens of a batch.
        sequences: rows that may be in the works at once.

    Returns:
        Batches of exactly `batch_tokens` tokens, but for the last and for those whose slots
        ran out. Every token of every row once.
    """
    found: list[list[Piece]] = [[]]
    room, free = batch_tokens, list(range(sequences))
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if not free:
            room, free = _another(found, batch_tokens, sequences)
        slot, at = free.pop(0), 0
        while at < lengths[place]:
            if not room:
                room, free = _another(found, batch_tokens, sequences)
                free.remove(slot)
            end = min(lengths[place], at + room)
            found[-1].append(Piece(place, slot, at, end, end == lengths[place]))
            room, at = room - (end - at), end
    return [batch for batch in found if batch]


def _another(
    found: list[list[Piece]], batch_tokens: int, sequences: int
) -> tuple[int, list[int]]:
    """Begin a batch. The rows of the one before are done, but for one that goes on."""
    found.append([])
    return batch_tokens, list(range(sequences))


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
