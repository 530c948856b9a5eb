"""A sample of the calls, the same every time: chosen by a hash of where each call stood."""

import zlib

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.ingest.settings import sample_of

Hashes = npt.NDArray[np.uint64]
WHOLE = float(2**64)
_STEP, _MIX_1, _MIX_2 = (
    np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


class Sample:
    """Lets all calls pass, or a share of them, or holds back a number of them.

    Attributes:
        dropped: how many calls are in no sample, so far.
    """

    def __init__(self, told: str | None, seed: int) -> None:
        self.dropped = 0
        self._wanted, self._share = sample_of(told)
        self._seed = np.uint64(seed)
        self._held: pl.DataFrame | None = None

    def sift(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Give the calls that are in the sample for sure; those held back come at the end."""
        if self._share is not None:
            kept = calls.filter(pl.Series(self._hashes(calls) / WHOLE < self._share))
            self.dropped += calls.height - kept.height
            return kept
        if self._wanted is None:
            return calls
        marked = calls.with_columns(_hash=self._hashes(calls))
        held = marked if self._held is None else pl.concat([self._held, marked])
        self._held = held.bottom_k(self._wanted, by="_hash")
        self.dropped += held.height - self._held.height
        return calls.clear()

    def chosen(self) -> pl.DataFrame | None:
        """Give the calls that were held back, in the order of their sources; None if none."""
        if self._held is None:
            return None
        return self._held.drop("_hash").sort("source_file", "source_line")

    def _hashes(self, calls: pl.DataFrame) -> Hashes:
        files = {name: zlib.crc32(name.encode()) for name in calls["source_file"].unique()}
        of_file = calls["source_file"].replace_strict(files, return_dtype=pl.UInt64).to_numpy()
        value = (
            calls["source_line"].to_numpy() + (of_file << np.uint64(32)) + self._seed * _STEP
        )
        value = (value ^ (value >> np.uint64(30))) * _MIX_1
        value = (value ^ (value >> np.uint64(27))) * _MIX_2
        mixed: Hashes = value ^ (value >> np.uint64(31))
        return mixed
