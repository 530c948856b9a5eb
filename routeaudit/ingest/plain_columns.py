"""From the columns that DuckDB gives for plain chat pairs to all columns of records."""

import orjson
import polars as pl

from routeaudit.frames import TS
from routeaudit.ingest.columns import RAW_COLUMNS, prompt
from routeaudit.ingest.wrapper import provider_of

KNOWN = {"operation": "chat", "n_media": 0, "redacted": False}
"""What is the same for every plain line."""


def calls_of(found: pl.DataFrame, source: str, source_format: str) -> pl.DataFrame:
    """Make the columns of records, one row a plain line.

    Args:
        found: what the query of `plain_sql` gave.
        source: the file that the lines are of.
        source_format: the format that they are read as.
    """
    fixed = {**KNOWN, "source_file": source, "source_format": source_format}
    absent = [name for name in RAW_COLUMNS if name not in found.columns and name not in fixed]
    whole = found.with_columns(
        pl.col("ts").cast(TS),
        pl.col("number").cast(pl.UInt64).alias("source_line"),
        *(pl.lit(value, RAW_COLUMNS[name]).alias(name) for name, value in fixed.items()),
        *(
            pl.lit(None, RAW_COLUMNS[name]).alias(name)
            for name in absent
            if name != "source_line"
        ),
    )
    return _with_prompts(_with_providers(whole)).select(list(RAW_COLUMNS))


def _with_providers(calls: pl.DataFrame) -> pl.DataFrame:
    urls = calls["_url"].unique().to_list()
    if urls == [None]:
        return calls
    names = pl.Series([provider_of(url) for url in urls], dtype=pl.String)
    by_url = pl.col("_url").replace_strict(
        pl.Series(urls, dtype=pl.String), names, default=None, return_dtype=pl.String
    )
    return calls.with_columns(provider=pl.coalesce("provider", by_url))


def _with_prompts(calls: pl.DataFrame) -> pl.DataFrame:
    """Read in Python the prompts that SQL has no query for: long, many turns, parts, tools."""
    place = calls.select(pl.arg_where(pl.col("query").is_null())).to_series()
    if not len(place):
        return calls
    found = [prompt(orjson.loads(text)) for text in calls["messages"].gather(place).to_list()]
    columns = {
        name: pl.Series([row[name] for row in found], dtype=RAW_COLUMNS[name])
        for name in ("query", "query_key", "messages", "n_turns", "n_media", "redacted")
    }
    return calls.with_columns(
        calls[name].scatter(place, values).alias(name) for name, values in columns.items()
    )
