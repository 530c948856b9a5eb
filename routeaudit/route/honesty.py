"""The rows that keep a policy honest: the same paths, handed out without looking at the query.

They need all requests at once, so they are no policies. None of them sees an outcome; the
oracle, which does, lives with the estimates.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.comparison import Entry
from routeaudit.frames import TIERS
from routeaudit.stats.counted_order import counted_order

_LONGEST = 2**32 - 1


class Orders(NamedTuple):
    """(n,) requests in the order of their dice, and from the shortest prompt to the longest.

    `by_length` is None where no length is known; unknown ones count as the longest, and the
    die settles which of equal length come first.
    """

    dice: np.ndarray
    by_dice: np.ndarray
    by_length: np.ndarray | None


def orders_of(visible: pl.DataFrame) -> Orders:
    """Sort the requests once for all policies."""
    dice = visible["chance"].to_numpy()
    by_dice = _rising(dice)
    name = next((c for c in ("prompt_chars", "prompt_tokens") if c in visible.columns), None)
    if name is None or visible[name].null_count() == visible.height:
        return Orders(dice, by_dice, None)
    length = visible[name].cast(pl.UInt32).fill_null(_LONGEST).to_numpy()
    return Orders(dice, by_dice, counted_order(length, by_dice))


def _rising(dice: np.ndarray) -> np.ndarray:
    """(n,) the order of the dice; of equal ones the first comes first."""
    order = np.argsort(dice)
    thrown = dice[order]
    if (thrown[1:] == thrown[:-1]).any():
        return np.argsort(dice, kind="stable")
    return order


def rows_beside(orders: Orders, entry: Entry) -> tuple[Entry, ...]:
    """Make the random, shuffle and length rows of a policy, with its own shares of paths."""
    rows = [("random", random_paths(orders, entry)), ("shuffle", _dealt(entry, orders.by_dice))]
    if orders.by_length is not None:
        rows.append(("length", _dealt(entry, orders.by_length)))
    return tuple(
        Entry(policy=name, role="honesty", params={"beside": entry.policy}, paths=taken)
        for name, taken in rows
    )


def random_paths(orders: Orders, entry: Entry) -> pl.Series:
    """Throw a die for each request; every path is as likely as it is common in the policy's."""
    kinds, counts = _cheapest_first(entry)
    edges = np.cumsum(counts)[:-1] / len(entry.paths)
    return _named(kinds, np.searchsorted(edges, orders.dice, side="right"))


def _dealt(entry: Entry, order: np.ndarray) -> pl.Series:
    """Deal the policy's paths out along an order of the requests, the cheapest first."""
    kinds, counts = _cheapest_first(entry)
    dealt = np.empty(len(order), np.uint8)
    dealt[order] = np.repeat(np.arange(len(kinds), dtype=np.uint8), counts)
    return _named(kinds, dealt)


def _cheapest_first(entry: Entry) -> tuple[list[str], np.ndarray]:
    counts = np.bincount(entry.codes, minlength=len(entry.kinds))
    order = sorted(range(len(counts)), key=lambda code: _dearness(entry.kinds[code]))
    return [entry.kinds[code] for code in order], counts[order]


def _dearness(path: str) -> tuple[float, int]:
    arms = path.split(">")
    last = arms[-1]
    if last == "logged":
        return len(TIERS), len(arms)
    # Arms of other names stand between mid and full.
    return (TIERS.index(last) if last in TIERS else len(TIERS) - 1.5), len(arms)


def _named(kinds: list[str], codes: np.ndarray) -> pl.Series:
    return pl.Series("path", codes.astype(np.uint8)).cat.to(pl.Enum(kinds))
