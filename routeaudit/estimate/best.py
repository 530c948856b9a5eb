"""What stands beside policies: the best single cheaper arm, and what was really done."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Ground

AS_LOGGED = "as-logged"


def best_single_entry(ground: Ground) -> Entry | None:
    """Send everything to the cheaper arm with the highest mean score.

    None when no cheaper arm has a score. The arm is chosen on the very rows it is shown on,
    which flatters it; that is the right side to err on for something to be beaten.
    """
    cheaper = {arm: column for arm, column in ground.arms.items() if arm != "full"}
    known = {
        arm: float(np.nanmean(column.score))
        for arm, column in cheaper.items()
        if not np.isnan(column.score).all()
    }
    if not known:
        return None
    best = max(known, key=lambda arm: known[arm])
    taken = pl.Series("path", [best], dtype=pl.String).new_from_index(0, ground.n)
    return Entry(policy="best-single", role="honesty", params={"arm": best}, paths=taken)


def as_logged_entry(ground: Ground, entries: Sequence[Entry]) -> Entry | None:
    """Leave everything as it was logged: what a month costs today.

    None where sending all to the full arm is just that, or where it is compared already.
    """
    named = any(entry.policy == AS_LOGGED for entry in entries)
    if named or ground.arms["full"] is ground.baseline:
        return None
    taken = pl.Series("path", ["logged"], dtype=pl.String).new_from_index(0, ground.n)
    return Entry(policy=AS_LOGGED, role="honesty", params={}, paths=taken)
