"""The sticky variant: a conversation stays where its first turn went, so its cache stays warm."""

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
    taken = entry.paths.gather(pl.Series(sessions.first_turns))
    return Entry(
        policy="sticky",
        role="honesty",
        params={"beside": entry.policy},
        paths=taken.rename("path"),
        reads_classifier=entry.reads_classifier,
    )
