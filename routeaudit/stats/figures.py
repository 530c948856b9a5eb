"""What every module here takes and gives back: arrays, intervals, figures that may be refused."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Generator = np.random.Generator

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """The two ends of an interval; both belong to it."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, or the reason why there is none. Exactly one of the two is there."""

    value: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError("a figure has a value or a reason, never both, never neither")


def known(value: float) -> Figure:
    """Wrap a number that could be worked out."""
    return Figure(value=float(value))


def refused(reason: str) -> Figure:
    """Say why there is no number; `reason` follows "n/a" in a report."""
    return Figure(reason=reason)
