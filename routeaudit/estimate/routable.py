"""The part of a log that a router could touch, and what its times say."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.estimate.ground import Floats
from routeaudit.stats.bootstrap import DAYS_PER_MONTH

IDS_AT_ONCE = 65_536

SHORT_LOG_DAYS = 7
SECONDS_A_DAY = 86_400.0
MICROSECONDS = 1e6
LEAST_CENTS = 0.1
DECIDED = ("operation", "request_id")
"""Columns that only tell which calls can be routed, and what is read apart."""

REPEATED = frozenset({
    "provider", "model", "service_tier", "user", "feature", "llm_id", "session_id",
})  # fmt: skip
"""Names that many calls share: held as numbers they take a quarter of the memory."""

_NOT_TEXT = "embed|image|audio|speech|transcri|moderation|rerank|batch_create|file"


class Touchable(NamedTuple):
    """The calls that can be routed, and in words what was left as it is.

    `names` (n,) reads `request_id` and `query_key` of those calls, in the same order. In `calls`
    there is no id, and the key is a number that tells texts apart, unless answers were scored.
    """

    calls: pl.DataFrame
    names: pl.LazyFrame
    left: tuple[str, ...]


class Span(NamedTuple):
    """Calls a month (as given, and at the log's own rate), when each call came (seconds since the epoch), and warnings."""

    calls_per_month: float | None
    log_rate: float | None
    at_s: Floats | None
    warnings: tuple[str, ...]


def touchable(priced: pl.LazyFrame, shown: Collection[str]) -> Touchable:
    """Leave out failed calls, answers of a gateway's cache, and calls that give no text.

    Args:
        priced: (n,) calls with what they cost.
        shown: the columns that policies may look at; they stay as they are.
    """
    operation = pl.col("operation").str.to_lowercase().fill_null("chat")
    reasons = {
        "failed or blocked": pl.col("status").fill_null("ok") != "ok",
        "answered by a gateway's cache": pl.col("cache_hit").fill_null(value=False),
        "not about text answers (embeddings, images, audio)": operation.str.contains(_NOT_TEXT),
    }
    first = pl.coalesce(
        pl.when(is_so).then(pl.lit(reason)) for reason, is_so in reasons.items()
    )
    sums = (
        priced.select("billed_usd", reason=first)
        .filter(pl.col("reason").is_not_null())
        .group_by("reason")
        .agg(calls=pl.len(), usd=pl.col("billed_usd").sum())
        .collect(engine="streaming")
    )
    out = {reason: (calls, usd) for reason, calls, usd in sums.rows()}
    left = tuple(
        f"{out[reason][0]:,} calls ({_usd(out[reason][1])} USD) left as they are: {reason}"
        for reason in reasons
        if reason in out
    )
    # Not one filter after another: each would copy every column.
    kept = priced.filter(~pl.any_horizontal(reasons.values()))
    names = kept.select(_id(kept.collect_schema().names()), "query_key")
    calls = kept.drop(DECIDED).with_columns(_as_numbers(priced, shown))
    found = calls.collect(engine="streaming")
    return Touchable(found, names, left)


def _as_numbers(priced: pl.LazyFrame, shown: Collection[str]) -> Iterator[pl.Expr]:
    """Let numbers stand for names of which only the equality counts."""
    columns = priced.collect_schema()
    texts = {name for name, kind in columns.items() if kind == pl.String}
    coded = (REPEATED & texts) - set(shown)
    rated = priced.select(pl.col("feedback").is_not_null().any()).collect(engine="streaming")
    if "answer_cluster" in columns or rated.item():
        # Resampling draws clusters in the order of their names.
        yield from (
            pl.col(name).cast(pl.Categorical) for name in sorted(coded - {"session_id"})
        )
        return
    yield from (pl.col(name).cast(pl.Categorical) for name in sorted(coded - {"session_id"}))
    if "session_id" in coded:
        # Of its own: millions of names are held no longer than the column.
        yield pl.col("session_id").cast(pl.Categorical(pl.Categories.random()))
    yield pl.when(pl.col("query_key").is_not_null()).then(pl.col("query_key").hash())


def ids_of(names: pl.LazyFrame) -> Iterator[str]:
    """Read the id of each request some at a time: as Python's strings they are twice as large."""
    ids = names.select("request_id")
    for some in ids.collect_batches(chunk_size=IDS_AT_ONCE, maintain_order=True):
        yield from some["request_id"].to_list()


def _usd(amount: float) -> str:
    """Write dollars with cents, or two digits where they are fewer."""
    return f"{amount:.2g}" if 0 < amount < LEAST_CENTS else f"{amount:,.2f}"


def span_of(calls: pl.DataFrame, given: float | None) -> Span:
    """Scale to a month: as given, else by the days that the log covers (one at least)."""
    at_s = (calls["ts"].dt.epoch("us").cast(pl.Float64) / MICROSECONDS).fill_null(np.nan)
    known = at_s.drop_nans()
    if known.is_empty():
        note = () if given else ("no call has a time: say --calls-per-month for a month",)
        return Span(given, None, None, note)
    times = at_s.to_numpy()
    days = float(np.ptp(known.to_numpy())) / SECONDS_A_DAY
    rate = calls.height * DAYS_PER_MONTH / days if days > 0 else None
    if given is not None:
        return Span(given, rate, times, ())
    if rate is None or days < 1:
        return Span(
            None, rate, times, ("under a day of traffic: say --calls-per-month for a month",)
        )
    short = f"the log covers {days:.1f} days: a month made of them is a guess"
    return Span(rate, rate, times, (short,) if days < SHORT_LOG_DAYS else ())


def request_ids(calls: pl.DataFrame) -> pl.Series:
    """(n,) the id of each request; its place in the source where the log has none."""
    return calls.select(_id(calls.columns))["request_id"]


def _id(columns: Collection[str]) -> pl.Expr:
    if "source_file" not in columns:
        return pl.col("request_id")
    place = pl.concat_str(
        pl.col("source_file").fill_null(""), pl.lit(":"), pl.col("source_line").fill_null(0)
    )
    return pl.col("request_id").fill_null(place)
