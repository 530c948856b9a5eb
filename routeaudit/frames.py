"""The columns that each stage promises: name, dtype, meaning and unit, as data.

A frame type is a `NewType` over `pl.DataFrame`. Only the gates here (`as_records`, ...) make
one. Null means "not known" and is never 0.
"""

from collections.abc import Mapping
from typing import NamedTuple, NewType

import polars as pl

TASKS = (
    "classification", "extraction", "summarization", "structured_qa", "validation_formatting",
    "translation", "moderation", "rewriting", "reasoning", "creative_writing", "ambiguous",
    "world_knowledge", "code", "long_document",
)  # fmt: skip
SIMPLE_TASKS = TASKS[:8]
TIERS = ("micro", "mid", "full")
STATUSES = ("ok", "error", "blocked")

TASK = pl.Enum(TASKS)
TIER = pl.Enum(TIERS)
STATUS = pl.Enum(STATUSES)
TS = pl.Datetime("us", "UTC")
PATH = pl.String  # arms in the order they were called, joined by ">": "slm>llm"


class Column(NamedTuple):
    """One column: what it holds and in which unit."""

    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    unit: str = ""


Columns = Mapping[str, Column]

RECORD_COLUMNS: Columns = {
    "ts": Column(TS, "when the call was made", "UTC"),
    "request_id": Column(pl.String, "the caller's or gateway's id of the call"),
    "response_id": Column(pl.String, "the provider's id of the answer"),
    "trace_id": Column(pl.String, "the trace the call belongs to"),
    "session_id": Column(pl.String, "the conversation the call belongs to"),
    "provider": Column(pl.String, "who served it, lower case"),
    "model": Column(pl.String, "the model that served it, as logged"),
    "model_requested": Column(pl.String, "the model that was asked for, as logged"),
    "operation": Column(pl.String, "chat, completion, embedding, ..."),
    "query": Column(pl.String, "the text that is classified: system, context, last user turn"),
    "query_key": Column(pl.String, "md5 of `query`, hex; equal text, equal key"),
    "messages": Column(pl.String, "the whole prompt, JSON list of {role, content}"),
    "response_text": Column(pl.String, "the answer"),
    "tool_calls": Column(pl.String, "tool calls of the answer, JSON list of {name, arguments}"),
    "n_turns": Column(pl.UInt32, "messages in the prompt"),
    "n_media": Column(pl.UInt32, "images, audio and files in the prompt"),
    "n_tools": Column(pl.UInt32, "tools offered to the model"),
    "response_format": Column(pl.String, "text, json_object, json_schema, ..."),
    "max_tokens": Column(pl.UInt32, "output limit that was asked for", "tokens"),
    "finish_reason": Column(pl.String, "why the answer ended, as logged"),
    "prompt_tokens": Column(pl.UInt32, "input, including cache reads and writes", "tokens"),
    "cached_tokens": Column(pl.UInt32, "input read from the provider's cache", "tokens"),
    "cache_write_tokens": Column(pl.UInt32, "input written to that cache", "tokens"),
    "cache_write_1h_tokens": Column(pl.UInt32, "part of cache_write_tokens that is kept for an hour, at a higher price", "tokens"),
    "completion_tokens": Column(pl.UInt32, "output, including reasoning", "tokens"),
    "reasoning_tokens": Column(pl.UInt32, "output spent on reasoning", "tokens"),
    "tokens_estimated": Column(pl.Boolean, "some token count was made by a tokenizer here"),
    "usage_flag": Column(pl.String, "what was odd about the usage; null when nothing"),
    "cost_usd": Column(pl.Float64, "cost as logged", "USD"),
    "is_batch": Column(pl.Boolean, "billed at the batch price"),
    "service_tier": Column(pl.String, "priority, flex, batch, ..."),
    "latency_s": Column(pl.Float64, "from request to the last token", "s"),
    "latency_unit_assumed": Column(pl.Boolean, "the latency had no unit; s or ms was told by its size"),
    "ttft_s": Column(pl.Float64, "from request to the first token", "s"),
    "status": Column(STATUS, "ok, error or blocked"),
    "http_status": Column(pl.UInt16, "HTTP status"),
    "error_code": Column(pl.String, "the provider's error code or class"),
    "stream": Column(pl.Boolean, "the answer was streamed"),
    "cache_hit": Column(pl.Boolean, "a gateway's cache answered; nothing was billed"),
    "user": Column(pl.String, "who sent it"),
    "team": Column(pl.String, "the team or key that pays"),
    "feature": Column(pl.String, "the product feature or application"),
    "tags": Column(pl.String, "other labels, JSON object; values over 64 characters or 6 words are left out: they are texts"),
    "logprob_mean": Column(pl.Float64, "mean log probability of the answer's tokens", "nat"),
    "feedback": Column(pl.Float64, "how good the answer was, as logged by a person", "0..1"),
    "redacted": Column(pl.Boolean, "the text was removed before it was logged"),
    "tz_assumed": Column(pl.Boolean, "the time had no zone; UTC (or --timezone) was assumed"),
    "source_format": Column(pl.String, "the log format it was read as"),
    "source_file": Column(pl.String, "the file it came from"),
    "source_line": Column(pl.UInt64, "line (or record) number in it, from 1"),
}  # fmt: skip

