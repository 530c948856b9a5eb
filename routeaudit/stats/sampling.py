"""Chance that can be repeated: a number in [0, 1) for each row, from its id and a seed."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from routeaudit.stats.figures import Bools, Floats

_MANTISSA_BITS = 53
_DIGEST_BYTES = 8
_BLOCK_ROWS = 16_384
_SPREAD = 2.0**-_MANTISSA_BITS


def hash_uniform(ids: Iterable[str], seed: int) -> Floats:
    """Draw a uniform number in [0, 1) for each id: blake2b of "seed|id".

    The same id and seed give the same number in every run, order and subset, so a row that
    was sampled at one rate is sampled at every higher one.
    """
    start = blake2b(f"{seed}|".encode(), digest_size=_DIGEST_BYTES)
    digests = bytearray()
    for row_id in ids:
        one = start.copy()
        one.update(row_id.encode())
        digests += one.digest()
    words = np.frombuffer(digests, dtype=">u8")
    return (words >> (64 - _MANTISSA_BITS)).astype(np.float64) * _SPREAD


def sampled(ids: Iterable[str], rate: float, seed: int) -> Bools:
    """Mark the ids that enter a sample of this rate."""
    return hash_uniform(ids, seed) < rate


def normal_quantile(probability: Floats) -> Floats:
    """Return the standard normal quantiles of (n,) probabilities strictly inside 0 and 1.

    Wichura's algorithm AS 241 (PPND16), whose relative error is about 1e-16.
    """
    found = np.empty(len(probability))
    # Some rows at a time: twenty passes over a million would each go to memory and back.
    for start in range(0, len(found), _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        found[rows] = _normal_quantile(probability[rows])
    return found


def _normal_quantile(probability: Floats) -> Floats:
    q = probability - 0.5
    tail = np.sqrt(-np.log(np.minimum(probability, 1 - probability)))
    r = 0.180625 - np.minimum(q * q, 0.180625)
    inner = q * np.polyval(_INNER_TOP, r) / np.polyval(_INNER_BOTTOM, r)
    near = np.polyval(_NEAR_TOP, tail - 1.6) / np.polyval(_NEAR_BOTTOM, tail - 1.6)
    far = np.polyval(_FAR_TOP, tail - 5) / np.polyval(_FAR_BOTTOM, tail - 5)
    outer = np.sign(q) * np.where(tail <= _FAR_FROM, near, far)
    return np.where(np.abs(q) <= _INNER_HALF, inner, outer)


_INNER_HALF, _FAR_FROM = 0.425, 5.0
_INNER_TOP = (
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.387132872796366608,
)
_INNER_BOTTOM = (
    5226.495278852545925,
    28729.085735721942674,
    39307.89580009271061,
    21213.794301586595867,
    5394.1960214247511077,
    687.1870074920579083,
    42.313330701600911252,
    1.0,
)
_NEAR_TOP = (
    7.7454501427834140764e-4,
    0.0227238449892691845833,
    0.24178072517745061177,
    1.27045825245236838258,
    3.64784832476320460504,
    5.7694972214606914055,
    4.6303378461565452959,
    1.42343711074968357734,
)
_NEAR_BOTTOM = (
    1.05075007164441684324e-9,
    5.475938084995344946e-4,
    0.0151986665636164571966,
    0.14810397642748007459,
    0.68976733498510000455,
    1.6763848301838038494,
    2.05319162663775882187,
    1.0,
)
_FAR_TOP = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.0012426609473880784386,
    0.026532189526576123093,
    0.29656057182850489123,
    1.7848265399172913358,
    5.4637849111641143699,
    6.6579046435011037772,
)
_FAR_BOTTOM = (
    2.04426310338993978564e-15,
    1.4215117583164458887e-7,
    1.8463183175100546818e-5,
    7.868691311456132591e-4,
    0.0148753612908506148525,
    0.13692988092273580531,
    0.59983220655588793769,
    1.0,
)
