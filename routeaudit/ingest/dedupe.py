"""One call, one row: repeats of a call that was read already are told and set aside."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.ingest.fill import filled

Hashes = npt.NDArray[np.uint64]
REPEAT = "the same call was read before"
OTHER_LOG = "the same answer was read from another log"
FILLED = "the same answer was read from another log; what only this one told was kept"
SAME_ANSWER = "the same answer was read before"


class Sifted(NamedTuple):
    """Calls that are new, and the repeats among them with a reason."""

    calls: pl.DataFrame
    repeats: pl.DataFrame  # source_file, source_line, reason


class SeenSet:
    """Hashes met so far, 8 bytes each: sorted runs that are merged as they grow."""

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    def has(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Tell for each hash whether it was added before."""
        found = np.zeros(len(hashes), dtype=np.bool_)
        for run in self._runs:
            at = np.searchsorted(run, hashes)
            found |= run[np.minimum(at, len(run) - 1)] == hashes
        return found

    def add(self, hashes: Hashes) -> None:
        """Remember hashes."""
        if not len(hashes):
            return
        self._runs.append(np.sort(hashes))
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            late, early = self._runs.pop(), self._runs.pop()
            self._runs.append(np.sort(np.concatenate((early, late)), kind="stable"))


class Dedupe:
    """Remembers the calls of all batches: by request and end, and by the provider's answer id."""

    def __init__(self) -> None:
        self._requests = SeenSet()
        self._answers = SeenSet()
        self._by_format: dict[str, SeenSet] = {}

    def sift(self, calls: pl.DataFrame) -> Sifted:
        """Part new calls from repeats; the first of several is kept, wherever it was read.

        What only another log tells of a kept call is put into it, when both are in these calls.
        """
        if calls.is_empty():
            return Sifted(calls, _repeats(calls.with_columns(reason=pl.lit(None, pl.String))))
        reason = pl.coalesce(
            pl.when(pl.lit(self._seen_requests(calls))).then(pl.lit(REPEAT)),
            pl.when(pl.lit(self._seen_elsewhere(calls))).then(pl.lit(OTHER_LOG)),
            pl.when(pl.lit(self._seen_answers(calls))).then(pl.lit(SAME_ANSWER)),
        )
        told = calls.with_columns(reason=reason)
        new = told.filter(pl.col("reason").is_null()).drop("reason")
        gone = told.filter(pl.col("reason").is_not_null())
        whole, ids = filled(new, gone.filter(pl.col("reason") == OTHER_LOG).drop("reason"))
        gave = (pl.col("reason") == OTHER_LOG) & pl.col("response_id").is_in(list(ids))
        gone = gone.with_columns(reason=pl.when(gave).then(pl.lit(FILLED)).otherwise("reason"))
        return Sifted(whole, _repeats(gone))

    def _seen_requests(self, calls: pl.DataFrame) -> pl.Series:
        # A retry keeps its request id, but its answer or its end differs: it is a call of its own.
        key = pl.struct("source_format", "request_id", "response_id", "query_key", "status")
        return _seen(calls, key, "request_id", self._requests)

    def _seen_answers(self, calls: pl.DataFrame) -> pl.Series:
        # Some local servers give every answer the same id: the moment must agree too.
        key = pl.struct("source_format", "response_id", "ts", "request_id", "query_key")
        return _seen(calls, key, "response_id", self._answers)

    def _seen_elsewhere(self, calls: pl.DataFrame) -> pl.Series:
        found = pl.Series(np.zeros(calls.height, dtype=np.bool_))
        ids = calls.select(
            id=pl.col("response_id").hash(),
            known=pl.col("response_id").is_not_null(),
            format=pl.col("source_format"),
            other=pl.col("source_format")
            != pl.col("source_format").first().over("response_id"),
        )
        found = ids["known"] & ids["other"]
        hashes = ids["id"].to_numpy()
        for name, seen in self._by_format.items():
            foreign = (ids["format"] != name) & ids["known"]
            found = found | (foreign & pl.Series(seen.has(hashes)))
        for (name,), group in ids.filter(~found & pl.col("known")).group_by("format"):
            self._by_format.setdefault(str(name), SeenSet()).add(group["id"].to_numpy())
        return found


def _seen(calls: pl.DataFrame, key: pl.Expr, needs: str, seen: SeenSet) -> pl.Series:
    ids = calls.select(id=key.hash(), known=pl.col(needs).is_not_null())
    hashes = ids["id"].to_numpy()
    again = ids.select(~pl.col("id").is_first_distinct()).to_series()
    found = ids["known"] & (again | pl.Series(seen.has(hashes)))
    seen.add(ids.filter(pl.col("known"))["id"].to_numpy())
    return found


def _repeats(told: pl.DataFrame) -> pl.DataFrame:
    return told.select("source_file", "source_line", "reason")
