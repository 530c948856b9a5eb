"""Conversations of a log in order, and what their prompt cache saved."""

import numpy as np
import polars as pl

from routeaudit.catalog.prices import PriceBook, computed_usd
from routeaudit.estimate.drafts import bare
from routeaudit.estimate.ground import Ints, Sessions
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.stats.counted_order import counted_order


def sessions_of(
    found: pl.DataFrame, book: PriceBook, settings: SimulationSettings
) -> Sessions | None:
    """Find conversations whose cached prefix is lost when a turn went elsewhere before."""
    warm = (found["cached_tokens"].fill_null(0) > 0) & found["session_id"].is_not_null()
    if not warm.any() or "full" in settings.flat("price"):
        return None
    cold = np.zeros(found.height)
    rows = bare(found).filter(warm)
    # Both at the same book: a saved scan may have been priced by another one.
    uncached = rows.with_columns(cached_tokens=pl.lit(0, pl.UInt32))
    cost = computed_usd(uncached, book) - computed_usd(rows, book)
    cold[warm.to_numpy()] = np.maximum(cost.fill_null(0.0).to_numpy(), 0)
    key = found["session_id"].cast(pl.Categorical).to_physical().cast(pl.Int64)
    key_of = key.fill_null(-1).to_numpy()
    order = _in_time(found["ts"].to_physical().fill_null(0).to_numpy())
    order = counted_order((key_of + 1).astype(np.uint32), order)
    here, before = order[1:], order[:-1]
    follows = (key_of[here] >= 0) & (key_of[here] == key_of[before]) & (cold[here] > 0)
    return Sessions(
        order=order,
        key=key_of,
        cold_cost=cold,
        warm_turns=here[follows],
        turns_before=before[follows],
    )


def _in_time(at: np.ndarray) -> Ints | None:
    """(n,) rising times, those of one moment as they come; None where the rows rise already."""
    return None if (at[1:] >= at[:-1]).all() else np.argsort(at, kind="stable")
