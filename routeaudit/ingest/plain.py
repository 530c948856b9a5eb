"""Plain chat pairs as a table of JSON paths: what DuckDB can read without Python.

A line is plain when every message is a string, the answer is one string, and nothing but what
is named here would change the record. Any other line is read by the format's adapter, which
gives the same record for a plain line, only slower.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple  # Any: nested objects

from routeaudit.ingest import wrapper

REQUEST = {
    "asked": "model", "messages": "messages", "legacy_prompt": "prompt",
    "max_completion_tokens": "max_completion_tokens", "max_tokens_asked": "max_tokens",
    "request_tier": "service_tier", "request_stream": "stream", "request_user": "user",
    "safety": "safety_identifier", "request_session": "session_id",
    "conversation": "conversation", "tools": "tools", "functions": "functions",
    "format_whole": "response_format", "text_options": "text", "request_metadata": "metadata",
}  # fmt: skip
RESPONSE = {
    "object": "object", "answer_id": "id", "served": "model", "created": "created",
    "answer_tier": "service_tier", "error": "error",
    "prompt_count": "usage.prompt_tokens", "completion_count": "usage.completion_tokens",
    "total_count": "usage.total_tokens", "usage_cost": "usage.cost",
    "cached_1": "usage.prompt_tokens_details.cached_tokens",
    "cached_2": "usage.prompt_cache_hit_tokens", "cached_3": "usage.cache_read_input_tokens",
    "written_1": "usage.prompt_tokens_details.cache_write_tokens",
    "written_2": "usage.cache_creation_input_tokens",
    "reasoning_1": "usage.completion_tokens_details.reasoning_tokens",
    "reasoning_2": "usage.reasoning_tokens", "input_count": "usage.input_tokens",
    "output_count": "usage.output_tokens",
}  # fmt: skip
CHOICE = {
    "answer": "message.content", "calls": "message.tool_calls",
    "call": "message.function_call", "logprobs": "logprobs", "ended_by": "finish_reason",
}  # fmt: skip
AROUND: Mapping[str, Sequence[str]] = {
    "when": wrapper.TIMES, "ended": wrapper.ENDS, "milliseconds": wrapper.MILLISECONDS,
    "seconds": wrapper.SECONDS, "unit_unknown": wrapper.UNIT_UNKNOWN,
    "ttft": wrapper.TTFTS, "request_id": wrapper.REQUEST_IDS,
    "trace_id": wrapper.TRACES, "session": wrapper.SESSIONS, "who": wrapper.USERS,
    "team": wrapper.TEAMS, "feature": wrapper.FEATURES, "cost": wrapper.COSTS,
    "told_status": wrapper.STATUSES, "told_provider": ("provider",), "url": ("url", "uri"),
    "told_stream": ("stream",), "labels": ("metadata", "tags"),
    "failure": wrapper.ERRORS,
}  # fmt: skip
SIGN_VALUES = {
    "type", "category", "schemaType", "object", "info", "data", "attributes", "message",
    "event", "ai", "@message", "result", "results", "properties",
}  # fmt: skip
"""Keys whose value can make a record one of another format: such lines are not plain."""


class Table(NamedTuple):
    """Where the values lie that lines with certain keys can hold."""

    structure: str  # of a line, as `json_transform` wants it
    cells: Mapping[str, str]  # name -> SQL that takes the value out of the line `j`
    around: Mapping[str, Sequence[str]]  # name -> names in `cells`, first known wins


def table_for(keys: Iterable[str]) -> Table:
    """Choose what to take out of lines with these top-level keys."""
    known = set(keys)
    whole: dict[str, Any] = {}
    cells = {name: _placed(whole, f"request.{path}") for name, path in REQUEST.items()}
    cells |= {name: _placed(whole, f"response.{path}") for name, path in RESPONSE.items()}
    choice: dict[str, Any] = {}
    inside = {name: _placed(choice, path) for name, path in CHOICE.items()}
    whole["response"]["choices"] = [choice]
    choices = 'j."response"."choices"'
    cells |= {name: place.replace("j", f"{choices}[1]", 1) for name, place in inside.items()}
    cells["n_choices"] = f"len({choices})"
    around: dict[str, Sequence[str]] = {}
    for name, places in AROUND.items():
        present = [place for place in places if place in known]
        around[name] = [f"top_{place}" for place in present]
        cells |= {f"top_{place}": _placed(whole, place) for place in present}
    return Table(json.dumps(whole), cells, around)


def _placed(whole: dict[str, Any], path: str) -> str:
    *parents, last = path.split(".")
    inner = whole
    for parent in parents:
        inner = inner.setdefault(parent, {})
    inner[last] = "VARCHAR"
    return "j" + "".join(f'."{part}"' for part in (*parents, last))
