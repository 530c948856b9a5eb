"""Several independent numbers for each request from one draw: hashing ids is the slow part."""

import numpy as np

from routeaudit.estimate.ground import Floats
from routeaudit.stats.sampling import normal_quantile

_BITS = 53
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def another(uniform: Floats, salt: int) -> Floats:
    """(n,) new numbers in [0, 1) from those of `hash_uniform`, unlike them (splitmix64)."""
    word = np.asarray(uniform * 2.0**_BITS).astype(np.uint64)
    with np.errstate(over="ignore"):
        word = word * _GOLDEN + np.uint64(salt) * _FIRST
        word = (word ^ (word >> np.uint64(30))) * _FIRST
        word = (word ^ (word >> np.uint64(27))) * _SECOND
    word ^= word >> np.uint64(31)
    fresh: Floats = (word >> np.uint64(64 - _BITS)).astype(np.float64) * 2.0**-_BITS
    return fresh


def another_normal(uniform: Floats, salt: int) -> Floats:
    """(n,) standard normal numbers, as repeatable."""
    return normal_quantile(np.maximum(another(uniform, salt), 2.0 ** -(_BITS + 1)))
