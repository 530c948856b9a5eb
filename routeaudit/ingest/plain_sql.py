"""The query that reads plain chat pairs: typed columns of records, plain lines only.

What a value means is decided as the adapters decide it. Where that takes more than SQL (a count
written as "9.0", a blank name, a time in words), the line is not plain and an adapter reads it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from routeaudit.ingest.bodies.content import DATA_URI_CHARS
from routeaudit.ingest.columns import REDACTED
from routeaudit.ingest.plain import Table
from routeaudit.ingest.transcript import BREAK, LAST_CHARS, NAMES, PART_CHARS, QUERY_CHARS
from routeaudit.ingest.values import (
    EARLIEST_US,
    LATEST_US,
    MICROSECONDS_END,
    MILLISECONDS_END,
    SECONDS_END,
)
from routeaudit.ingest.wrapper import ERROR_FROM, FAILED

BLOCKED = "content_filter"
MAX_U16 = 65_535
SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
MARK = rf"^[{SPACES}]*(?:{'|'.join(map(re.escape, REDACTED))})"
OFFSET = r"[+-](?:[01]\d|2[0-3]):[0-5]\d$"
ZONE = r"(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
ISO = r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?" + ZONE + "?"
EMPTY = ("functions", "text_options", "error", "calls", "call", "logprobs", "input_count",
         "output_count")  # fmt: skip
NAMES_ONLY = (
    "asked", "request_tier", "request_user", "safety", "request_session", "conversation",
    "answer_id", "served", "answer_tier", "ended_by",
)  # fmt: skip
NAMES_AROUND = (
    "request_id", "trace_id", "session", "who", "team", "feature", "told_provider", "url",
)  # fmt: skip
NUMBERS = {
    "ms_told": "o_milliseconds", "s_told": "o_seconds", "guess": "o_unit_unknown",
    "ttft_told": "o_ttft", "outer_cost": "o_cost", "inner_cost": "usage_cost",
}  # fmt: skip
TIMES = {"when": "o_when", "end": "o_ended", "made": "created"}
COUNTS = {
    "prompt_tokens": ("prompt_count",), "completion_tokens": ("completion_count",),
    "total_tokens": ("total_count",), "cached_tokens": ("cached_1", "cached_2", "cached_3"),
    "cache_write_tokens": ("written_1", "written_2"),
    "reasoning_tokens": ("reasoning_1", "reasoning_2"),
    "max_tokens": ("max_completion_tokens", "max_tokens_asked"),
}  # fmt: skip


def text(value: str) -> str:
    """Write a text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def listed(values: Iterable[str]) -> str:
    """Write texts as the SQL of a list."""
    return "(" + ", ".join(map(text, values)) + ")"


def query_for(table: Table, shapes: Iterable[Sequence[str]]) -> str:
    """Write the query over a view `lines(number, line)`: one row a plain line, in order.

    Args:
        table: what to take out of a line.
        shapes: the top-level keys that plain lines have here, each in the order of the line.

    Returns:
        SQL whose columns are columns of records, `number`, and `_url` (null if unknown);
        `query` is null where the prompt takes more than SQL to read.
    """
    keys = ", ".join("[" + ", ".join(map(text, shape)) + "]" for shape in shapes)
    return f"""
    WITH read AS (
        SELECT number, TRY(json_transform(line, {text(table.structure)})) AS j
        FROM lines WHERE TRY(json_keys(line)) IN ({keys})),
    cells AS (SELECT number, {_columns(_tidied(table))} FROM read),
    chosen AS (SELECT *, {_columns(_chosen(table))} FROM cells),
    read_values AS (SELECT *, {_columns(_values())} FROM chosen),
    spoken AS (SELECT *, {_columns(_spoken())} FROM read_values),
    SELECT number, {_columns(_record())}, {_is_plain(table)} AS _plain FROM spoken
    """  # noqa: S608 built from constants and quoted key names


def _columns(expressions: Mapping[str, str]) -> str:
    return ", ".join(f'{sql} AS "{name}"' for name, sql in expressions.items())


def _tidied(table: Table) -> dict[str, str]:
    """Take a blank name for an unknown one, as the adapters do."""
    names = {*NAMES_ONLY, "format_whole"}
    names |= {cell for name in NAMES_AROUND for cell in table.around[name]}
    return {
        name: f"nullif({place}, '')" if name in names else place
        for name, place in table.cells.items()
    }


def _first(names: Sequence[str]) -> str:
    return f"coalesce({', '.join(names)})" if names else "CAST(NULL AS VARCHAR)"


def _chosen(table: Table) -> dict[str, str]:
    """Take the first known of the names that one thing goes by."""
    around = {f"o_{name}": _first(cells) for name, cells in table.around.items()}
    counts = {f"x_{name}": _first(cells) for name, cells in COUNTS.items()}
    prompt = "CASE WHEN starts_with(messages, '[{') THEN messages END"
    said = """TRY(json_transform({}, '[{{"role": "VARCHAR", "content": "VARCHAR"}}]'))"""
    return {**around, **counts, "said": said.format(prompt)}


