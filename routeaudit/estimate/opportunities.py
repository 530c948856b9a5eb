"""What else would cut the bill: repeats, batches, long answers, prefixes sent again and again."""

import polars as pl

from routeaudit.catalog.prices import PriceBook, computed_usd
from routeaudit.estimate.drafts import bare
from routeaudit.result import Opportunity

PREFIX_TOKENS = 1_024
"""Providers cache prefixes from about this length on."""

BATCH_SAVES = 0.5
HALF_PRICE = ("batch", "flex")
"""Service tiers that cost what a batch does: nothing is left to save there."""

LONG_QUANTILE = 0.95
TOKENS_PER_MTOK = 1e6


def opportunities(priced: pl.DataFrame, book: PriceBook) -> tuple[Opportunity, ...]:
    """List savings that need no router; they overlap, so they do not add up.

    Args:
        priced: (n,) touchable calls with `billed_usd` and the prices of each call.
        book: where prices come from.
    """
    found = (
        _repeats(priced), _batchable(priced), _long_answers(priced, book), _prefixes(priced),
    )  # fmt: skip
    return tuple(one for one in found if one.calls)


def _repeats(priced: pl.DataFrame) -> Opportunity:
    """Single-turn queries asked at an earlier time, word for word, of the same model."""
    alone = pl.col("query_key").is_not_null() & (pl.col("n_turns").fill_null(1) <= 2)  # noqa: PLR2004 system and user
    # The key is a hash already: 64 bits of it and of the name tell calls apart as well.
    asked = pl.struct("query_key", "model").hash()
    again = (
        priced.lazy()
        .filter(alone)
        .select("ts", "billed_usd", asked=asked)
        .sort("ts", nulls_last=True, maintain_order=True)
        .filter(~pl.col("asked").is_first_distinct())
        .collect()
    )
    return Opportunity(
        name="exact repeats that a cache would answer",
        calls=again.height,
        amount=_sum(again),
        note="same text, same model, asked before in this log; right only where answers keep",
    )


def _batchable(priced: pl.DataFrame) -> Opportunity:
    """Calls that nobody waits for, as far as a log can tell."""
    idle = (
        priced.lazy()
        .filter(
            ~pl.col("is_batch").fill_null(value=False)
            & ~pl.col("service_tier")
            .cast(pl.String)
            .str.to_lowercase()
            .is_in(HALF_PRICE)
            .fill_null(value=False)
            & (pl.col("stream") == False)  # noqa: E712 unknown is not false
            & pl.col("session_id").is_null()
            & pl.col("user").is_null()
        )
        .select("billed_usd")
        .collect()
    )
    amount = _sum(idle)
    return Opportunity(
        name="calls that could wait for a batch",
        calls=idle.height,
        amount=None if amount is None else amount * BATCH_SAVES,
        note="not streamed, no session, no user; batches cost half, and take up to a day",
    )


def _long_answers(priced: pl.DataFrame, book: PriceBook) -> Opportunity:
    """Output beyond the 95th percentile of its task."""
    tokens = pl.col("completion_tokens")
    usual = tokens.quantile(LONG_QUANTILE).over("task")
    limits = priced.lazy().select(usual=usual, beyond=tokens.cast(pl.Float64) > usual).collect()
    beyond = limits["beyond"].fill_null(value=False)
    long = bare(priced).filter(beyond)
    # Priced again and not by a rate: the price of a call hangs on its tier, too.
    was = computed_usd(long, book)
    cut = limits["usual"].filter(beyond).cast(pl.UInt32)
    usd = (was - computed_usd(long.with_columns(completion_tokens=cut), book)).drop_nulls()
    return Opportunity(
        name="answers much longer than their task needs",
        calls=long.height,
        amount=None if usd.is_empty() else float(usd.sum()),
        note="output beyond the 95th percentile of the task; a limit or a shorter format cuts it",
    )


def _prefixes(priced: pl.DataFrame) -> Opportunity:
    """The shortest prompt of a feature bounds the prefix that all its calls share."""
    group = ["model", "feature"]
    plain = priced.lazy().filter(
        pl.col("feature").is_not_null() & pl.col("prompt_tokens").is_not_null()
    )
    cold = (
        plain.select(
            "input_usd_per_mtok",
            shared=pl.col("prompt_tokens").min().over(group),
            cold=pl.col("cached_tokens").fill_null(0) == 0,
            again=~pl.struct(group).hash().is_first_distinct(),
        )
        .filter((pl.col("shared") >= PREFIX_TOKENS) & pl.col("cold") & pl.col("again"))
        .collect()
    )
    # Cached input costs between a tenth and a half; half off is the careful figure.
    usd = (cold["shared"] * cold["input_usd_per_mtok"] * 0.5 / TOKENS_PER_MTOK).drop_nulls()
    return Opportunity(
        name="prompt prefixes that caching would cover",
        calls=cold.height,
        amount=None if usd.is_empty() else float(usd.sum()),
        note="at most: the shortest prompt of a feature taken as shared, cached at half price",
    )


def _sum(calls: pl.DataFrame) -> float | None:
    known = calls["billed_usd"].drop_nulls()
    return None if known.is_empty() else float(known.sum())
