"""How far a log can be trusted: what is missing, odd or repeated in it."""

from collections.abc import Mapping

import polars as pl

from routeaudit.frames import Records

GAP_FACTOR = 2
USUAL_SHARE = 0.99
SHORTEST_GAP_HOURS = 6.0

CHECKS: Mapping[str, pl.Expr] = {
    "missing_usage": pl.col("tokens_estimated")
    | ((pl.col("prompt_tokens").is_null() | pl.col("completion_tokens").is_null())
       & (pl.col("status") == "ok")),
    "placeholder_tokens": pl.col("usage_flag") == "placeholder",
    "inconsistent_usage": pl.col("usage_flag") == "usage_inconsistent",
    "zero_usage": pl.col("usage_flag") == "zeros_unknown",
    "redacted_text": pl.col("redacted"),
    "no_text": pl.col("query_key").is_null() & ~pl.col("redacted").fill_null(value=False),
    "no_time": pl.col("ts").is_null(),
    "zone_assumed": pl.col("tz_assumed"),
    "no_latency": pl.col("latency_s").is_null() & (pl.col("status") == "ok"),
    "no_model": pl.col("model").is_null(),
}  # fmt: skip
"""Name of a check -> which records it touches. The caller adds up what those cost."""

MEANINGS: Mapping[str, str] = {
    "missing_usage": "token counts are missing or were counted here",
    "placeholder_tokens": "the output count is a stream's placeholder: too small for the answer",
    "inconsistent_usage": "input and output do not add up to the logged total",
    "zero_usage": "all counts are 0 though the call cost money or failed",
    "redacted_text": "the text was removed before it was logged",
    "no_text": "no prompt was logged",
    "no_time": "the time of the call is not known",
    "zone_assumed": "the time named no zone",
    "no_latency": "how long the call took is not known",
    "no_model": "the model is not known",
}


def touched(records: Records) -> pl.DataFrame:
    """Count the records that each check touches.

    Returns:
        check, meaning, calls; every check, also those that touch nothing.
    """
    counts = records.select(
        (expr.fill_null(value=False)).sum().cast(pl.Int64).alias(name)
        for name, expr in CHECKS.items()
    )
    return pl.DataFrame(
        {
            "check": list(CHECKS),
            "meaning": [MEANINGS[name] for name in CHECKS],
            "calls": [counts[name].item() for name in CHECKS],
        },
        schema={"check": pl.String, "meaning": pl.String, "calls": pl.Int64},
    )


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
