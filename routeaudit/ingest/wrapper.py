"""What hand-written logs put around a request and its answer: times, ids, who, how long."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple, TypeVar  # Any: parsed JSON
from urllib.parse import urlsplit

from routeaudit.ingest.rows import status_row
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import (
    Moment,
    count,
    first,
    first_text,
    moment,
    number,
    string,
    unwrapped,
)

Told = TypeVar("Told")
REQUESTS = ("request", "req", "input", "body", "kwargs", "params", "request_body")
RESPONSES = ("response", "res", "output", "completion", "response_body")
TIMES = (
    "timestamp",
    "ts",
    "time",
    "created_at",
    "start_time",
    "startTime",
    "started_at",
    "date",
)
ENDS = ("end_time", "endTime", "ended_at", "completed_at")
MILLISECONDS = ("latency_ms", "duration_ms", "elapsed_ms", "response_time_ms")
SECONDS = ("latency_s", "duration_s", "latency_seconds", "duration_seconds", "elapsed_s")
UNIT_UNKNOWN = ("latency", "duration", "elapsed", "response_time")
TTFTS = ("ttft_ms", "time_to_first_token_ms")
USERS = ("user", "user_id", "userId", "customer", "tenant", "end_user")
TEAMS = ("team", "team_id", "team_alias", "department", "cost_center")
FEATURES = ("feature", "app", "application", "service", "use_case", "endpoint", "project")
SESSIONS = ("session_id", "sessionId", "conversation_id", "thread_id")
LABELS = {"user": USERS, "team": TEAMS, "feature": FEATURES, "session_id": SESSIONS}
LABEL_KEYS = frozenset(chain.from_iterable(LABELS.values()))
TRACES = ("trace_id", "traceId")
REQUEST_IDS = ("request_id", "requestId", "x_request_id", "call_id")
COSTS = ("cost_usd", "cost", "response_cost", "spend")
ERRORS = ("error", "exception", "error_message")
STATUSES = ("status_code", "http_status", "statusCode", "status")
PLAIN_SECONDS_BELOW = 50  # a log with one latency from here on tells milliseconds
HOSTS = {
    "openai.azure.com": "azure", "cognitiveservices.azure.com": "azure",
    "services.ai.azure.com": "azure", "api.openai.com": "openai",
    "api.anthropic.com": "anthropic", "openrouter.ai": "openrouter", "api.groq.com": "groq",
    "api.deepseek.com": "deepseek", "api.mistral.ai": "mistral", "api.together.xyz": "together",
    "api.fireworks.ai": "fireworks", "api.x.ai": "x-ai", "api.cohere.com": "cohere",
    "googleapis.com": "google", "amazonaws.com": "aws", "api.perplexity.ai": "perplexity",
    "api.cerebras.ai": "cerebras",
}  # fmt: skip


class Pair(NamedTuple):
    """The two bodies of a call, whatever their keys were; None where one is missing."""

    request: Any
    response: Any


def pair(value: Mapping[str, Any]) -> Pair:
    """Find the request and the answer under any of their usual names."""
    request, response = value.get("request"), value.get("response")
    if type(request) is dict and type(response) is dict:  # the usual kind, at once
        return Pair(request, response)
    if request is None:
        request = first(*(value.get(key) for key in REQUESTS))
    if response is None:
        response = first(*(value.get(key) for key in RESPONSES))
    return Pair(
        request if type(request) is dict else unwrapped(request),
        response if type(response) is dict else unwrapped(response),
    )


FIELDS: Mapping[str, tuple[str, ...]] = {
    "when": TIMES, "ended": ENDS, "milliseconds": MILLISECONDS, "seconds": SECONDS,
    "unit_unknown": UNIT_UNKNOWN, "ttft": TTFTS, "request_id": REQUEST_IDS, "trace_id": TRACES,
    "session_id": SESSIONS, "user": USERS, "team": TEAMS, "feature": FEATURES, "cost": COSTS,
    "status": STATUSES,
}  # fmt: skip
KEYS = frozenset({
    *chain.from_iterable(FIELDS.values()), *REQUESTS, *RESPONSES, *ERRORS, "url", "uri", "provider", "stream", "metadata", "tags",
    "model", "model_requested",
})  # fmt: skip
"""What can stand in a pair's wrapper. No other format is made of these keys alone."""


class Plan(NamedTuple):
    """Which of a wrapper's keys stand for what; the keys of a field in order of preference."""

    named: tuple[tuple[str, tuple[str, ...]], ...]
    fields: Mapping[str, tuple[str, ...]]
    is_rare: bool  # whether `_rare` has something to read


