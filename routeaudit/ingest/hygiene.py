"""How far a log can be trusted: what is missing, odd or repeated in it."""

from typing import NamedTuple

import polars as pl

GAP_FACTOR = 2
USUAL_SHARE = 0.99
SHORTEST_GAP_HOURS = 6.0


class Check(NamedTuple):
    """A flaw: its name, which records it touches (never null), and what to do about it."""

    name: str
    seen: pl.Expr
    advice: str


def checks() -> tuple[Check, ...]:
    """List what can be odd about records: expressions over columns of RECORD_COLUMNS.

    The caller sums what the calls cost that each one touches. `exact duplicates without ids`
    looks at all records at once, so it must not be run batch by batch.
    """
    flag = pl.col("usage_flag")
    found = (
        Check(
            "placeholder tokens (streaming)", flag == "placeholder",
            "the output count is a stream's first one: ask for stream_options.include_usage",
        ),
        Check(
            "counts do not add up", flag == "usage_inconsistent",
            "input and output are not the logged total; the raw values were kept",
        ),
        Check(
            "zero counts of a billed or failed call", flag == "zeros_unknown",
            "all counts are 0 though the call cost money or failed: taken as not known",
        ),
        Check("redacted text", pl.col("redacted"), "log the prompts, or hashes and features of them"),
        Check(
            "exact duplicates without ids", _repeated(),
            "same text, time, model and counts, and no id to tell them apart: log a request id",
        ),
        Check(
            "latency unit assumed", pl.col("latency_unit_assumed"),
            "name the unit in the key, as in latency_ms",
        ),
    )  # fmt: skip
    return tuple(check._replace(seen=check.seen.fill_null(value=False)) for check in found)


def _repeated() -> pl.Expr:
    """Tell all but the first of equal records that have no id; those without a time are left."""
    same = pl.struct("query_key", "ts", "model", "user", "prompt_tokens", "completion_tokens")
    nameless = pl.col("request_id").is_null() & pl.col("response_id").is_null()
    told = nameless & pl.col("query_key").is_not_null() & pl.col("ts").is_not_null()
    key = pl.when(told).then(same.hash())  # eight bytes a call, not a group for each
    return told & ~key.is_first_distinct()


def clock_gaps(times: pl.Series) -> pl.DataFrame:
    """Find stretches without any call that are far longer than usual in this log.

    Args:
        times: when the calls were made, in any order; nulls are left out.

    Returns:
        start, end, hours; the longest first. A gap lasts over 6 hours and over twice as long as
        99 of 100 pauses between busy hours, so that nights and weekends are none.
    """
    hours = pl.DataFrame({"ts": times}).drop_nulls().select(pl.col("ts").dt.truncate("1h"))
    busy = hours.unique().sort("ts")
    pauses = busy.select(
        start=pl.col("ts"),
        end=pl.col("ts").shift(-1),
        hours=(pl.col("ts").shift(-1) - pl.col("ts")).dt.total_minutes() / 60,
    ).drop_nulls()
    usual = pl.col("hours").quantile(USUAL_SHARE, interpolation="lower")
    limit = pl.max_horizontal(GAP_FACTOR * usual, pl.lit(SHORTEST_GAP_HOURS))
    return pauses.filter(pl.col("hours") > limit).sort(
        "hours", "start", descending=[True, False]
    )


class Gaps(NamedTuple):
    """Stretches without any call: how many, and their share of the other hours; the longest told."""

    n: int
    share: float  # of the hours between the first call and the last that are in no gap
    told: tuple[str, ...]


def gaps(times: pl.Series) -> Gaps:
    """Sum up the stretches without any call."""
    found, span = clock_gaps(times), times.drop_nulls()
    if found.is_empty():
        return Gaps(0, 0.0, ())
    first, last = span.min(), span.max()
    whole = (last - first).total_seconds() / 3600  # type: ignore[operator,union-attr]  # both are times
    lost = float(found["hours"].sum())
    return Gaps(found.height, lost / max(whole - lost, 1.0), tuple(gaps_told(times)))


def gaps_told(times: pl.Series, most: int = 3) -> list[str]:
    """Say the longest stretches without any call."""
    return [
        f"no call for {hours:.0f} hours from {start:%Y-%m-%d %H:%M} on: is a file missing?"
        for start, _, hours in clock_gaps(times).head(most).iter_rows()
    ]
