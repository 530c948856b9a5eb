"""Pick rows out of arrays: Polars does it in one pass, numpy branches on every row.

On a million rows in no order numpy takes 5 ms to pick by a mask and 4 ms to choose between two
arrays, Polars 1 ms each; a simulation does either some four hundred times.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.estimate.ground import Bools, Floats

Number = TypeVar("Number", np.float64, np.int64)


def picked(values: npt.NDArray[Number], rows: Bools) -> npt.NDArray[Number]:
    """(m,) the values of the rows marked, in order; not to be written to."""
    if _is_one(values):
        return np.broadcast_to(values[:1], (int(np.count_nonzero(rows)),))
    found: npt.NDArray[Number] = pl.Series(values).filter(pl.Series(rows)).to_numpy()
    return found


def chosen(rows: Bools, yes: Floats, no: Floats) -> Floats:
    """(n,) one array's values on the rows marked, the other's elsewhere; not to be written to.

    An array of one value stands for that value on every row.
    """
    yes, no = (values[:1] if _is_one(values) else values for values in (yes, no))
    mixed: Floats = pl.Series(yes).zip_with(pl.Series(rows), pl.Series(no)).to_numpy()
    return mixed


def constant(value: float, n: int) -> Floats:
    """(n,) one value that is held once; not to be written to."""
    return np.broadcast_to(np.float64(value), (n,))


def _is_one(values: npt.NDArray[Number]) -> bool:
    return len(values) > 0 and values.strides == (0,)
