"""Rows of the adapters turned into columns: typed, with the query and its key."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any  # Any: the values of a row

import orjson
import polars as pl

from routeaudit.frames import RECORD_COLUMNS, STATUSES
from routeaudit.ingest import transcript, wrapper
from routeaudit.ingest.bodies.content import turns
from routeaudit.ingest.rows import code_like
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import count, first_text, number, string, unwrapped

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
TEXTS = ("messages", "tool_calls", "tags")  # kept as JSON text
REDACTED = (
    "redacted-by-litellm", "[redacted]", "<redacted>", "***", "__redacted__", "redacted",
)  # fmt: skip
RAW_COLUMNS = {
    **{name: column.dtype for name, column in RECORD_COLUMNS.items()},
    "status": pl.String,
    "total_tokens": pl.UInt32,
    "latency_raw": pl.Float64,  # of unknown unit, where nothing better is known
}
SMALL_COUNTS = {"http_status"}
MAX_MARK = max(map(len, REDACTED))
MAX_LABEL_CHARS = 64
MAX_LABEL_WORDS = 6
MAX_U16 = 65_535


def table(rows: Sequence[Row], source: str, source_format: str) -> pl.DataFrame:
    """Make a frame of RAW_COLUMNS from rows; a value that does not fit becomes null.

    Rows are of the format given, but those that name their own.
    """
    whole = [_whole(row) for row in rows]
    told = set().union(*whole)
    frame = pl.DataFrame({name: _column(whole, name) for name in RAW_COLUMNS if name in told})
    own = pl.col("source_format") if "source_format" in told else pl.lit(None, pl.String)
    fixed = {"source_file": pl.lit(source), "source_format": own.fill_null(source_format)}
    absent = (name for name in RAW_COLUMNS if name not in told and name not in fixed)
    return frame.with_columns(
        *(pl.lit(None, RAW_COLUMNS[name]).alias(name) for name in absent), **fixed
    ).select(list(RAW_COLUMNS))


def _column(rows: Sequence[Row], name: str) -> pl.Series:
    values = [row.get(name) for row in rows]
    known = _as_they_are(name, values)
    if known is not None:
        return known
    read: Callable[[Any], Any] = _READERS[name]
    if set(map(type, values)) <= _NAMES:  # few names, many times
        named = {value: None if value is None else read(value) for value in set(values)}
        return pl.Series(name, [named[value] for value in values], RAW_COLUMNS[name])
    if name == "tags":
        read = _labels_once()
    read_values = [None if value is None else read(value) for value in values]
    return pl.Series(name, read_values, RAW_COLUMNS[name])


def _as_they_are(name: str, values: list[Any]) -> pl.Series | None:
    """Take a column over at once where its reader would change no value; else None."""
    kinds = _KINDS.get(_READERS[name])
    if kinds is None or not set(map(type, values)) <= kinds:
        return None
    try:
        column = pl.Series(name, values, RAW_COLUMNS[name])
    except (UnicodeEncodeError, OverflowError, TypeError, pl.exceptions.PolarsError):
        return None  # half characters, numbers out of range
    if column.dtype == pl.String:
        odd = column.str.strip_chars(_SPACES) == ""
    elif column.dtype == pl.Float64:
        odd = ~(column.is_finite() & (column >= 0))
    else:
        return column
    return None if odd.any() else column


def _whole(row: Row) -> Row:
    messages = row.get("messages")
    told = (
        [_message(m) for m in messages if isinstance(m, dict)]
        if isinstance(messages, list)
        else []
    )
    spoken = transcript.spoken(told)
    hidden = _is_redacted(spoken, row.get("response_text"))
    query = None if hidden else (row.get("query") or transcript.query_of(spoken))
    whole = {**row, **_named_in_tags(row, tags)} if (tags := row.get("tags")) else row.copy()
    whole["messages"] = None if hidden else told or None
    whole["redacted"] = hidden or bool(row.get("redacted"))
    if hidden and isinstance(row.get("response_text"), str) and _is_mark(row["response_text"]):
        whole["response_text"] = None
    whole["query"] = query
    whole["query_key"] = row.get("query_key") if query is None else transcript.key(query)
    return whole


def prompt(messages: Any) -> Row:  # noqa: ANN401 parsed JSON
    """Read a prompt by itself, as the adapters do: its messages, query, turns and media."""
    found = turns(messages)
    row = _whole({"messages": found.messages})
    return {
        "messages": _json(row["messages"]),
        "query": row["query"],
        "query_key": row["query_key"],
        "redacted": row["redacted"],
        "n_turns": len(found.messages) or None,
        "n_media": found.media,
    }


def _named_in_tags(row: Row, tags: Any) -> Row:  # noqa: ANN401 as logged
    """Give who paid and for what where only the request's own labels say so."""
    if not isinstance(tags, dict) or wrapper.LABEL_KEYS.isdisjoint(tags):
        return {}
    missing = (read for read in _labelled(tuple(tags)) if row.get(read[0]) is None)
    found = ((column, first_text(*[tags[name] for name in names])) for column, names in missing)
    return {column: name for column, name in found if name}


