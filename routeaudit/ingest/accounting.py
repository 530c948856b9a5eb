"""The accounting rules of every format: what tokens mean, checked against each other.

`prompt_tokens` includes cache reads and writes, `completion_tokens` includes reasoning,
unknown is null.
"""

import polars as pl

COUNTS = (
    "prompt_tokens", "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens",
    "completion_tokens", "reasoning_tokens",
)  # fmt: skip
WIDE = pl.Int64
FLAGS = {
    "zeros_unknown": "all counts were 0 though the call cost money or failed: unknown",
    "cache_added": "cached tokens were counted beside the input: added",
    "reasoning_added": "reasoning tokens were counted beside the output: added",
    "usage_inconsistent": "the counts do not add up to the logged total",
    "placeholder": "the output count is smaller than the answer: a stream's placeholder",
}
PLACEHOLDER_TOKENS = 3
PLACEHOLDER_CHARS = 200  # of answer: at least 20 tokens in any tokenizer


def reconciled(calls: pl.DataFrame) -> pl.DataFrame:
    """Apply the guard to calls with the columns of COUNTS and `total_tokens` (dropped).

    Returns:
        The calls, in order, with counts under our convention and `usage_flag`.
    """
    wide = calls.with_columns(pl.col(*COUNTS, "total_tokens").cast(WIDE))
    embeds = (pl.col("operation") == "embedding") & (pl.col("status") == "ok")
    made = pl.col("completion_tokens")
    told = wide.with_columns(
        completion_tokens=pl.when(made.is_null() & embeds).then(0).otherwise(made)
    )
    known = told.with_columns(_zeros_unknown())
    added = known.with_columns(_added())
    return added.with_columns(
        pl.col(*COUNTS).cast(pl.UInt32, strict=False),
        usage_flag=pl.coalesce(_flag(), "usage_flag"),
    ).drop("total_tokens", "_zeros", "_cache", "_reasoning")


def _zeros_unknown() -> list[pl.Expr]:
    zero = pl.all_horizontal(pl.col("prompt_tokens", "completion_tokens").fill_null(0) == 0)
    told = pl.col("prompt_tokens").is_not_null() | pl.col("completion_tokens").is_not_null()
    suspect = zero & told & ((pl.col("cost_usd") > 0) | (pl.col("status") != "ok"))
    suspect = suspect.fill_null(value=False)
    return [
        *(
            pl.when(~suspect).then(pl.col(name)).alias(name)
            for name in (*COUNTS, "total_tokens")
        ),
        suspect.alias("_zeros"),
    ]


def _added() -> list[pl.Expr]:
    prompt, made = pl.col("prompt_tokens"), pl.col("completion_tokens")
    total, reasoning = pl.col("total_tokens"), pl.col("reasoning_tokens").fill_null(0)
    cache = pl.col("cached_tokens").fill_null(0) + pl.col("cache_write_tokens").fill_null(0)
    off = (prompt + made != total).fill_null(value=False)
    cache_out = (cache > prompt) | (off & (cache > 0) & (prompt + cache + made == total))
    both = off & (prompt + cache + made + reasoning == total) & (cache > prompt)
    reasoning_out = (
        (reasoning > made)
        | both
        | (off & (reasoning > 0) & (prompt + made + reasoning == total))
    )
    add_cache = cache_out.fill_null(value=False)
    add_reasoning = reasoning_out.fill_null(value=False)
    return [
        pl.when(add_cache).then(prompt + cache).otherwise(prompt).alias("prompt_tokens"),
        pl.when(add_reasoning)
        .then(made + reasoning)
        .otherwise(made)
        .alias("completion_tokens"),
        add_cache.alias("_cache"),
        add_reasoning.alias("_reasoning"),
    ]


def _flag() -> pl.Expr:
    whole = pl.col("prompt_tokens") + pl.col("completion_tokens")
    # A total that leaves out what was added is the producer's own convention, not a fault.
    off = (whole != pl.col("total_tokens")).fill_null(value=False) & ~pl.col("_cache")
    small = (pl.col("completion_tokens") <= PLACEHOLDER_TOKENS) & (
        pl.col("response_text").str.len_chars() >= PLACEHOLDER_CHARS
    )
    return (
        pl.when(pl.col("_zeros")).then(pl.lit("zeros_unknown"))
        .when(off & ~pl.col("_reasoning")).then(pl.lit("usage_inconsistent"))
        .when(small).then(pl.lit("placeholder"))
        .when(pl.col("_cache")).then(pl.lit("cache_added"))
        .when(pl.col("_reasoning")).then(pl.lit("reasoning_added"))
    )  # fmt: skip
