"""Two logs of one call: what only the second tells is put into the row of the first."""

from collections.abc import Sequence

import polars as pl

PROMPT = ("query", "query_key", "messages", "n_turns", "n_media", "n_tools", "redacted")
USAGE = (
    "prompt_tokens", "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens",
    "completion_tokens", "reasoning_tokens", "tokens_estimated", "usage_flag",
)  # fmt: skip
TIME = ("ts", "tz_assumed")
EACH = (
    "trace_id", "session_id", "provider", "model", "model_requested", "operation",
    "response_text", "tool_calls", "response_format", "max_tokens", "finish_reason", "cost_usd",
    "is_batch", "service_tier", "latency_s", "ttft_s", "http_status", "error_code", "stream",
    "cache_hit", "user", "team", "feature", "tags", "logprob_mean", "feedback",
)  # fmt: skip


def filled(
    kept: pl.DataFrame, dropped: pl.DataFrame, key: str
) -> tuple[pl.DataFrame, pl.Series]:
    """Fill the nulls of kept calls from rows that tell of the same calls once more.

    A prompt, a time and a usage block go over as a whole; counts made by a tokenizer give way
    to logged ones. A key that several kept calls share is left alone.

    Args:
        kept: calls with the record columns and the key.
        dropped: the other rows, with the same columns.
        key: by which column of hashes they are the same.

    Returns:
        The kept calls, in order, and the keys of those that were filled.
    """
    ids = pl.col(key)
    fillable = kept.filter(ids.is_not_null() & ids.is_unique()).select(key)
    others = dropped.unique(key, keep="first", maintain_order=True).join(fillable, on=key)
    if others.is_empty():
        return kept, others[key]
    both = kept.join(others, on=key, how="left", suffix="_other", maintain_order="left")
    changed = both.with_columns(_gains())
    return changed.select(_chosen(kept.columns)), changed.filter("_gains")[key]


def _other(name: str) -> pl.Expr:
    return pl.col(f"{name}_other")


def _wanted(group: Sequence[str]) -> pl.Expr:
    """Tell whether the other log has a group of columns that this one lacks."""
    head = group[0]
    lacks = pl.col(head).is_null()
    if group is USAGE:
        guessed = pl.col("tokens_estimated").fill_null(value=False)
        lacks = lacks | (guessed & ~_other("tokens_estimated").fill_null(value=False))
    return (lacks & _other(head).is_not_null()).fill_null(value=False)


def _gains() -> pl.Expr:
    alone = [_other(name).is_not_null() & pl.col(name).is_null() for name in EACH]
    return pl.any_horizontal(*alone, *(_wanted(g) for g in (PROMPT, USAGE, TIME))).alias(
        "_gains"
    )


def _chosen(columns: Sequence[str]) -> list[pl.Expr]:
    groups = {name: group for group in (PROMPT, USAGE, TIME) for name in group}
    found = []
    for name in columns:
        if name in groups:
            choice = pl.when(_wanted(groups[name])).then(_other(name)).otherwise(name)
            found.append(choice.alias(name))
        elif name in EACH:
            found.append(pl.coalesce(name, f"{name}_other").alias(name))
        else:
            found.append(pl.col(name))
    return found
