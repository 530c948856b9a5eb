"""By what one call is known in several logs: its request, its answer, and what may differ.

Two rows with the same request id are one call unless their answers, prompts or ends differ: a
retry keeps its id. Two rows with the same answer id are one call when they come from different
logs; within one log they are so only if they were made at the same moment and the id looks
unique: a gateway's cache gives one answer many times, and small servers count from 0.
"""

import numpy as np
import polars as pl

from routeaudit.ingest.seen import Hashes, Truths, packed, parts

ALIKE = ("langfuse", "langsmith", "litellm", "azure_apim", "openrouter", "portkey", "helicone")
SPANS = ("otlp_spans", "otlp_logs", "otel_js_span", "phoenix_span")
TRANSCRIPT = "claude_code"
UNIQUE_CHARS = 20  # an id this long, with a digit in it, was drawn by chance
SAME_MOMENT_S = 10
SECONDS, REQUEST_BITS, FAMILY_BITS = 32, 24, 8
ANSWER_BITS, QUERY_BITS = 32, 32
_SECOND_US = 1_000_000

NEEDED = (
    "_family", "_request", "_answer", "source_format", "trace_id", "request_id", "response_id",
    "query_key", "status", "ts", "cache_hit", "tags",
)  # fmt: skip


def family() -> pl.Expr:
    """Name the product a row came from: its exports under any format have the same ids."""
    name = pl.col("source_format")
    product = name.str.extract(rf"^({'|'.join(ALIKE)})")
    return (
        pl.when(name.is_in(SPANS)).then(pl.lit("spans")).otherwise(pl.coalesce(product, name))
    )


def family_of(name: str) -> str:
    """Name the product that a format is of."""
    if name in SPANS:
        return "spans"
    return next((product for product in ALIKE if name.startswith(product)), name)


def with_keys(calls: pl.DataFrame) -> pl.DataFrame:
    """Add `_family`, and the hashes that rows are compared by; null where a row has no such id.

    `_request` is the request's id with its trace and end, `_answer` the answer's id.
    """
    told = calls.with_columns(_family=family())
    asked, answered = pl.col("request_id").is_not_null(), pl.col("response_id").is_not_null()
    return told.with_columns(
        _request=pl.when(asked).then(pl.struct(*_request()).hash()),
        _answer=pl.when(answered).then(pl.col("response_id").hash()),
    )


def _request() -> tuple[pl.Expr, ...]:
    trace = pl.when(pl.col("_family") == "spans").then("trace_id")
    failed_at = pl.when(pl.col("status") == "error").then("ts")  # a retry may fail as well
    names = (pl.col(name) for name in ("_family", "request_id", "status"))
    return (*names, trace.alias("trace"), failed_at.alias("at"))


def attempts(rows: pl.DataFrame) -> Hashes:
    """Tell attempts under one request id apart: by answer and prompt, too."""
    return hashes(pl.struct(*_request(), "response_id", "query_key").hash(), rows)


def copies(rows: pl.DataFrame) -> Hashes:
    """Tell rows of one answer apart that are no copies of each other."""
    names = ("source_format", "response_id", "ts", "request_id", "query_key")
    return hashes(pl.struct(names).hash(), rows)


def side_chains_last(known: pl.DataFrame) -> pl.DataFrame:
    """Put side chains of agents last, which may replay their parents; `_place` is the old order."""
    aside = _is_side_chain()
    if not known.select(aside.any()).item():
        return known
    return known.with_row_index("_place").sort(
        aside.fill_null(value=False), maintain_order=True
    )


def _is_side_chain() -> pl.Expr:
    told = pl.col("tags").str.contains('"side_chain":true', literal=True)
    return (pl.col("source_format") == TRANSCRIPT) & told.fill_null(value=False)


def hashes(column: pl.Expr, known: pl.DataFrame) -> Hashes:
    """Give a column of hashes, 0 for null."""
    return known.select(column.fill_null(0).cast(pl.UInt64)).to_series().to_numpy()


def request_notes(known: pl.DataFrame) -> Hashes:
    """Note of each row which answer and prompt it has; 0 for those that are not known."""
    answer, query = (
        hashes(pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash() | 1), known)
        for name in ("response_id", "query_key")
    )
    return packed((answer, ANSWER_BITS), (query, QUERY_BITS))


def is_same_request(one: Hashes, other: Hashes) -> Truths:
    """Compare two notes: what both know must agree."""
    pairs = zip(parts(one, ANSWER_BITS, QUERY_BITS), parts(other, ANSWER_BITS, QUERY_BITS), strict=True)  # fmt: skip
    same: Truths = np.logical_and.reduce([_agree(left, right) for left, right in pairs])
    return same


def _agree(left: Hashes, right: Hashes) -> Truths:
    agree: Truths = (left == right) | (left == 0) | (right == 0)
    return agree


def answer_notes(known: pl.DataFrame, families: dict[str, int]) -> Hashes:
    """Note of each row its product, the second it was made in, and its request."""
    for name in known["_family"].unique(maintain_order=True):
        families.setdefault(name, len(families) + 1)
    code = pl.col("_family").replace_strict(families, return_dtype=pl.UInt64)
    free = pl.col("_family") == "spans"  # ids of requests differ by design
    if TRANSCRIPT in families:  # a side chain replays its parent's answer with an id of its own
        free = free | _is_side_chain()
    request = pl.when(pl.col("request_id").is_not_null() & ~free).then(
        pl.col("request_id").hash() | 1
    )
    moment = pl.when(pl.col("_family") != TRANSCRIPT).then(
        pl.col("ts").dt.epoch("us") // _SECOND_US
    )
    return packed(
        (hashes(code, known), FAMILY_BITS), (hashes(request, known), REQUEST_BITS), (hashes(moment, known), SECONDS)
    )  # fmt: skip


def is_elsewhere(one: Hashes, other: Hashes) -> Truths:
    """Tell rows whose first came from another product."""
    _, _, here = parts(one, FAMILY_BITS, REQUEST_BITS, SECONDS)
    _, _, there = parts(other, FAMILY_BITS, REQUEST_BITS, SECONDS)
    elsewhere: Truths = here != there
    return elsewhere


def is_same_answer(one: Hashes, other: Hashes) -> Truths:
    """Tell rows of one product that are the first once more: same moment, no other request."""
    at, asked, _ = parts(one, FAMILY_BITS, REQUEST_BITS, SECONDS)
    first_at, first_asked, _ = parts(other, FAMILY_BITS, REQUEST_BITS, SECONDS)
    apart = np.abs(at.astype(np.int64) - first_at.astype(np.int64))
    close = (apart <= SAME_MOMENT_S) | (at == 0) | (first_at == 0)
    same: Truths = close & _agree(asked, first_asked)
    return same


def has_own_answer() -> pl.Expr:
    """Tell rows whose answer id stands for one call: it looks unique, and no cache gave it."""
    response_id = pl.col("response_id")
    unique = (response_id.str.len_chars() >= UNIQUE_CHARS) & response_id.str.contains(r"\d")
    cached = pl.col("cache_hit").fill_null(value=False)
    return ((unique & ~cached) | (pl.col("_family") == TRANSCRIPT)).fill_null(value=False)
