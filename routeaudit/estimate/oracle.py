"""The oracle: what perfect foresight would have done. The only one that sees outcomes.

It lives away from the policies, so that none of them can.
"""

import numpy as np
import polars as pl

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Ground


def oracle_entry(ground: Ground) -> Entry | None:
    """Give each request the cheapest arm among those that score best on it.

    None where scores are not measured. Rows where no arm has a score go to the full arm.
    """
    if any(column.score_low is not None for column in ground.arms.values()):
        return None
    names = list(ground.arms)
    scores = np.array([column.score for column in ground.arms.values()])
    if np.isnan(scores).all():
        return None
    costs = np.array([column.cost for column in ground.arms.values()])
    best = np.nanmax(np.where(np.isnan(scores), -np.inf, scores), axis=0)
    # Of equally good arms the cheapest; where no price is known, the first is the cheapest.
    price = np.where(np.isnan(costs), np.arange(len(names))[:, None] * 1e-12, costs)
    price = np.where(scores >= best, price, np.inf)
    chosen = np.where(np.isneginf(best), len(names) - 1, np.argmin(price, axis=0))
    taken = pl.Series("path", names, dtype=pl.String).gather(pl.Series(chosen, dtype=pl.UInt32))
    return Entry(policy="oracle", role="honesty", params={}, paths=taken)