def _values() -> dict[str, str]:
    """Read counts, numbers and times; a value that cannot be read so is null."""
    return {
        **{f"n_{name}": f"TRY_CAST(x_{name} AS UINTEGER)" for name in COUNTS},
        **{name: f"TRY_CAST({cell} AS DOUBLE)" for name, cell in NUMBERS.items()},
        "code": "TRY_CAST(o_told_status AS UINTEGER)",
        **{f"us_{name}": _time_us(cell) for name, cell in TIMES.items()},
        "naive": f"""CASE WHEN suffix(o_when, 'Z') OR o_when[5:5] <> '-' THEN false
            ELSE {_is_iso('o_when')} AND {_is_without_offset('o_when')} END""",
        **{f"role_{n}": _role(f"said[{n}].role") for n in (1, 2)},
        **{f"content_{n}": f"said[{n}].content" for n in (1, 2)},
        "n_said": "len(said)",
    }  # fmt: skip


def _is_iso(value: str) -> str:
    return f"regexp_full_match({value}, {text(ISO)})"


def _time_us(value: str) -> str:
    """Read ISO text, with T or a space in it, or an epoch number, as microseconds since 1970."""
    offset = f"(regexp_extract({value}, {text(OFFSET)}))"
    minutes = (
        f"CAST({offset}[1:3] AS BIGINT) * 60 + CAST({offset}[1:1] || {offset}[5:6] AS BIGINT)"
    )
    # DuckDB takes a text with a zone, but does not mind the zone.
    there = f"epoch_us(TRY_CAST({value} AS TIMESTAMP))"
    east = f"epoch_us(TRY_CAST(regexp_replace({value}, {text(OFFSET)}, '') AS TIMESTAMP))"
    return (
        f"CASE WHEN {value}[5:5] = '-' THEN CASE WHEN NOT {_is_iso(value)} THEN NULL "
        f"WHEN {_is_without_offset(value)} THEN {there} "
        f"ELSE {east} - ({minutes}) * 60000000 END "
        f"WHEN {value} >= '0' AND {value} < ':' "
        f"THEN {_epoch_us(f'TRY_CAST({value} AS DOUBLE)')} END"
    )


def _is_without_offset(value: str) -> str:
    """Tell ISO text that ends with Z or names no zone."""
    rest = f"{value}[11:]"
    return f"(suffix({value}, 'Z') OR NOT (contains({rest}, '-') OR contains({rest}, '+')))"


def _epoch_us(number: str) -> str:
    """Read an epoch number, its unit told by its size."""
    us = (
        f"CASE WHEN {number} <= 0 THEN NULL "
        f"WHEN {number} < {SECONDS_END} THEN round({number} * 1e6) "
        f"WHEN {number} < {MILLISECONDS_END} THEN round({number} * 1e3) "
        f"WHEN {number} < {MICROSECONDS_END} THEN floor({number}) END"
    )
    return f"CAST({us} AS BIGINT)"


def _role(role: str) -> str:
    names = " ".join(f"WHEN {text(word)} THEN {text(name)}" for word, name in NAMES.items())
    return f"CASE {role} {names} END"


def _spoken() -> dict[str, str]:
    """Turn times into timestamps, and one or two short messages into the query."""
    low, high = EARLIEST_US, LATEST_US - 1
    times = {
        f"{name}_at": f"CASE WHEN us_{name} BETWEEN {low} AND {high} THEN make_timestamp(us_{name}) END"
        for name in TIMES
    }
    both = f"role_1 || ': ' || content_1 || {text(BREAK)} || role_2 || ': ' || content_2"
    return {
        **times,
        "query": f"""CASE
            WHEN n_said = 1 AND role_1 = 'User' AND {_is_words("content_1", QUERY_CHARS)}
            THEN content_1
            WHEN n_said = 2 AND role_2 = 'User' AND role_1 IN ('System', 'User')
            AND {_is_words("content_1", PART_CHARS)} AND {_is_words("content_2", LAST_CHARS)}
            THEN {both} END""",
    }


def _is_words(content: str, most: int) -> str:
    """Tell contents that are words, not parts, files, blank or a mark of redaction."""
    return (
        f"(strlen({content}) <= {most} OR length({content}) <= {most}) "
        f"AND NOT starts_with({content}, '[') AND NOT starts_with({content}, '{{') "
        f"AND {_is_not_blank(content)} AND {_has_no_file(content)} "
        f"AND NOT regexp_matches({content}, {text(MARK)}, 'i')"
    )


def _is_not_blank(value: str) -> str:
    # What starts with a visible ASCII character is not blank: nothing has to be trimmed.
    return (
        f"CASE WHEN {value} >= '!' AND {value} < '\x7f' THEN true "
        f"ELSE trim({value}, {text(SPACES)}) <> '' END"
    ).replace("'\x7f'", "chr(127)")


