"""Try every threshold at once: counts, totals and latency quantiles, without a loop over rows.

A row is *kept* by the cheaper side when its score is at or above the threshold (`>=`), and
*passed* on otherwise. A score of NaN is unknown and is never kept. Thresholds run from strict
to lax: the number of kept rows never falls along them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.stats.cells import at_ranks, places
from routeaudit.stats.figures import Floats, Ints

LATENCY_BINS = 2_048
_BLOCK_ROWS = 131_072
_SHORTEST_S, _LONGEST_S = 1e-3, 1e3
QUANTILES = (0.50, 0.95, 0.99)
_Corner = tuple[int, float, float]  # row, cost, quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows sorted into a grid of thresholds; a total costs one pass over the rows.

    `bins` (n,) counts the thresholds at or below each row's score; 0 where it is NaN.
    """

    thresholds: Floats
    bins: Ints

    @property
    def kept(self) -> Ints:
        """(K,) rows kept at each threshold."""
        return np.cumsum(np.bincount(self.bins, minlength=self._size)[:0:-1])

    def totals(self, kept: npt.ArrayLike, passed: npt.ArrayLike) -> Floats:
        """(K,) the sum of `kept` over the rows kept and of `passed` over the others.

        Both are (n,), or one number for all rows, and hold no NaN: sum what is known and
        count it apart.
        """
        outside: Floats = np.cumsum(self._sums(passed))[:-1][::-1]
        return _at_least(self._sums(kept)) + outside

    @property
    def _size(self) -> int:
        return len(self.thresholds) + 1

    def _sums(self, values: npt.ArrayLike) -> Floats:
        column = np.asarray(values, dtype=np.float64)
        if not column.ndim and not column:
            return np.zeros(self._size)
        column = np.broadcast_to(column, self.bins.shape)
        sums = np.bincount(self.bins, weights=column, minlength=self._size)
        return sums.astype(np.float64, copy=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryThreshold:
    """All thresholds that differ: infinity (keep none), then each distinct score, downwards.

    `order` (n,) sorts the rows by falling score; `kept` (K,) is where each threshold ends in
    it. Rows with the same score move together.
    """

    thresholds: Floats
    kept: Ints
    order: Ints

    def totals(self, kept: npt.ArrayLike, passed: npt.ArrayLike) -> Floats:
        """(K,) as `Grid.totals`."""
        inside, outside = self._sums(kept), self._sums(passed)
        totals: Floats = inside[self.kept] + (outside[-1] - outside[self.kept])
        return totals

    def _sums(self, values: npt.ArrayLike) -> Floats:
        column = np.broadcast_to(np.asarray(values, dtype=np.float64), self.order.shape)
        sums = np.zeros(len(column) + 1)
        np.cumsum(column[self.order], out=sums[1:])
        return sums


class LatencyQuantiles(NamedTuple):
    """(K, Q) seconds for each threshold and quantile; NaN where there is no such row."""

    everyone: Floats
    kept: Floats
    passed: Floats


def grid(scores: npt.ArrayLike, thresholds: npt.ArrayLike) -> Grid:
    """Sort rows into thresholds, given in any order; equal thresholds count once.

    Thresholds are compared in the precision of the scores, so that a float32 score of 0.7
    lies on a threshold of 0.7.
    """
    rising = np.unique(np.asarray(thresholds, dtype=np.float64))
    column = _as_floats(scores)
    bins = places(column, rising.astype(column.dtype))
    return Grid(thresholds=rising[::-1].copy(), bins=bins)


def every_threshold(scores: npt.ArrayLike) -> EveryThreshold:
    """Sort rows once, so that every possible threshold can be read off."""
    column = _as_floats(scores)
    order = np.argsort(-column, kind="stable")
    falling = column[order][: len(column) - int(np.isnan(column).sum())]
    last = np.append(falling[1:] != falling[:-1], True) if len(falling) else np.zeros(0, bool)
    ends = np.flatnonzero(last)
    return EveryThreshold(
        thresholds=np.concatenate([[np.inf], falling[ends].astype(np.float64)]),
        kept=np.concatenate([[0], ends + 1]).astype(np.int64),
        order=order,
    )


def share_thresholds(scores: npt.ArrayLike, shares: npt.ArrayLike) -> Floats:
    """Find the strictest threshold that keeps at least each share of all rows.

    Ties may make it keep more: compare with the share that it really keeps. Infinity for a
    share of 0; NaN where rows of unknown score make the share out of reach.
    """
    column = np.asarray(scores, dtype=np.float64)
    if len(column) == 0:
        return np.full(np.shape(shares), np.nan)
    unknown = np.isnan(column)
    known = column[~unknown] if unknown.any() else column
    wanted = np.ceil(np.asarray(shares, dtype=np.float64) * len(column) - 1e-9).astype(int)
    ranks = np.clip(wanted - 1, 0, len(column) - 1)
    # What is unknown comes last, so it is reached last.
    reached = ranks < len(known)
    cuts = np.full(np.shape(shares), np.nan)
    cuts[reached] = at_ranks(known, len(known) - 1 - ranks[reached])
    return np.where(wanted <= 0, np.inf, cuts)


def latency_quantiles(
    rows: Grid,
    kept_s: npt.ArrayLike,
    passed_s: npt.ArrayLike,
    quantiles: tuple[float, ...] = QUANTILES,
) -> LatencyQuantiles:
    """Give latency quantiles at every threshold of a grid, in one pass over the rows.

    Args:
        rows: the rows on a grid of K thresholds.
        kept_s: (n,) seconds of a row when it is kept; NaN is unknown and left out.
        passed_s: (n,) seconds of a row when it is passed on, the wait for a draft included.
        quantiles: as numpy's linear ones.

    Returns:
        Each within 0.34 % of the exact value from 1 ms to 1,000 s; times outside count as
        the nearer end.
    """
    kept = _histogram(rows, kept_s)[1:][::-1].cumsum(axis=0)
    passed = _histogram(rows, passed_s)[:-1].cumsum(axis=0)[::-1]
    return LatencyQuantiles(
        everyone=_read_quantiles(kept + passed, quantiles),
        kept=_read_quantiles(kept, quantiles),
        passed=_read_quantiles(passed, quantiles),
    )


def three_tier_totals(
    rows: Grid, micro: npt.ArrayLike, mid: npt.ArrayLike, full: npt.ArrayLike
) -> Floats:
    """(K, K) totals with the micro cut at row i's threshold and the mid cut at column j's.

    NaN where the mid cut would be the stricter one. A score on a cut goes to the cheaper arm.
    """
    zero = 0.0
    micro_kept, mid_kept = rows.totals(micro, zero), rows.totals(mid, zero)
    full_passed = rows.totals(zero, full)
    totals = (micro_kept - mid_kept)[:, None] + (mid_kept + full_passed)[None, :]
    return np.where(np.tri(len(totals), k=-1, dtype=bool), np.nan, totals)


def pareto_front(cost: npt.ArrayLike, quality: npt.ArrayLike) -> Ints:
    """Pick the points that no other beats on both, by rising cost; of equals the first."""
    dear, good = np.asarray(cost, dtype=np.float64), np.asarray(quality, dtype=np.float64)
    order = np.lexsort((-good, dear))
    order = order[~(np.isnan(dear) | np.isnan(good))[order]]
    best = np.maximum.accumulate(good[order])
    better = np.ones(len(order), dtype=bool)
    better[1:] = best[1:] > best[:-1]
    return order[better].astype(np.int64)


def upper_hull(cost: npt.ArrayLike, quality: npt.ArrayLike) -> Ints:
    """Pick the front's points that no random mix of two others beats, by rising cost."""
    dear, good = np.asarray(cost, dtype=np.float64), np.asarray(quality, dtype=np.float64)
    front = pareto_front(dear, good)
    # Numbers of Python's own: reading numpy's one by one takes five times as long.
    corners = list(zip(front.tolist(), dear[front].tolist(), good[front].tolist(), strict=True))
    hull: list[_Corner] = []
    for point in corners:
        while len(hull) > 1 and not _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return np.array([row for row, _, _ in hull], dtype=np.int64)


def _turns_down(a: _Corner, b: _Corner, c: _Corner) -> bool:
    return (b[2] - a[2]) * (c[1] - b[1]) > (c[2] - b[2]) * (b[1] - a[1])


def _as_floats(scores: npt.ArrayLike) -> npt.NDArray[np.floating]:
    # float32 stays as it is: half the memory, and it sorts faster.
    column = np.asarray(scores)
    return column if column.dtype.kind == "f" else column.astype(np.float64)


def _at_least(per_bin: Floats) -> Floats:
    sums: Floats = np.cumsum(per_bin[:0:-1])
    return sums


def _histogram(rows: Grid, seconds: npt.ArrayLike) -> Ints:
    column = np.broadcast_to(np.asarray(seconds), rows.bins.shape)
    size = len(rows.thresholds) + 1
    counts = np.zeros(size * LATENCY_BINS, np.int64)
    # Some rows at a time: four arrays of their size are made on the way.
    for start in range(0, len(column), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        counts += np.bincount(
            _cells(rows.bins[block], column[block]), minlength=size * LATENCY_BINS
        )
    return counts.reshape(size, LATENCY_BINS)


def _cells(bins: Ints, seconds: npt.NDArray[np.floating]) -> Ints:
    within = np.log10(np.clip(seconds, _SHORTEST_S, _LONGEST_S)) - np.log10(_SHORTEST_S)
    cells = within * (LATENCY_BINS / np.log10(_LONGEST_S / _SHORTEST_S))
    known = ~np.isnan(cells)
    if not known.all():
        bins, cells = bins[known], cells[known]
    flat: Ints = bins * LATENCY_BINS + np.minimum(cells.astype(np.int64), LATENCY_BINS - 1)
    return flat


def _read_quantiles(counts: Ints, quantiles: tuple[float, ...]) -> Floats:
    width = np.log10(_LONGEST_S / _SHORTEST_S) / LATENCY_BINS
    middle_s = _SHORTEST_S * 10 ** ((np.arange(LATENCY_BINS) + 0.5) * width)
    found = np.full((len(counts), len(quantiles)), np.nan)
    for row, cumulated in enumerate(counts.cumsum(axis=1)):
        if cumulated[-1]:
            rank = np.asarray(quantiles) * (cumulated[-1] - 1)
            below = middle_s[np.searchsorted(cumulated, np.floor(rank), side="right")]
            above = middle_s[np.searchsorted(cumulated, np.ceil(rank), side="right")]
            found[row] = below + (above - below) * (rank - np.floor(rank))
    return found
