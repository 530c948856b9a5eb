"""The rows that keep a policy honest: the same paths, handed out without looking at the query.

They need all requests at once, so they are no policies. None of them sees an outcome; the
oracle, which does, lives with the estimates.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.comparison import Entry
from routeaudit.frames import TIERS
from routeaudit.stats.ranks import Ranked

_LONGEST = 2.0**32 - 1


class Orders(NamedTuple):
    """(n,) what the requests are put in order by: their dice, and the lengths of their prompts.

    `by_length` is None where no length is known; unknown ones count as the longest, and the
    die settles which of equal length come first.
    """

    by_dice: Ranked
    by_length: Ranked | None

    @property
    def dice(self) -> np.ndarray:
        """(n,) a number in [0, 1) for each request."""
        return self.by_dice.values


def orders_of(visible: pl.DataFrame) -> Orders:
    """Look at the requests once for all policies."""
    by_dice = Ranked(visible["chance"].to_numpy())
    name = next((c for c in ("prompt_chars", "prompt_tokens") if c in visible.columns), None)
    if name is None or visible[name].null_count() == visible.height:
        return Orders(by_dice, None)
    length = visible[name].cast(pl.Float64).fill_null(_LONGEST).to_numpy()
    return Orders(by_dice, Ranked(length))


def rows_beside(orders: Orders, entry: Entry) -> tuple[Entry, ...]:
    """Make the random, shuffle and length rows of a policy, with its own shares of paths."""
    rows = [("random", random_paths(orders, entry)), ("shuffle", _dealt(entry, orders.by_dice))]
    if orders.by_length is not None:
        rows.append(("length", _dealt(entry, orders.by_length, orders.dice)))
    return tuple(
        Entry(policy=name, role="honesty", params={"beside": entry.policy}, paths=taken)
        for name, taken in rows
    )


def random_paths(orders: Orders, entry: Entry) -> pl.Series:
    """Throw a die for each request; every path is as likely as it is common in the policy's."""
    kinds, counts = _cheapest_first(entry)
    edges = np.cumsum(counts)[:-1] / len(entry.paths)
    return _named(kinds, np.searchsorted(edges, orders.dice, side="right"))


def _dealt(entry: Entry, order: Ranked, ties: np.ndarray | None = None) -> pl.Series:
    """Deal the policy's paths out along an order of the requests, the cheapest first."""
    kinds, counts = _cheapest_first(entry)
    dealt = np.zeros(len(order.values), np.uint8)
    # Only where one path ends and the next begins has to be found: nothing is sorted.
    for count in np.cumsum(counts)[:-1].tolist():
        dealt += ~order.lowest(count, ties)
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
