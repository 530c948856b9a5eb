"""The chance that a cheaper arm's answer would do, as published: there are few, so places are held."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.catalog.arms import ArmSpec
from routeaudit.catalog.priors import QUANTISED_LOW, prior
from routeaudit.estimate.ground import Bools, Floats
from routeaudit.estimate.picking import constant
from routeaudit.frames import TASKS

_BLOCK_ROWS = 16_384
Codes = npt.NDArray[np.uint8]


class Chances(NamedTuple):
    """(n,) the middle of the chance; `low` and `high` give its ends. NaN where not known."""

    score: Floats
    low: Callable[[], Floats]
    high: Callable[[], Floats]


def chances(spec: ArmSpec, tasks: Codes, fits: Bools) -> Chances:
    """Look up what is published of the arm's family.

    Args:
        spec: the arm.
        tasks: (n,) the place of each call's task in TASKS, one past the last where unknown.
        fits: (n,) whether the model can read the call at all.
    """
    if spec.family is None:
        unknown = constant(np.nan, len(tasks))
        return Chances(unknown, lambda: unknown, lambda: unknown)
    rows = [prior(spec.family, task) for task in (*TASKS, None)]
    less = QUANTISED_LOW if spec.quantised else 0.0
    # What does not fit has a place of its own at the end, with no chance at all.
    codes = np.where(fits, tasks, np.uint8(len(rows)))
    low = np.array([*(max(row.low - less, 0.0) for row in rows), 0.0])
    mid = np.array([*(row.mid for row in rows), 0.0])
    high = np.array([*(row.high for row in rows), 0.0])
    return Chances(
        _looked_up(mid, codes),
        partial(_looked_up, low, codes),
        partial(_looked_up, high, codes),
    )


def _looked_up(values: Floats, codes: Codes) -> Floats:
    """(n,) some rows at a time: numpy copies the places as numbers of eight bytes."""
    found = np.empty(len(codes))
    for start in range(0, len(codes), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        found[rows] = values[codes[rows]]
    return found
