"""From the text columns that DuckDB gives for plain chat pairs to the columns of records."""

from collections.abc import Sequence

import orjson
import polars as pl

from routeaudit.ingest import transcript
from routeaudit.ingest.columns import RAW_COLUMNS, REDACTED, prompt
from routeaudit.ingest.plain import AROUND, REQUEST, RESPONSE, Table
from routeaudit.ingest.texts import counted, epoch_us, known, numeric, seconds_between, timed
from routeaudit.ingest.transcript import BREAK, LAST_CHARS, NAMES, PART_CHARS, QUERY_CHARS
from routeaudit.ingest.wrapper import ERROR_FROM, FAILED, provider_of

MUST_BE_ABSENT = (
    "functions", "text_options", "request_metadata", "metadata", "error", "calls", "call",
    "logprobs", "second", "input_tokens", "output_tokens", "failure",
)  # fmt: skip
MAY_BE_LONG = {
    "messages", "content_1", "content_2", "answer", "tools", "format_whole", *MUST_BE_ABSENT,
}  # fmt: skip
BLOCKED = "content_filter"
MAX_U16 = 65_535
LONGEST_MARK = 24  # characters; of what stands for redacted text


def calls_of(cells: pl.DataFrame, table: Table, shapes: Sequence[str]) -> pl.DataFrame:
    """Make the columns of records, one row a line, and `_plain`: whether the row may be used.

    Args:
        cells: what the query of `plain.sql` gave, and `number`, the line.
        table: the paths that the query was made with.
        shapes: key sets of plain lines, as the query writes them.
    """
    chosen = {name: pl.coalesce(*paths) if paths else pl.lit(None, pl.String)
              for name, paths in table.around.items()}  # fmt: skip
    whole = cells.select(
        pl.all(),
        *(column.alias(f"o_{name}") for name, column in chosen.items()),
    )
    texts = {name: _first_text(paths) for name, paths in table.around.items()}
    timed_cells = whole.with_columns(
        *timed(pl.col("o_when"), "when"), *timed(pl.col("o_ended"), "end"),
        epoch_us(pl.col("created")).alias("made_us"),
    )  # fmt: skip
    found = timed_cells.select(
        *_who(texts), *_when(table), *_asked(), *_answered(), *_status(), *_usage(table),
        _query().alias("query"),
        pl.col("messages"),
        source_line=pl.col("number").cast(pl.UInt64),
        _plain=_is_plain(shapes, cells.columns),
    )  # fmt: skip
    return _with_keys(_with_prompts(_with_providers(found)))


def _first_text(paths: Sequence[str]) -> pl.Expr:
    if not paths:
        return pl.lit(None, pl.String)
    return pl.coalesce(*(known(pl.col(path)) for path in paths))


def _is_plain(shapes: Sequence[str], columns: Sequence[str]) -> pl.Expr:
    short = [
        c for c in columns if c.startswith("top_") and c not in ("top_metadata", "top_tags")
    ]
    short += [c for c in (*REQUEST, *RESPONSE) if c not in MAY_BE_LONG]
    nested = pl.any_horizontal(
        pl.col(c).str.starts_with(mark) for c in short for mark in ("{", "[")
    )
    absent = [f"o_{name}" if name in AROUND else name for name in MUST_BE_ABSENT]
    return (
        pl.col("keys").is_in(list(shapes))
        & pl.col("messages").str.starts_with("[{")
        & (pl.col("object") == "chat.completion")
        & pl.all_horizontal(pl.col(c).is_null() | (pl.col(c) == "[]") for c in absent)
        & (pl.col("tools").is_null() | pl.col("tools").str.starts_with("["))
        & pl.col("answer").is_not_null()
        & ~pl.col("answer").str.starts_with("[")
        & ~pl.col("answer").str.contains("base64,", literal=True)
        & (known(pl.col("asked")).is_not_null())
        & ~pl.col("o_url").str.contains("/v1/messages|/responses").fill_null(value=False)
        & (pl.col("o_when").is_null() | pl.col("when_us").is_not_null())
        & (pl.col("o_ended").is_null() | pl.col("end_us").is_not_null())
        & (pl.col("created").is_null() | pl.col("made_us").is_not_null())
        & ~nested.fill_null(value=False)
    ).fill_null(value=False)


