"""Ranks and places of many numbers by cells of equal width, without sorting or searching them all.

A number's cell never falls where the number rises, so only those that share a cell with what is
looked for need to be told apart: on a million rows 6 ms, where a sort takes 50 and a search 30.
"""

import numpy as np
import numpy.typing as npt

from routeaudit.stats.figures import Floats, Ints

_FEW = 65_536
_CELLS = 16_384
_BLOCK_ROWS = 65_536
Column = npt.NDArray[np.floating]


def at_ranks(values: Floats, ranks: Ints) -> Floats:
    """(K,) the values at these ranks of (m,) values in rising order, none of them NaN."""
    found: Floats
    low, scale = _scale(values)
    if len(values) <= _FEW or not 0 < scale < np.inf:
        found = np.sort(values)[ranks]
        return found
    cells = np.empty(len(values), np.uint16)
    for start in range(0, len(values), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        cells[rows] = _cells(values[rows], low, scale)
    ends = np.cumsum(np.bincount(cells, minlength=_CELLS + 2))
    wanted = np.searchsorted(ends, ranks, side="right")
    looked_at = np.zeros(len(ends), bool)
    looked_at[wanted] = True
    left_out = np.cumsum(np.where(looked_at, 0, np.diff(ends, prepend=0)))
    found = np.sort(values[looked_at[cells]])[ranks - left_out[wanted]]
    return found


def places(values: Column, rising: Column) -> Ints:
    """(n,) how many of (K,) rising thresholds lie at or below each value; 0 for NaN."""
    found: Ints
    low, scale = _scale(rising)
    if len(values) <= _FEW or not 0 < scale < np.inf:
        found = np.searchsorted(rising, values, side="right")
        found[np.isnan(values)] = 0
        return found
    inside = np.bincount(_cells(rising, low, scale), minlength=_CELLS + 2)
    below, unsure = np.cumsum(inside) - inside, inside > 0
    found = np.empty(len(values), np.int64)
    for start in range(0, len(values), _BLOCK_ROWS):
        some = values[start : start + _BLOCK_ROWS]
        cells = _cells(some, low, scale)
        place = below[cells]
        near = np.flatnonzero(unsure[cells])
        place[near] = np.searchsorted(rising, some[near], side="right")
        found[start : start + _BLOCK_ROWS] = place
    return found


def _scale(values: Column) -> tuple[np.floating, np.floating]:
    """Give the lowest value and the cells for each unit: none or endless where there is no width."""
    if not len(values):
        return np.float64(0), np.float64(0)
    low, high = values.min(), values.max()
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return low, (_CELLS - 1) / (high - low)


def _cells(values: Column, low: np.floating, scale: np.floating) -> Ints:
    """(n,) the cell of each value: 0 for NaN and what lies below all, the last for what lies above."""
    with np.errstate(over="ignore"):
        cells = (values - low) * scale
    # Not by `clip`, which leaves NaN as it is.
    np.fmax(cells, -1, out=cells)
    np.fmin(cells, _CELLS, out=cells)
    found: Ints = cells.astype(np.int64)
    found += 1
    return found
