"""The stage: judge each distinct query once and join the verdict back to every record."""

import logging

import polars as pl

from routeaudit.classify.calibrate import EVEN
from routeaudit.classify.contract import Classifier
from routeaudit.classify.settings import ClassifySettings
from routeaudit.frames import (
    TASK,
    TASKS,
    TIER,
    VERDICT_COLUMNS,
    Classified,
    Records,
    Verdicts,
    as_classified,
    as_verdicts,
)

log = logging.getLogger(__name__)

_CHARS_PER_TOKEN = 4.0
_OMITTED = r"\[\.\.\. (\d+) characters omitted \.\.\.\]"

# Log-odds that call metadata adds to "simple". Assumed, not measured: no labelled log with
# metadata was at hand. Each is small beside what the text says, but for media, which the small
# text models cannot see at all.
_LABEL_ONLY_TOKENS = 16
_LONG_ANSWER_TOKENS = 4_000
_MANY_TURNS = 8


_DEFAULTS = ClassifySettings()


def classify(
    records: Records, classifier: Classifier, settings: ClassifySettings = _DEFAULTS
) -> Classified:
    """Give each record its verdict. Rows stay where they are.

    Args:
        records: (n,) as ingested; `query` may be null.
        classifier: called once, with the distinct queries.
        settings: the long-document limit and the weight of metadata.

    Returns:
        (n,) the records and the verdict columns; all null where `query` is null.
    """
    keys = pl.coalesce(pl.col("query_key"), pl.col("query"))
    keyed = records.with_columns(
        pl.when(pl.col("query").is_not_null()).then(keys).alias("_key")
    )
    asked = keyed.filter(pl.col("_key").is_not_null()).unique("_key", maintain_order=True)
    log.info("classifying %d distinct queries of %d records", asked.height, records.height)
    verdicts = classifier.classify(asked["query"])
    table = verdicts.with_columns(asked["_key"])
    joined = keyed.join(table, on="_key", how="left", maintain_order="left")
    tokens = pl.coalesce(
        pl.col("prompt_tokens").cast(pl.Float64), _tokens_from_text(pl.col("query"))
    )
    shifted = _with_metadata(joined, settings.metadata_weight)
    return as_classified(_with_long_documents(shifted, tokens, settings).drop("_key"))


def classify_texts(
    texts: pl.Series, classifier: Classifier, settings: ClassifySettings = _DEFAULTS
) -> Verdicts:
    """Judge texts that come without a call around them.

    Args:
        texts: (n,) strings; may repeat and may be null.
        classifier: called once, with the distinct texts.
        settings: the long-document limit; tokens are estimated from characters.

    Returns:
        (n,) verdicts in the same order, null where the text is null.
    """
    frame = texts.alias("query").to_frame()
    distinct = frame["query"].drop_nulls().unique(maintain_order=True)
    table = classifier.classify(distinct).with_columns(distinct)
    joined = frame.join(table, on="query", how="left", maintain_order="left")
    marked = _with_long_documents(joined, _tokens_from_text(pl.col("query")), settings)
    return as_verdicts(marked.select(*VERDICT_COLUMNS))


def _tokens_from_text(text: pl.Expr) -> pl.Expr:
    """Estimate tokens from characters, counting those that a cut text says it left out."""
    omitted = text.str.extract(_OMITTED).cast(pl.Float64, strict=False).fill_null(0)
    return (text.str.len_chars().cast(pl.Float64) + omitted) / _CHARS_PER_TOKEN


def _with_long_documents(
    frame: pl.DataFrame, tokens: pl.Expr, settings: ClassifySettings
) -> pl.DataFrame:
    """Overrule the classifier where the prompt is longer than a small model should get."""
    long = pl.col("task").is_not_null() & (tokens > settings.long_document_tokens)
    sure = [1.0 if task == "long_document" else 0.0 for task in TASKS]
    verdict = {
        "task": pl.lit("long_document", TASK),
        "tier": pl.lit("full", TIER),
        "p_simple": pl.lit(0.0),
        "p_task": pl.lit(sure, dtype=VERDICT_COLUMNS["p_task"].dtype),
        "p_tier": pl.lit([0.0, 0.0, 1.0], dtype=VERDICT_COLUMNS["p_tier"].dtype),
    }
    return frame.with_columns(
        pl.when(long.fill_null(value=False))
        .then(value)
        .otherwise(pl.col(name))
        .cast(VERDICT_COLUMNS[name].dtype)
        .alias(name)
        for name, value in verdict.items()
    )


def _metadata_log_odds() -> pl.Expr:
    """Sum what the metadata adds to the log-odds of "simple"; absent metadata adds nothing."""
    hints = (
        (pl.col("max_tokens") <= _LABEL_ONLY_TOKENS, 0.7),
        (pl.col("max_tokens") >= _LONG_ANSWER_TOKENS, -0.2),
        (pl.col("response_format").is_in(["json_object", "json_schema"]), 0.3),
        (pl.col("n_tools") > 0, -0.4),
        (pl.col("n_turns") >= _MANY_TURNS, -0.3),
        (pl.col("n_media") > 0, -3.0),
    )
    return pl.sum_horizontal(
        pl.when(holds.fill_null(value=False)).then(odds).otherwise(0.0) for holds, odds in hints
    )


def _with_metadata(frame: pl.DataFrame, weight: float) -> pl.DataFrame:
    """Move `p_simple`, and the tiers with it, by what is known of the call."""
    shift = _metadata_log_odds() * weight
    p = pl.col("p_simple").cast(pl.Float64).clip(1e-6, 1 - 1e-6)
    moved = frame.with_columns(
        pl.when(shift == 0)
        .then(pl.col("p_simple"))
        .otherwise(1 / (1 + ((1 - p) / p) * (-shift).exp()))
        .cast(pl.Float32)
        .alias("_moved")
    )
    touched = (pl.col("_moved") != pl.col("p_simple")).fill_null(value=False)
    micro, mid = (pl.col("p_tier").arr.get(i) for i in (0, 1))
    small = pl.when(micro + mid > 0).then(micro / (micro + mid)).otherwise(0.5)
    tiers = pl.concat_arr(
        (pl.col("_moved") * small).cast(pl.Float32),
        (pl.col("_moved") * (1 - small)).cast(pl.Float32),
        (1 - pl.col("_moved")).cast(pl.Float32),
    )
    tier = (
        pl.when(pl.col("_moved") < EVEN)
        .then(pl.lit("full", TIER))
        .when(small >= EVEN)
        .then(pl.lit("micro", TIER))
        .otherwise(pl.lit("mid", TIER))
    )
    return moved.with_columns(
        p_tier=pl.when(touched).then(tiers).otherwise(pl.col("p_tier")),
        tier=pl.when(touched).then(tier).otherwise(pl.col("tier")),
        p_simple=pl.col("_moved"),
    ).drop("_moved")
