"""The calls broken down by task, model, team ...: what each part costs and how fast it is."""

from collections.abc import Mapping
from typing import Any  # Any: cells of a row

import polars as pl

from routeaudit.estimate.simple import is_simple
from routeaudit.result import Slice

TOP = 200
VALUES = {
    "billed_usd": pl.col("billed_usd"),
    "latency_s": pl.col("latency_s"),
    "prompt_tokens": pl.col("prompt_tokens"),
    "completion_tokens": pl.col("completion_tokens"),
    "is_simple": is_simple(),
    "is_ok": pl.col("status") == "ok",
    "is_error": pl.col("status") == "error",
    # A failed call that cost nothing does not make an unpriced model free.
    "is_priced": pl.col("billed_usd").is_not_null() & (pl.col("status") == "ok"),
}


def slices(
    calls: pl.LazyFrame, keys: Mapping[str, pl.Expr], spend_usd: float | None
) -> dict[str, tuple[Slice, ...]]:
    """Break the calls down by each key: the dearest parts, the dearest first.

    Args:
        calls: (n,) RECORD_COLUMNS, VERDICT_COLUMNS and the columns of `with_cost`.
        keys: names to break the calls down by; null where the log does not say.
        spend_usd: of all calls.
    """
    # However wide the records are, 30 bytes a call are held; column by column, as each is copied.
    values = pl.DataFrame([_column(calls, value.alias(name)) for name, value in VALUES.items()])
    found = {}
    for name, key in keys.items():
        rows = _summed(values.hstack([_column(calls, key.cast(pl.Categorical).alias("key"))]))
        found[name] = tuple(_slice(row, values.height, spend_usd) for row in rows)
    return found


def _column(calls: pl.LazyFrame, value: pl.Expr) -> pl.Series:
    return calls.select(value).collect(engine="streaming").to_series().rechunk()


def _summed(values: pl.DataFrame) -> list[dict[str, Any]]:
    counts = values.lazy().group_by("key").agg(
        pl.len().alias("calls"),
        pl.col("prompt_tokens", "completion_tokens").cast(pl.Int64).sum(),
        pl.col("is_simple").mean(),
        pl.col("is_error").sum(),
        pl.col("is_priced").any(),
    ).collect()  # fmt: skip
    answered = pl.col("latency_s").filter("is_ok")
    # Beside a quantile, Polars adds up in the order of the rows: alike on any number of cores.
    amounts = values.group_by("key").agg(
        pl.col("billed_usd").sum(),
        answered.quantile(0.5, "linear").alias("p50"),
        answered.quantile(0.95, "linear").alias("p95"),
    )
    return (
        counts.join(amounts, on="key", nulls_equal=True)
        .with_columns(pl.col("key").cast(pl.String), spend=pl.when("is_priced").then("billed_usd"))
        .sort("spend", "calls", "key", descending=[True, True, False], nulls_last=True)
        .head(TOP)
        .to_dicts()
    )  # fmt: skip


def _slice(row: dict[str, Any], n: int, spend_usd: float | None) -> Slice:
    spend = row["spend"]
    return Slice(
        key=row["key"],
        calls=row["calls"],
        spend_usd=spend,
        share_calls=row["calls"] / n,
        share_spend=spend / spend_usd if spend is not None and spend_usd else None,
        simple_calls_share=row["is_simple"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        latency_p50_s=row["p50"],
        latency_p95_s=row["p95"],
        errors=row["is_error"],
    )
