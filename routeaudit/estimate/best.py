"""The best single cheaper arm: what a policy has to beat to be worth its trouble."""

import numpy as np
import polars as pl

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Ground


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
