"""Plain chat pairs as a table of JSON paths: what DuckDB can read without Python.

A line is plain when every message is a string, the answer is one string, and nothing but what
is named here would change the record. Any other line is read by the format's adapter, which
gives the same record for a plain line, only slower.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from routeaudit.ingest import wrapper

REQUEST = {
    "asked": "model", "messages": "messages",
    "role_1": "messages[0].role", "content_1": "messages[0].content",
    "role_2": "messages[1].role", "content_2": "messages[1].content",
    "third": "messages[2].role",
    "max_completion_tokens": "max_completion_tokens", "max_tokens_asked": "max_tokens",
    "request_tier": "service_tier", "request_stream": "stream", "request_user": "user",
    "safety": "safety_identifier", "request_session": "session_id",
    "conversation": "conversation", "tools": "tools", "functions": "functions",
    "format_type": "response_format.type", "format_whole": "response_format",
    "text_options": "text", "request_metadata": "metadata",
}  # fmt: skip
RESPONSE = {
    "object": "object", "response_id": "id", "served": "model", "created": "created",
    "answer_tier": "service_tier", "error": "error", "answer": "choices[0].message.content",
    "refusal": "choices[0].message.refusal", "calls": "choices[0].message.tool_calls",
    "call": "choices[0].message.function_call", "logprobs": "choices[0].logprobs",
    "finish_reason": "choices[0].finish_reason", "second": "choices[1]",
    "prompt_tokens": "usage.prompt_tokens", "completion_tokens": "usage.completion_tokens",
    "total_tokens": "usage.total_tokens", "usage_cost": "usage.cost",
    "cached_1": "usage.prompt_tokens_details.cached_tokens",
    "cached_2": "usage.prompt_cache_hit_tokens", "cached_3": "usage.cache_read_input_tokens",
    "written_1": "usage.prompt_tokens_details.cache_write_tokens",
    "written_2": "usage.cache_creation_input_tokens",
    "reasoning_1": "usage.completion_tokens_details.reasoning_tokens",
    "reasoning_2": "usage.reasoning_tokens", "input_tokens": "usage.input_tokens",
    "output_tokens": "usage.output_tokens",
}  # fmt: skip
AROUND: Mapping[str, Sequence[str]] = {
    "when": wrapper.TIMES, "ended": wrapper.ENDS, "milliseconds": wrapper.MILLISECONDS,
    "seconds": wrapper.SECONDS, "unit_unknown": wrapper.UNIT_UNKNOWN,
    "ttft": wrapper.TTFTS, "request_id": wrapper.REQUEST_IDS,
    "trace_id": wrapper.TRACES, "session": wrapper.SESSIONS, "who": wrapper.USERS,
    "team": wrapper.TEAMS, "feature": wrapper.FEATURES, "cost": wrapper.COSTS,
    "told_status": wrapper.STATUSES, "told_provider": ("provider",), "url": ("url", "uri"),
    "told_stream": ("stream",), "metadata": ("metadata", "tags"),
    "outer_model": ("model",), "failure": wrapper.ERRORS,
}  # fmt: skip
SIGN_VALUES = {
    "type", "category", "schemaType", "object", "info", "data", "attributes", "message",
    "event", "ai", "@message", "result", "results", "properties",
}  # fmt: skip
"""Keys whose value can make a record one of another format: such lines are not plain."""


class Table(NamedTuple):
    """Column names and the JSON path of each, for lines with certain keys."""

    paths: Mapping[str, str]
    around: Mapping[str, Sequence[str]]  # column -> its columns in `paths`, first known wins


def paths_for(keys: Iterable[str]) -> Table:
    """Choose the paths that lines with these top-level keys need."""
    known = set(keys)
    paths = {name: f"$.request.{path}" for name, path in REQUEST.items()}
    paths |= {name: f"$.response.{path}" for name, path in RESPONSE.items()}
    around: dict[str, Sequence[str]] = {}
    for column, names in AROUND.items():
        present = [name for name in names if name in known]
        around[column] = [f"top_{name}" for name in present]
        paths |= {f"top_{name}": f'$."{name}"' for name in present}
    return Table(paths, around)


def sql(table: Table) -> str:
    """Write the query over a view `lines(line)`: one row a line, in order.

    Columns: `keys` (top-level keys joined by a line feed; null for a line that is no JSON),
    `n_tools`, and one text column a path.
    """
    paths = list(table.paths.values())
    cells = ", ".join(f"v[{i}] AS {name}" for i, name in enumerate(table.paths, start=1))
    return f"""
    WITH read AS (
        SELECT array_to_string(TRY(json_keys(line)), chr(10)) AS keys,
               TRY(json_extract_string(line, {paths})) AS v
        FROM lines),
    cells AS (SELECT keys, {cells} FROM read)
    SELECT *, CASE WHEN tools[1:1] = '[' THEN json_array_length(tools) ELSE 0 END AS n_tools
    FROM cells
    """  # noqa: S608 built from constants and quoted key names
