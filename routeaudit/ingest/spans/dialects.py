"""From a span to a row, in whatever dialect it speaks; and whether it is a model call."""

import re
from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.langfuse_usage import usage_row
from routeaudit.ingest.rows import (
    Json,
    first_known,
    flat_tags,
    http_status,
    lasted_s,
    money,
    provider,
    tidy,
    tokens,
    truth,
)  # fmt: skip
from routeaudit.ingest.shape import Row
from routeaudit.ingest.spans import words
from routeaudit.ingest.spans.messages import answer_of, bodies_of, listed, prompt_of
from routeaudit.ingest.spans.span import Span
from routeaudit.ingest.values import (
    between_s,
    count,
    first,
    mapping,
    moment,
    not_a_call,
    string,
)

AI_CALL = re.compile(r"^ai\.\w+\.do(Generate|Stream)\b")
HTTP_CODE = re.compile(r"\b(?:Error code|HTTP|status code)[: ]+(\d{3})\b")
FIRST_TOKEN = re.compile(r"(?:\.chunk|first.?token.*|first.?chunk.*|new_token)$", re.IGNORECASE)
OTHER = "a span of something else"


def why_no_call(span: Span) -> str | None:
    """Say what a span is when it is no model call; None when it is one."""
    told = span.attributes
    kind = string(told.get("openinference.span.kind"))
    if kind is not None:
        return None if kind.upper() == "LLM" else _named(kind)
    name = string(told.get("ai.operationId")) or span.name
    if name.startswith("ai."):
        return None if AI_CALL.match(name) else _named(name.split(" ")[0])
    operation = string(told.get("gen_ai.operation.name"))
    if operation is not None:
        return None if operation in words.CALLS else _named(operation)
    asked = string(told.get("llm.request.type"))
    if asked is not None:
        return None if asked in ("chat", "completion") else _named(asked)
    return _by_signs(span)


def _by_signs(span: Span) -> str | None:
    """Judge a span that names no operation: one with a model and tokens made a call."""
    told = span.attributes
    entity = string(told.get("traceloop.span.kind"))
    kind = string(told.get("langfuse.observation.type"))
    is_call = any(key in told for key in words.PROMPT_TOKENS) and first_known(
        *map(told.get, words.MODEL)
    )
    if entity is None and (kind == "generation" or (kind is None and is_call)):
        return None
    return _named(first(entity, kind, OTHER))


def _named(kind: Json) -> str:
    return not_a_call(kind, "a span")


def row_of(span: Span) -> Row:
    """Read a span that is a model call."""
    told = span.attributes
    about, found = words.about(tuple(told)), words.FIELDS.told(told)
    begun, ended = moment(span.start), moment(span.end)
    prompt, answer = prompt_of(span), answer_of(span)
    asked = mapping(told["llm.invocation_parameters"]) if about.names_settings else {}
    reason = found.get("finish_reason")
    body = _body(span, prompt, answer) if about.holds_bodies else {}
    row = {
        **body,
        **prompt,
        **answer,
        **_tokens(told, found),
        **_ended(span, reason, found.get("error")),
        **_who(span, found, about),
        "ts": begun and begun.us,
        "tz_assumed": (begun and begun.zone_assumed) or None,
        "trace_id": span.trace_id,
        "request_id": first(found.get("request_id"), span.span_id),
        "provider": provider(found.get("provider")),
        "operation": "completion" if _is_completion(told) else "chat",
        "finish_reason": first(reason, answer.get("finish_reason"), body.get("finish_reason")),
        "max_tokens": count(first(found.get("max_tokens"), asked.get("max_tokens"))),
        "response_format": found.get("response_format"),
        "service_tier": found.get("service_tier"),
        "n_tools": found.get("n_tools") or _n_tools(told, about.tools),
        "cost_usd": _cost(told, found),
        "latency_s": between_s(begun, ended),
        "ttft_s": _ttft_s(span, found) if span.events or about.times_first_token else None,
        "stream": _stream(span, found, asked),
    }
    if span.end is None and not ANSWER_KEYS & row.keys():
        row["status"] = None
    row |= _names(found, asked, row)
    return tidy(row)


def _body(span: Span, prompt: Row, answer: Row) -> Row:
    """Read OpenInference's whole bodies, as far as the attributes leave something to tell."""
    told = span.attributes
    if prompt and answer:
        if "output.value" not in told:
            return {}
        return {"response_id": string(mapping(told.get("output.value")).get("id"))}
    unused = (PROMPT_KEYS if prompt else set()) | (ANSWER_KEYS if answer else set())
    return {key: value for key, value in bodies_of(span).items() if key in BODY_KEYS - unused}