def _has_no_file(value: str) -> str:
    return (
        f"CASE WHEN strlen({value}) < {DATA_URI_CHARS} THEN true "
        f"ELSE NOT contains({value}, 'base64,') END"
    )


def _record() -> dict[str, str]:
    """Name the columns of records that a plain line fills."""
    latency = (
        "coalesce(CASE WHEN end_at >= when_at THEN (us_end - us_when) / 1e6 END, "
        "ms_told / 1000, s_told)"
    )
    cost = "coalesce(outer_cost, inner_cost)"
    failed = f"coalesce(code >= {ERROR_FROM}, lower(o_told_status) IN {listed(sorted(FAILED))})"
    stream = "coalesce(o_told_stream, request_stream)"
    return {
        "ts": "coalesce(when_at, made_at)",
        "tz_assumed": "CASE WHEN when_at IS NOT NULL THEN naive END",
        "latency_s": f"CASE WHEN {latency} >= 0 THEN {latency} END",
        "latency_raw": f"CASE WHEN {latency} IS NULL AND guess >= 0 THEN guess END",
        "ttft_s": "CASE WHEN ttft_told >= 0 THEN ttft_told / 1000 END",
        "request_id": "o_request_id",
        "trace_id": "o_trace_id",
        "session_id": "coalesce(o_session, request_session, conversation)",
        "user": "coalesce(o_who, request_user, safety)",
        "team": "o_team",
        "feature": "o_feature",
        "provider": "lower(o_told_provider)",
        "_url": "o_url",
        "model_requested": "asked",
        "model": "coalesce(served, asked)",
        "n_turns": "CAST(n_said AS UINTEGER)",
        "n_tools": "CAST(CASE WHEN starts_with(tools, '[') THEN json_array_length(tools) ELSE 0 END AS UINTEGER)",
        "response_format": "CASE WHEN starts_with(format_whole, '{') THEN nullif(json_extract_string(format_whole, '$.type'), '') ELSE format_whole END",
        "service_tier": "coalesce(answer_tier, request_tier)",
        "stream": f"CASE {stream} WHEN 'true' THEN true WHEN 'false' THEN false END",
        "response_id": "answer_id",
        "response_text": f"CASE WHEN {_is_not_blank('answer')} THEN answer END",
        "finish_reason": "ended_by",
        "status": f"CASE WHEN ended_by = '{BLOCKED}' THEN 'blocked' WHEN {failed} THEN 'error' ELSE 'ok' END",
        "http_status": f"CASE WHEN code <= {MAX_U16} THEN CAST(code AS USMALLINT) END",
        **{name: f"n_{name}" for name in COUNTS},
        "cost_usd": f"CASE WHEN {cost} >= 0 THEN {cost} END",
        "messages": "messages",
        "query": "query",
        "query_key": "md5(query)",
    }


def _is_plain(table: Table) -> str:
    names = [*NAMES_ONLY, *(cell for name in NAMES_AROUND for cell in table.around[name])]
    visible = "{0} IS NULL OR ({0} >= '!' AND {0} < '{{' AND NOT starts_with({0}, '[') AND {0} NOT IN ('true', 'false'))"
    number = "{0} IS NULL OR ({0} >= '-' AND {0} < ':' AND isfinite({1}))"
    rules = [
        "starts_with(messages, '[{')",
        "object = 'chat.completion'",
        "asked IS NOT NULL",
        "n_choices = 1",
        "answer IS NOT NULL",
        "NOT starts_with(answer, '[')",
        _has_no_file("answer"),
        "legacy_prompt IS NULL",
        *(f"{name} IS NULL OR {name} = '[]'" for name in EMPTY),
        *(
            f"{name} IS NULL OR {name} IN ('[]', '{{}}')"
            for name in ("o_labels", "request_metadata")
        ),
        *(f"{cell} IS NULL OR {cell} = '[]'" for cell in table.around["failure"]),
        "tools IS NULL OR starts_with(tools, '[')",
        f"starts_with(format_whole, '{{') OR {visible.format('format_whole')}",
        "o_told_stream IS NULL OR o_told_stream IN ('true', 'false')",
        "request_stream IS NULL OR request_stream IN ('true', 'false')",
        "NOT coalesce(regexp_matches(o_url, '/v1/messages|/responses'), false)",
        *(f"{cell} IS NULL OR {name}_at IS NOT NULL" for name, cell in TIMES.items()),
        *(f"x_{name} IS NULL OR CAST(n_{name} AS VARCHAR) = x_{name}" for name in COUNTS),
        *(number.format(cell, name) for name, cell in NUMBERS.items()),
        *(visible.format(name) for name in names),
        "o_told_status IS NULL OR CAST(code AS VARCHAR) = o_told_status OR (o_told_status >= 'A' AND o_told_status < '{' AND NOT starts_with(o_told_status, '['))",
    ]
    return " AND ".join(f"({rule})" for rule in rules)