def _who(texts: dict[str, pl.Expr]) -> list[pl.Expr]:
    return [
        texts["request_id"].alias("request_id"),
        texts["trace_id"].alias("trace_id"),
        pl.coalesce(
            texts["session"], known(pl.col("request_session")), known(pl.col("conversation"))
        ).alias("session_id"),
        pl.coalesce(texts["who"], known(pl.col("request_user")), known(pl.col("safety"))).alias(
            "user"
        ),
        texts["team"].alias("team"),
        texts["feature"].alias("feature"),
        texts["told_provider"].str.to_lowercase().alias("provider"),
        texts["url"].alias("_url"),
    ]


def _when(table: Table) -> list[pl.Expr]:
    span = seconds_between(pl.col("when_us"), pl.col("end_us"))
    told = pl.coalesce(_number(table, "milliseconds") / 1000, _number(table, "seconds"))
    guess = _number(table, "unit_unknown")
    latency, ttft = pl.coalesce(span, told), _number(table, "ttft") / 1000
    return [
        pl.coalesce("when_us", "made_us").cast(pl.Datetime("us", "UTC")).alias("ts"),
        pl.when(pl.col("when_us").is_not_null()).then("when_naive").alias("tz_assumed"),
        pl.when(latency >= 0).then(latency).alias("latency_s"),
        pl.when(latency.is_null() & (guess >= 0)).then(guess).alias("latency_raw"),
        pl.lit(None, pl.Boolean).alias("latency_unit_assumed"),
        pl.when(ttft >= 0).then(ttft).alias("ttft_s"),
    ]


def _number(table: Table, name: str) -> pl.Expr:
    paths = table.around[name]
    if not paths:
        return pl.lit(None, pl.Float64)
    return pl.coalesce(*(numeric(pl.col(path)) for path in paths))


def _asked() -> list[pl.Expr]:
    whole, kind = known(pl.col("format_whole")), known(pl.col("format_type"))
    stream = pl.coalesce("o_told_stream", "request_stream")
    return [
        known(pl.col("asked")).alias("model_requested"),
        pl.coalesce(known(pl.col("served")), known(pl.col("asked"))).alias("model"),
        pl.lit("chat").alias("operation"),
        (1 + pl.col("role_2").is_not_null().cast(pl.UInt32)).alias("n_turns"),
        pl.lit(0, pl.UInt32).alias("n_media"),
        pl.col("n_tools").cast(pl.UInt32),
        pl.when(whole.str.starts_with("{"))
        .then(kind)
        .otherwise(whole)
        .alias("response_format"),
        counted(pl.coalesce("max_completion_tokens", "max_tokens_asked")).alias("max_tokens"),
        pl.coalesce(known(pl.col("answer_tier")), known(pl.col("request_tier"))).alias(
            "service_tier"
        ),
        pl.when(stream.is_in(["true", "false"])).then(stream == "true").alias("stream"),
    ]


def _answered() -> list[pl.Expr]:
    return [
        known(pl.col("response_id")).alias("response_id"),
        known(pl.col("answer")).alias("response_text"),
        known(pl.col("finish_reason")).alias("finish_reason"),
        pl.lit(None, pl.String).alias("tool_calls"),
        pl.lit(None, pl.String).alias("tags"),
        pl.lit(None, pl.String).alias("error_code"),
        pl.lit(None, pl.Float64).alias("logprob_mean"),
        pl.lit(None, pl.Float64).alias("feedback"),
        pl.lit(None, pl.Boolean).alias("is_batch"),
        pl.lit(None, pl.Boolean).alias("cache_hit"),
        pl.lit(None, pl.Boolean).alias("tokens_estimated"),
        pl.lit(None, pl.String).alias("usage_flag"),
        pl.lit(value=False).alias("redacted"),
    ]