def _names(found: Mapping[str, Any], asked: Mapping[str, Any], row: Row) -> Row:
    """Name the model: as answered, else as the SDK was told, else as requested."""
    wanted = first_known(
        found.get("model_requested"), asked.get("model"), row.get("model_requested")
    )
    return {
        "response_id": first(found.get("response_id"), row.get("response_id")),
        "model_requested": wanted,
        "model": first_known(found.get("model"), row.get("model"), wanted),
    }


PROMPT_KEYS = {"messages", "n_media"}
ANSWER_KEYS = {"response_text", "tool_calls"}
BODY_KEYS = {
    "messages", "response_text", "tool_calls", "n_media", "n_tools", "finish_reason",
    "response_id", "model", "model_requested", "redacted",
}  # fmt: skip


def _is_completion(told: Mapping[str, Any]) -> bool:
    return told.get("gen_ai.operation.name") == "text_completion"


def _tokens(told: Mapping[str, Any], found: Mapping[str, Any]) -> Row:
    own = told.get("langfuse.observation.usage_details")
    if own is not None and (given := usage_row(own)):
        return given
    written = found.get("cache_write")
    if "ai.response.providerMetadata" in told and written is None:
        vendor = mapping(mapping(told["ai.response.providerMetadata"]).get("anthropic"))
        written = vendor.get("cacheCreationInputTokens")
    return tokens(
        prompt=found.get("prompt"),
        completion=found.get("completion"),
        cached=found.get("cached"),
        cache_write=written,
        reasoning=found.get("reasoning"),
        total=found.get("total"),
    )


def _n_tools(told: Mapping[str, Any], prefixes: Sequence[str]) -> int | None:
    for prefix in prefixes:
        if tools := listed(told, prefix):
            return len(tools)
    return None


def _cost(told: Mapping[str, Any], found: Mapping[str, Any]) -> float | None:
    own = told.get("langfuse.observation.cost_details")
    total = None if own is None else money(mapping(own).get("total"))
    return first(total, found.get("cost"))  # type: ignore[no-any-return]  # amounts in, amount out


def _ttft_s(span: Span, found: Mapping[str, Any]) -> float | None:
    told = span.attributes
    began = told.get("langfuse.observation.completion_start_time")
    noted = (event.time for event in span.events if FIRST_TOKEN.search(event.name))
    return first(  # type: ignore[no-any-return]  # seconds in, seconds out
        lasted_s(span.start, began),
        found.get("ttft_s"),
        found.get("ttft_ms"),
        lasted_s(span.start, next(noted, None)),
    )


def _stream(span: Span, found: Mapping[str, Any], asked: Mapping[str, Any]) -> bool | None:
    name = string(span.attributes.get("ai.operationId")) or span.name
    if name.startswith("ai."):
        return "doStream" in name
    told = found.get("stream")
    return truth(asked.get("stream")) if told is None else told


def _ended(span: Span, reason: str | None, error: str | None) -> Row:
    """Say how the call ended: a failed span, an error type, or an exception that was noted."""
    told = span.attributes
    code = http_status(told.get("http.response.status_code"))
    if code is None and span.message and (seen := HTTP_CODE.search(span.message)):
        code = http_status(seen.group(1))
    if span.is_failed or told.get("error.type"):
        raised = (string(event.attributes.get("exception.type")) for event in span.events)
        named = first(error, next((name for name in raised if name), None), "error")
        return tidy({"status": "error", "error_code": named, "http_status": code})
    blocked = reason in ("content_filter", "content-filter", "refusal")
    return {"status": "blocked" if blocked else "ok", "http_status": code}


def _who(span: Span, found: Mapping[str, Any], about: words.About) -> Row:
    told = span.attributes
    service = string(span.resource.get("service.name"))
    known = None if service is None or service.startswith("unknown_service") else service
    return {
        "session_id": found.get("session"),
        "user": found.get("user"),
        "feature": first(found.get("feature"), known),
        "tags": flat_tags(_labels(told), told.get("metadata"), told.get("tag.tags"))
        if about.is_labelled
        else None,
    }


def _labels(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key.split(".", prefix.count("."))[-1]: value
        for key, value in told.items()
        if key.startswith(words.LABELS)
        for prefix in words.LABELS
        if key.startswith(prefix)
    }
