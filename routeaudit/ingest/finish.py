"""What is done to every batch of calls, whatever format it came from."""

from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from routeaudit.ingest.accounting import reconciled
from routeaudit.ingest.latency_unit import in_seconds
from routeaudit.ingest.providers import with_provider
from routeaudit.ingest.settings import IngestSettings
from routeaudit.ingest.tokens import as_logged, counted
from routeaudit.ingest.values import moment

WORDS = ("operation", "response_format", "finish_reason", "service_tier", "provider")
TERM = r"^\S{1,64}(\s\S+){0,2}$"  # what a producer calls a thing; more is somebody's text
LABELS = ("team", "feature")
SENTENCE = r"(?:\S+\s+){6}\S"  # more than six words are no label, as in tags


def finished(
    calls: pl.DataFrame, settings: IngestSettings, latency_unit: Literal["s", "ms"] = "s"
) -> pl.DataFrame:
    """Apply zone and unit where none was named, and the accounting rules; tell what lacks."""
    told = in_seconds(_zoned(calls, settings.timezone), latency_unit)
    told = told.with_columns(
        tz_assumed=pl.when(pl.col("ts").is_not_null()).then(
            pl.col("tz_assumed").fill_null(value=False)
        )
    )
    known = reconciled(_without_sentences(told))
    return with_provider(counted(known) if settings.estimate_tokens else as_logged(known))


def _without_sentences(calls: pl.DataFrame) -> pl.DataFrame:
    """Leave out what stands where a term or a label should, but is somebody's words."""
    terms = [pl.when(pl.col(name).str.contains(TERM)).then(name).alias(name) for name in WORDS]
    labels = [
        pl.when(~pl.col(name).str.contains(SENTENCE)).then(name).alias(name) for name in LABELS
    ]
    return calls.with_columns(*terms, *labels)


def _zoned(calls: pl.DataFrame, timezone: str) -> pl.DataFrame:
    if timezone == "UTC":
        return calls
    local = (
        pl.col("ts").dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    ).dt.convert_time_zone("UTC")
    return calls.with_columns(ts=pl.when(pl.col("tz_assumed")).then(local).otherwise("ts"))


def in_window(calls: pl.DataFrame, settings: IngestSettings) -> pl.DataFrame:
    """Keep the calls between --since and --until; calls of unknown time only without them."""
    zone = ZoneInfo(settings.timezone)
    kept = calls
    for told, later in ((settings.since, True), (settings.until, False)):
        bound = moment(told, zone) if told is not None else None
        if bound is not None:
            edge = pl.lit(bound.us).cast(pl.Datetime("us", "UTC"))
            kept = kept.filter(pl.col("ts") >= edge if later else pl.col("ts") < edge)
    return kept
