"""Which columns of a scan a replay reads: a quarter of them, and none of the widest."""

from collections.abc import Collection

import polars as pl

from routeaudit.frames import BEFORE_SENDING

READ = frozenset({
    "ts", "request_id", "session_id", "provider", "model", "operation", "query_key", "n_turns",
    "n_media", "prompt_tokens", "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens",
    "completion_tokens", "cost_usd", "is_batch", "service_tier", "latency_s", "status", "stream",
    "cache_hit", "user", "feature", "logprob_mean", "feedback", "task", "tier", "p_simple",
    "novelty", "classifier_error", "llm_id", "input_usd_per_mtok",
    "cost_computed_usd", "billed_usd",
})  # fmt: skip
PLACE = ("source_file", "source_line")


def narrowed(calls: pl.LazyFrame, policies_read: Collection[str]) -> pl.LazyFrame:
    """Keep what a replay reads of saved calls.

    Args:
        calls: (n,) RECORD_COLUMNS, VERDICT_COLUMNS and the columns of `with_cost`.
        policies_read: columns that the policies look at.

    Returns:
        (n,) fewer columns. The place in the source stays where it stands in for a missing id.
    """
    wanted = READ.union(name for name in policies_read if name in BEFORE_SENDING)
    # As a filter: what Parquet says of its pieces answers it, and no id is read.
    without = calls.select("request_id").filter(pl.col("request_id").is_null()).head(1)
    if not without.collect(engine="streaming").is_empty():
        wanted = wanted.union(PLACE)
    names = calls.collect_schema().names()
    return calls.select(name for name in names if name in wanted)
