"""The classifier that a scan uses: at hand at once, or made by reading the log a first time."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.classify import Classifier, ClassifySettings
from routeaudit.classify.making import Known, Watch, make_budgeted, make_classifier, told_of
from routeaudit.errors import ConfigError
from routeaudit.ingest import IngestSettings, ingest
from routeaudit.result import Evidence, Figure, Interval


class Ready(NamedTuple):
    """A classifier, and the share of simple calls where a sample gave it."""

    classifier: Classifier
    share: Figure | None


def ready_classifier(
    sources: Sequence[str],
    reading: IngestSettings,
    settings: ClassifySettings,
    cache: Path,
    watch: Watch,
) -> Ready:
    """Make the classifier; with a budget, read the log once to judge all its queries.

    Args:
        sources: the log.
        reading: how it is read.
        settings: which classifier.
        cache: where a GGUF model's verdicts are kept.
        watch: is told how far it has come.

    Raises:
        ConfigError: a budget is given for a stream, which cannot be read twice.
    """
    if settings.gguf_budget is None:
        return Ready(make_classifier(settings, cache=cache, watch=watch), None)
    if "-" in sources:
        raise ConfigError("--gguf-budget reads the log twice", hint="name a file instead of -")
    budgeted = make_budgeted(settings, cache=cache, seed=reading.seed, watch=watch)
    asked = distinct_queries(sources, reading)
    labelled = budgeted.label(asked["query"], asked["calls"].to_numpy().astype(np.int64))
    known = Known(
        queries=asked["query"], verdicts=labelled.verdicts, fingerprint=budgeted.fingerprint
    )
    share = labelled.report.simple_share
    ranged = Interval(
        low=share.interval.low,
        high=share.interval.high,
        method="prediction-powered inference: what the model would say of all calls",
    )
    figure = Figure(
        value=share.value, interval=ranged, evidence=Evidence.ESTIMATED, note=told_of(labelled)
    )
    return Ready(known, figure)


def distinct_queries(sources: Sequence[str], reading: IngestSettings) -> pl.DataFrame:
    """Read a log for its distinct queries and how often each was sent; holds their texts.

    Returns:
        (n,) `query` and `calls`, in the order of their first call.
    """
    counted = [
        batch.records.filter(pl.col("query").is_not_null())
        .group_by("query", maintain_order=True)
        .agg(calls=pl.len())
        for batch in ingest(sources, reading)
    ]
    return pl.concat(counted).group_by("query", maintain_order=True).agg(pl.col("calls").sum())