@lru_cache(maxsize=256)  # the tags of a log have few sets of keys
def _labelled(keys: tuple[Any, ...]) -> list[tuple[str, list[str]]]:
    """Tell which columns tags of these keys can name, and under which of their keys."""
    known = (
        (column, [name for name in names if name in keys])
        for column, names in wrapper.LABELS.items()
    )
    return [(column, names) for column, names in known if names]


def _message(message: Mapping[str, Any]) -> dict[str, str]:
    content, role = message.get("content"), message.get("role")
    if type(role) is not str or not role or role.isspace():
        role = string(role) or "user"
    return {"role": role, "content": content if isinstance(content, str) else ""}


def _is_redacted(messages: Sequence[Mapping[str, str]], answer: Any) -> bool:  # noqa: ANN401 as logged
    """Tell a prompt of marks only, or an answer that is one where no message says anything."""
    if not messages:
        return isinstance(answer, str) and _is_mark(answer)
    return _is_mark(messages[0]["content"]) and all(_is_mark(m["content"]) for m in messages)


def _is_mark(text: str) -> bool:
    if len(text) > MAX_MARK and not (text[0].isspace() or text[-1].isspace()):
        return False  # without a copy
    found = text.strip()
    return len(found) <= MAX_MARK and found.lower() in REDACTED


def _text(value: Any) -> str | None:  # noqa: ANN401 as logged
    found = string(value)
    if found is None or found.isascii():
        return found
    return _LONE_SURROGATE.sub("\ufffd", found)


def _json(value: Any) -> str | None:  # noqa: ANN401 as logged
    if not value:
        return None
    if isinstance(value, str):
        return value if _is_json(value) else orjson.dumps(_text(value)).decode()
    try:
        return orjson.dumps(value, default=str).decode()
    except TypeError:  # keys that are no texts take longer
        pass
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, orjson.JSONEncodeError):  # half characters, too deep
        return None


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _is_label(value: Any) -> bool:  # noqa: ANN401 as logged
    if isinstance(value, str):
        one_line = value.isprintable() and len(value) <= MAX_LABEL_CHARS
        return one_line and 0 < len(value.split()) <= MAX_LABEL_WORDS
    return isinstance(value, (bool, int, float))


def _labels(value: Any) -> str | None:  # noqa: ANN401 as logged
    """Keep the labels of an object or a list; what is longer may be someone's words."""
    told = unwrapped(value)
    if not isinstance(told, dict):
        told = {"tags": told if isinstance(told, list) else [told]}
    kept: dict[str, Any] = {}
    for key, inner in told.items():
        words = [i for i in inner if _is_label(i)] if isinstance(inner, list) else []
        if _is_label(key) and (words or _is_label(inner)):
            kept[key] = words or inner
    return _json(kept)


def _labels_once() -> Callable[[Any], str | None]:
    """Read labels as `_labels` does; those that stand alike in many rows are read once."""
    known: dict[str, str | None] = {}

    def read(value: Any) -> str | None:  # noqa: ANN401 as logged
        told = repr(value)
        if told not in known:
            known[told] = _labels(value)
        return known[told]

    return read


def _u16(value: Any) -> int | None:  # noqa: ANN401 as logged
    found = count(value)
    return found if found is not None and found <= MAX_U16 else None


def _bool(value: Any) -> bool | None:  # noqa: ANN401 as logged
    return value if isinstance(value, bool) else None


def _status(value: Any) -> str | None:  # noqa: ANN401 as logged
    return value if isinstance(value, str) and value in STATUSES else None


def _positive(value: Any) -> float | None:  # noqa: ANN401 as logged
    found = number(value)
    return found if found is not None and found >= 0 else None


def _lower(value: Any) -> str | None:  # noqa: ANN401 as logged
    found = _text(value)
    return found.lower() if found else None


def _whole_number(value: Any) -> int | None:  # noqa: ANN401 as logged
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_BY_TYPE = {
    pl.String: _text, pl.UInt32: count, pl.UInt16: _u16, pl.Boolean: _bool,
    pl.Float64: _positive, pl.UInt64: _whole_number,
}  # fmt: skip
_READERS = {
    **{name: _BY_TYPE.get(type(dt) if isinstance(dt, pl.DataType) else dt, _whole_number) for name, dt in RAW_COLUMNS.items()},
    **dict.fromkeys(TEXTS, _json),
    "tags": _labels,
    "status": _status,
    "error_code": code_like,
    "provider": _lower,
    "logprob_mean": number,
}  # fmt: skip
_NONE = type(None)
_NAMES = {str, _NONE}
_KINDS: dict[Any, set[type]] = {
    _text: {str, _NONE}, count: {int, _NONE}, _u16: {int, _NONE}, _bool: {bool, _NONE},
    _positive: {int, float, _NONE}, _whole_number: {int, _NONE},
}  # fmt: skip
"""Kinds of values that a reader gives back as they are, when they are in range."""
_SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
