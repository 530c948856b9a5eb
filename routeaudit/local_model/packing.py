"""Pack queries of unequal length into batches of tokens: pure arithmetic, no llama.cpp."""

from collections.abc import Sequence


def packs(lengths: Sequence[int], *, batch_tokens: int, sequences: int) -> list[list[int]]:
    """Put rows into as few batches as sorting by length gives.

    Args:
        lengths: tokens of each row; a row longer than a batch gets a batch of its own.
        batch_tokens: tokens that fit into a batch.
        sequences: rows that fit into a batch.

    Returns:
        The places of the rows in each batch; every place once.
    """
    order = sorted(range(len(lengths)), key=lambda place: lengths[place])
    found: list[list[int]] = []
    room = 0
    for place in order:
        if not found or lengths[place] > room or len(found[-1]) == sequences:
            found.append([])
            room = batch_tokens
        found[-1].append(place)
        room -= lengths[place]
    return found