REJECT_COLUMNS: Columns = {
    "source_file": Column(pl.String, "the file"),
    "source_line": Column(pl.UInt64, "line (or record) number in it, from 1"),
    "reason": Column(pl.String, "why it is no record; never holds the text"),
}

MERGED_COLUMNS: Columns = {
    "source_file": Column(pl.String, "the file"),
    "source_line": Column(pl.UInt64, "line (or record) number that was folded into another"),
    "reason": Column(pl.String, "why: duplicate, parent span, transcript repeat, ..."),
}

VERDICT_COLUMNS: Columns = {
    "task": Column(TASK, "the kind of work; null when there is no text"),
    "tier": Column(TIER, "the smallest size of model that should do"),
    "p_simple": Column(pl.Float32, "calibrated probability that a small model does", "0..1"),
    "p_task": Column(pl.Array(pl.Float32, len(TASKS)), "probability of each of TASKS", "0..1"),
    "p_tier": Column(pl.Array(pl.Float32, len(TIERS)), "probability of each of TIERS", "0..1"),
    "novelty": Column(pl.Float32, "how unlike anything in training; policies treat >= 0.5 as complex", "0..1"),
    "classifier_error": Column(pl.Boolean, "the classifier failed on this query"),
}  # fmt: skip

TEXT_COLUMNS = ("query", "messages", "response_text", "tool_calls")
"""The columns that hold people's words: dropped before anything is written."""

BEFORE_SENDING = (
    "prompt_tokens", "n_turns", "n_media", "n_tools", "response_format", "max_tokens",
    "is_batch", "team", "feature", "session_id", "task", "tier", "p_simple", "p_task", "p_tier",
    "novelty", "classifier_error", "signal", "prompt_chars", "chance",
)  # fmt: skip
"""All that a policy may see before it sends a request (a column may be absent).

`signal` is an outcome table's own score, turned so that high means easy; `chance` is a number in
0..1 drawn from the request's id, for policies that throw dice.
"""

AFTER_ATTEMPT = ("confidence", "must_escalate")
"""What an escalating policy sees besides, once an arm has answered."""

NOVEL = 0.5
"""A query whose novelty is this or more counts as complex."""


Records = NewType("Records", pl.DataFrame)
Rejects = NewType("Rejects", pl.DataFrame)
Verdicts = NewType("Verdicts", pl.DataFrame)
Classified = NewType("Classified", pl.DataFrame)
Routed = NewType("Routed", pl.DataFrame)


class FrameError(Exception):
    """A stage broke its promise: a bug, not the user's fault."""


def schema(columns: Columns) -> pl.Schema:
    """Give the Polars schema of a column table."""
    return pl.Schema({name: column.dtype for name, column in columns.items()})


def empty(columns: Columns) -> pl.DataFrame:
    """Make a frame with these columns and no rows."""
    return pl.DataFrame(schema=schema(columns))


def _fitted(frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Put the promised columns first, in order; add missing ones as null; cast the rest."""
    have = frame.schema
    promised = [
        (pl.col(name).cast(column.dtype) if name in have else pl.lit(None, column.dtype)).alias(
            name
        )
        for name, column in columns.items()
    ]
    others = [name for name in have if name not in columns]
    return frame.select(*promised, *others)


def _holding(frame: pl.DataFrame, wanted: Columns, stage: str) -> pl.DataFrame:
    for name, column in wanted.items():
        if name not in frame.schema:
            raise FrameError(f"{stage} promises the column {name!r}")
        if frame.schema[name] != column.dtype:
            raise FrameError(f"{stage}: {name!r} is {frame.schema[name]}, not {column.dtype}")
    return frame


def as_records(frame: pl.DataFrame) -> Records:
    """Make records; a promised column that is absent becomes null."""
    return Records(_fitted(frame, RECORD_COLUMNS))


def as_rejects(frame: pl.DataFrame) -> Rejects:
    """Make rejects."""
    return Rejects(_fitted(frame, REJECT_COLUMNS))


def as_verdicts(frame: pl.DataFrame) -> Verdicts:
    """Make verdicts; a promised column that is absent becomes null."""
    return Verdicts(_fitted(frame, VERDICT_COLUMNS))


def as_classified(frame: pl.DataFrame) -> Classified:
    """Make classified records.

    Raises:
        FrameError: a column of records or verdicts is missing or of another dtype.
    """
    return Classified(_holding(frame, {**RECORD_COLUMNS, **VERDICT_COLUMNS}, "classify"))


def as_routed(frame: pl.DataFrame) -> Routed:
    """Make routed records: any frame with a `path` that is never null.

    Raises:
        FrameError: there is no path, or a row has none.
    """
    _holding(frame, {"path": Column(PATH, "arms called, in order")}, "route")
    if frame["path"].null_count():
        raise FrameError("route: a record has no path")
    return Routed(frame)
