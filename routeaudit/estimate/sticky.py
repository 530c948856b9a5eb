"""The sticky variant: a conversation stays where its first turn went, so its cache stays warm."""

import numpy as np
import polars as pl

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Ground


def sticky_entry(ground: Ground, entry: Entry) -> Entry | None:
    """Give every turn the path of its conversation's first turn.

    None where no conversation has a cache to lose, or where answers are escalated one by one.
    """
    sessions = ground.sessions
    if sessions is None or entry.role != "policy" or any(">" in k for k in entry.kinds):
        return None
    key = sessions.key[sessions.order]
    starts = np.ones(len(key), bool)
    # Calls of no conversation each stand alone.
    starts[1:] = (key[1:] != key[:-1]) | (key[1:] < 0)
    first_of = np.maximum.accumulate(np.where(starts, np.arange(len(key)), 0))
    source = np.empty(len(key), np.int64)
    source[sessions.order] = sessions.order[first_of]
    taken = entry.paths.gather(pl.Series(source.astype(np.uint32)))
    return Entry(
        policy="sticky",
        role="honesty",
        params={"beside": entry.policy},
        paths=taken.rename("path"),
        reads_classifier=entry.reads_classifier,
    )