@lru_cache(maxsize=256)  # the records of a log have few sets of keys
def _plan(present: tuple[str, ...]) -> Plan:
    known = {
        field: tuple(key for key in keys if key in present) for field, keys in FIELDS.items()
    }
    fields = {field: keys for field, keys in known.items() if keys}
    named = tuple((name, fields.pop(name)) for name in NAMED if name in fields)
    return Plan(named, fields, not RARE.isdisjoint(present))


def around(value: Mapping[str, Any]) -> Row:
    """Read what stands around the bodies. What is absent stays absent."""
    plan = _plan(tuple(value))
    keys = plan.fields.get
    when = _read(value, moment, keys("when"))
    row = _lasting(value, plan.fields, when)
    if when:
        row["ts"], row["tz_assumed"] = when
    for name, places in plan.named:
        if (text := _read(value, string, places)) is not None:
            row[name] = text
    if (cost := _read(value, number, keys("cost"))) is not None:
        row["cost_usd"] = cost
    if (ttft_ms := _read(value, number, keys("ttft"))) is not None:
        row["ttft_s"] = ttft_ms / 1000
    if (told := _read(value, _as_it_is, keys("status"))) is not None:
        row |= status(told)
    return {**row, **_rare(value)} if plan.is_rare else row


def _rare(value: Mapping[str, Any]) -> Row:
    row = {
        "provider": string(value.get("provider"))
        or provider_of(string(first(value.get("url"), value.get("uri")))),
        "stream": value["stream"] if isinstance(value.get("stream"), bool) else None,
        **_tags(value),
        **_failure(value),
    }
    return {name: inner for name, inner in row.items() if inner is not None}


RARE = frozenset(("provider", "url", "uri", "stream", "metadata", "tags", *ERRORS))


def _failure(value: Mapping[str, Any]) -> Row:
    error = next((value[key] for key in ERRORS if value.get(key)), None)
    return {} if error is None else status_row(error=error)


NAMED = ("request_id", "trace_id", "session_id", "user", "team", "feature")


def named(value: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """Give the first text that stands under one of these keys."""
    return first_text(*map(value.get, keys))


def _read(
    value: Mapping[str, Any], read: Callable[[Any], Told | None], keys: tuple[str, ...] | None
) -> Told | None:
    for key in keys or ():
        told = value[key]
        if told is not None and (found := read(told)) is not None:
            return found
    return None


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 parsed JSON
    return value


def _thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _tags(value: Mapping[str, Any]) -> Row:
    tags = first(value.get("metadata"), value.get("tags"))
    if isinstance(tags, dict):
        return {"tags": dict(tags)} if tags else {}
    return {"tags": {"tags": tags}} if isinstance(tags, list) and tags else {}


@lru_cache(maxsize=4096)
def provider_of(url: str | None) -> str | None:
    """Tell the provider from the host of a URL."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None
    return next((name for end, name in HOSTS.items() if host.endswith(end)), None)


def deployment(url: str | None) -> str | None:
    """Give the deployment named in a URL of Azure OpenAI."""
    _, found, rest = (url or "").partition("/deployments/")
    return rest.split("/")[0].split("?")[0] or None if found else None


def _lasting(
    value: Mapping[str, Any], fields: Mapping[str, tuple[str, ...]], start: Moment | None
) -> Row:
    end = _read(value, moment, fields.get("ended"))
    if start and end and end.us >= start.us:
        return {"latency_s": (end.us - start.us) / 1e6}
    lasted = _thousandth(_read(value, number, fields.get("milliseconds")))
    if lasted is None:
        lasted = _read(value, number, fields.get("seconds"))
    if lasted is not None:
        return {"latency_s": lasted}
    guess = _read(value, number, fields.get("unit_unknown"))
    return {} if guess is None else {"latency_raw": guess}


ERROR_FROM = 400
FAILED = {"error", "failed", "failure"}


def status(word_or_code: Any) -> Row:  # noqa: ANN401 as logged
    """Read an HTTP status or a word for success or failure."""
    code = count(word_or_code)
    if code is not None:
        return {"http_status": code, **({"status": "error"} if code >= ERROR_FROM else {})}
    word = string(word_or_code)
    if word is None:
        return {}
    return {"status": "error" if word.lower() in FAILED else "ok"}


def joined(outside: Row, inside: Row) -> Row:
    """Put a pair's two halves together: the wrapper's time and ids win, the body's status."""
    row = {name: value for name, value in inside.items() if value is not None}
    status, tags = row.get("status"), row.get("tags")
    told: Row = (
        {key: row[key] for key in ("status", "error_code") if key in row}
        if status in ("error", "blocked")
        else {}
    )
    row |= outside
    row |= told
    row.setdefault("status", "ok")
    if isinstance(tags, dict) and isinstance(outside.get("tags"), dict):
        row["tags"] = {**tags, **outside["tags"]}
    return row
