"""What hand-written logs put around a request and its answer: times, ids, who, how long."""

from collections.abc import Mapping
from typing import Any, NamedTuple  # Any: parsed JSON
from urllib.parse import urlsplit

from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import (
    at,
    count,
    first,
    mapping,
    moment,
    number,
    string,
    unwrapped,
)

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
USERS = ("user", "user_id", "userId", "customer", "tenant", "end_user")
TEAMS = ("team", "team_id", "team_alias", "department", "cost_center")
FEATURES = ("feature", "app", "application", "service", "use_case", "endpoint", "project")
SESSIONS = ("session_id", "sessionId", "conversation_id", "thread_id")
LABELS = {"user": USERS, "team": TEAMS, "feature": FEATURES, "session_id": SESSIONS}
TRACES = ("trace_id", "traceId")
REQUEST_IDS = ("request_id", "requestId", "x_request_id", "call_id")
COSTS = ("cost_usd", "cost", "response_cost", "spend")
STATUSES = ("status_code", "http_status", "statusCode", "status")
PLAIN_SECONDS_BELOW = 50  # a latency of unknown unit below this can only be seconds
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
    return Pair(
        unwrapped(first(*(value.get(key) for key in REQUESTS))),
        unwrapped(first(*(value.get(key) for key in RESPONSES))),
    )


def around(value: Mapping[str, Any]) -> Row:
    """Read what stands around the bodies. What is absent stays absent."""
    when = next((m for m in (moment(value.get(key)) for key in TIMES) if m), None)
    url = string(first(value.get("url"), value.get("uri")))
    row: Row = {
        "ts": when.us if when else None,
        "tz_assumed": when.zone_assumed if when else None,
        "request_id": named(value, REQUEST_IDS),
        "trace_id": named(value, TRACES),
        "session_id": named(value, SESSIONS),
        "user": named(value, USERS),
        "team": named(value, TEAMS),
        "feature": named(value, FEATURES),
        "provider": string(value.get("provider")) or provider_of(url),
        "cost_usd": first(*(number(value.get(key)) for key in COSTS)),
        "ttft_s": _milliseconds(value, ("ttft_ms", "time_to_first_token_ms")),
        "stream": value["stream"] if isinstance(value.get("stream"), bool) else None,
        **_lasting(value),
        **status(first(*(value.get(key) for key in STATUSES))),
        **_tags(value),
    }
    return {name: found for name, found in row.items() if found is not None}


def named(value: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    """Give the first text that stands under one of these keys."""
    return first(*(string(value.get(key)) for key in keys))  # type: ignore[no-any-return]  # texts in, text out


def _tags(value: Mapping[str, Any]) -> Row:
    tags = first(value.get("metadata"), value.get("tags"))
    if isinstance(tags, Mapping):
        return {"tags": dict(tags)} if tags else {}
    return {"tags": {"tags": tags}} if isinstance(tags, list) and tags else {}


def provider_of(url: str | None) -> str | None:
    """Tell the provider from the host of a URL."""
    try:
        host = urlsplit(url or "").hostname or ""
    except ValueError:
        return None
    return next((name for end, name in HOSTS.items() if host.endswith(end)), None)


def deployment(url: str | None) -> str | None:
    """Give the deployment named in a URL of Azure OpenAI."""
    _, found, rest = (url or "").partition("/deployments/")
    return rest.split("/")[0].split("?")[0] or None if found else None


def _lasting(value: Mapping[str, Any]) -> Row:
    start = next((m for m in (moment(value.get(key)) for key in TIMES) if m), None)
    end = next((m for m in (moment(value.get(key)) for key in ENDS) if m), None)
    if start and end and end.us >= start.us:
        return {"latency_s": (end.us - start.us) / 1e6}
    told = first(
        _milliseconds(value, MILLISECONDS), *(number(value.get(key)) for key in SECONDS)
    )
    if told is not None:
        return {"latency_s": told}
    guess = first(*(number(value.get(key)) for key in UNIT_UNKNOWN))
    if guess is None:
        return {}
    return {"latency_s": guess if guess < PLAIN_SECONDS_BELOW else guess / 1000}


def _milliseconds(value: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    found = first(*(number(value.get(key)) for key in keys))
    return None if found is None else found / 1000


ERROR_FROM = 400
FAILED = {"error", "failed", "failure"}


def status(told: Any) -> Row:  # noqa: ANN401 as logged
    """Read an HTTP status or a word for success or failure."""
    code = count(told)
    if code is not None:
        return {"http_status": code, **({"status": "error"} if code >= ERROR_FROM else {})}
    word = string(told)
    if word is None:
        return {}
    return {"status": "error" if word.lower() in FAILED else "ok"}


def joined(outside: Row, inside: Row) -> Row:
    """Put a pair's two halves together: the wrapper's time and ids win, the body's status."""
    row = {name: value for name, value in inside.items() if value is not None}
    body_status = row.get("status")
    merged_row = {**row, **outside}
    if body_status in ("error", "blocked"):
        merged_row["status"] = body_status
    merged_row.setdefault("status", "ok")
    if isinstance(row.get("tags"), dict) and isinstance(outside.get("tags"), dict):
        merged_row["tags"] = {**row["tags"], **outside["tags"]}
    return merged_row


def http_capture(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Take a recorded HTTP exchange apart into a plain pair; None when it is not one."""
    asked = value.get("request")
    if not isinstance(asked, Mapping) or not isinstance(
        asked.get("headers", {}), (Mapping, list)
    ):
        return None
    url = string(first(asked.get("uri"), asked.get("url")))
    if url is None or not ({"body", "headers", "method"} & asked.keys()):
        return None
    answer = mapping(value.get("response"))
    headers = _headers(answer.get("headers"))
    when = moment(first(*(value.get(key) for key in TIMES)))
    return {
        **{k: v for k, v in value.items() if k not in ("request", "response")},
        "timestamp": when.us if when else _http_date(headers.get("date")),
        "url": url,
        "request": unwrapped(_body(asked.get("body"))),
        "response": unwrapped(_body(first(answer.get("body"), answer.get("content")))),
        "status_code": first(
            at(answer, "status", "code"), answer.get("status"), answer.get("status_code")
        ),
        "request_id": first(
            value.get("request_id"), headers.get("x-request-id"), headers.get("request-id")
        ),
        "latency_ms": first(
            value.get("latency_ms"), value.get("time"), headers.get("openai-processing-ms")
        ),
    }


def _body(body: Any) -> Any:  # noqa: ANN401 parsed JSON
    if isinstance(body, Mapping) and body.keys() & {"string", "text", "base64"}:
        return first(body.get("string"), body.get("text"))
    return body


def _headers(headers: Any) -> dict[str, Any]:  # noqa: ANN401 parsed JSON
    if isinstance(headers, list):  # HAR: [{"name", "value"}]
        headers = {string(at(h, "name")) or "": at(h, "value") for h in headers}
    found = mapping(headers)
    return {
        str(key).lower(): v[0] if isinstance(v, list) and v else v for key, v in found.items()
    }


def _http_date(text: Any) -> int | None:  # noqa: ANN401 parsed JSON
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 captures only

    try:
        found = moment(parsedate_to_datetime(text)) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.us if found else None
