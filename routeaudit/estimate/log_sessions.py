"""Conversations of a log in order, and what their prompt cache saved."""

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.catalog.prices import PriceBook, computed_usd
from routeaudit.estimate.drafts import bare
from routeaudit.estimate.ground import Bools, Ints, Sessions
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
    key = found["session_id"]
    coded = key if isinstance(key.dtype, pl.Categorical) else key.cast(pl.Categorical)
    # 0 stands for no conversation.
    key_of = (coded.to_physical() + 1).fill_null(0).to_numpy()
    order = _in_time(found["ts"].to_physical().fill_null(0).to_numpy())
    order = counted_order(key_of, order)
    follows = key_of[order]
    follows = (follows[1:] == follows[:-1]) & (follows[1:] > 0)
    warm_turns = follows & (cold[order[1:]] > 0)
    here = order[1:][warm_turns]
    return Sessions(
        first_turns=_first_turns(order, follows),
        warm_turns=here,
        turns_before=order[:-1][warm_turns],
        cold_cost=cold[here],
    )


def _first_turns(order: Ints, follows: Bools) -> npt.NDArray[np.uint32]:
    """(n,) the row that each conversation of `order` starts with; `follows` (n - 1,) goes on."""
    starts = np.flatnonzero(np.concatenate([[True], ~follows]))
    lengths = np.diff(starts, append=len(order))
    first_turns = np.empty(len(order), np.uint32)
    first_turns[order] = np.repeat(order[starts].astype(np.uint32), lengths)
    return first_turns


def _in_time(at: np.ndarray) -> Ints | None:
    """(n,) rising times, those of one moment as they come; None where the rows rise already."""
    return None if (at[1:] >= at[:-1]).all() else np.argsort(at, kind="stable")