def _status() -> list[pl.Expr]:
    told = pl.col("o_told_status")
    code, word = counted(told), known(told)
    failed = (code >= ERROR_FROM).fill_null(
        word.str.to_lowercase().is_in(list(FAILED)).fill_null(value=False)
    )
    return [
        pl.when(pl.col("finish_reason") == BLOCKED)
        .then(pl.lit("blocked"))
        .when(failed)
        .then(pl.lit("error"))
        .otherwise(pl.lit("ok"))
        .alias("status"),
        pl.when(code <= MAX_U16).then(code).cast(pl.UInt16).alias("http_status"),
    ]


def _usage(table: Table) -> list[pl.Expr]:
    cost = pl.coalesce(_number(table, "cost"), numeric(pl.col("usage_cost")))
    return [
        counted(pl.col("prompt_tokens")).alias("prompt_tokens"),
        counted(pl.col("completion_tokens")).alias("completion_tokens"),
        counted(pl.col("total_tokens")).alias("total_tokens"),
        counted(pl.coalesce("cached_1", "cached_2", "cached_3")).alias("cached_tokens"),
        counted(pl.coalesce("written_1", "written_2")).alias("cache_write_tokens"),
        pl.lit(None, pl.UInt32).alias("cache_write_1h_tokens"),
        counted(pl.coalesce("reasoning_1", "reasoning_2")).alias("reasoning_tokens"),
        pl.when(cost >= 0).then(cost).alias("cost_usd"),
    ]


def _with_providers(calls: pl.DataFrame) -> pl.DataFrame:
    urls = calls["_url"].unique().to_list()
    names = pl.Series([provider_of(url) for url in urls], dtype=pl.String)
    by_url = pl.col("_url").replace_strict(
        pl.Series(urls, dtype=pl.String), names, default=None, return_dtype=pl.String
    )
    return calls.with_columns(provider=pl.coalesce("provider", by_url)).drop("_url")


def _query() -> pl.Expr:
    """Write the query of one or two short messages; null for any other prompt."""
    first, second = pl.col("content_1"), pl.col("content_2")
    name = {n: pl.col(n).replace_strict(NAMES, default=None, return_dtype=pl.String)
            for n in ("role_1", "role_2")}  # fmt: skip
    alone = pl.col("role_2").is_null() & second.is_null() & pl.col("third").is_null()
    lone = alone & (name["role_1"] == "User") & _is_text(first, QUERY_CHARS)
    two = (
        (name["role_2"] == "User")
        & pl.col("third").is_null()
        & name["role_1"].is_in(["System", "User"])
        & _is_text(first, PART_CHARS)
        & _is_text(second, LAST_CHARS)
    )
    both = pl.concat_str(
        name["role_1"], pl.lit(": "), first, pl.lit(BREAK), name["role_2"], pl.lit(": "), second
    )
    return pl.when(lone).then(first).when(two).then(both)


def _is_text(content: pl.Expr, most: int) -> pl.Expr:
    """Tell contents that are words, not parts, files or a mark of redaction."""
    return (
        (content.str.len_chars() <= most)
        & ~content.str.starts_with("[")
        & ~content.str.starts_with("{")
        & ~content.str.contains("base64,", literal=True)
        & (known(content).is_not_null())
        & ~content.str.slice(0, LONGEST_MARK)
        .str.strip_chars()
        .str.to_lowercase()
        .is_in(REDACTED)
    )


def _with_prompts(calls: pl.DataFrame) -> pl.DataFrame:
    """Read in Python the prompts that SQL has no query for: long, many turns, parts, tools."""
    place = calls.select(pl.arg_where(pl.col("query").is_null() & pl.col("_plain"))).to_series()
    if not len(place):
        return calls
    found = [prompt(orjson.loads(text)) for text in calls["messages"].gather(place).to_list()]
    columns = {
        name: pl.Series([row[name] for row in found], dtype=RAW_COLUMNS[name])
        for name in ("query", "messages", "n_turns", "n_media", "redacted")
    }
    return calls.with_columns(
        calls[name].scatter(place, values).alias(name) for name, values in columns.items()
    )


def _with_keys(calls: pl.DataFrame) -> pl.DataFrame:
    """Give each query its key; each distinct query is hashed once."""
    keys = [transcript.key(text) for text in calls["query"].to_list()]
    return calls.with_columns(query_key=pl.Series(keys, dtype=pl.String))
