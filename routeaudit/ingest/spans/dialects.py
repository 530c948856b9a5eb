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
    seconds_of_ms,
    tidy,
    timed,
    tokens,
    truth,
)  # fmt: skip
from routeaudit.ingest.rows import (
    told as first_of,
)
from routeaudit.ingest.shape import Row
from routeaudit.ingest.spans import words
from routeaudit.ingest.spans.messages import answer_of, bodies_of, listed, prompt_of
from routeaudit.ingest.spans.span import Span
from routeaudit.ingest.values import count, first, mapping, number, string, unwrapped

AI_CALL = re.compile(r"^ai\.\w+\.do(Generate|Stream)\b")
HTTP_CODE = re.compile(r"\b(?:Error code|HTTP|status code)[: ]+(\d{3})\b")
FIRST_TOKEN = re.compile(r"(?:\.chunk|first.?token.*|first.?chunk.*|new_token)$", re.IGNORECASE)
MAX_KIND_CHARS = 40
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
    return f"not a model call: {(string(kind) or 'a span')[:MAX_KIND_CHARS]}"


def row_of(span: Span) -> Row:
    """Read a span that is a model call."""
    told = span.attributes
    prompt, answer = prompt_of(span), answer_of(span)
    asked = mapping(told.get("llm.invocation_parameters"))
    reason = _finish_reason(told)
    body = _body(span, prompt, answer)
    row = {
        **body,
        **prompt,
        **answer,
        **_tokens(told),
        **timed(span.start),
        **_ended(span, reason),
        **_who(span),
        "trace_id": span.trace_id,
        "request_id": first(_first(told, words.REQUEST_ID), span.span_id),
        "provider": provider(_first(told, words.PROVIDER)),
        "operation": "completion" if _is_completion(told) else "chat",
        "finish_reason": first(reason, answer.get("finish_reason"), body.get("finish_reason")),
        "max_tokens": count(first(first_of(told, words.MAX_TOKENS), asked.get("max_tokens"))),
        "response_format": _first(told, words.RESPONSE_FORMAT),
        "service_tier": _first(told, words.SERVICE_TIER),
        "n_tools": _n_tools(told),
        "cost_usd": _cost(told),
        "latency_s": lasted_s(span.start, span.end),
        "ttft_s": _ttft_s(span),
        "stream": _stream(span, asked),
    }
    if span.end is None and not ANSWER_KEYS & row.keys():
        row["status"] = None
    row |= _names(told, asked, row)
    return tidy(row)


def _body(span: Span, prompt: Row, answer: Row) -> Row:
    """Read OpenInference's whole bodies, as far as the attributes leave something to tell."""
    told = span.attributes
    if prompt and answer:
        return {"response_id": string(mapping(told.get("output.value")).get("id"))}
    if "input.value" not in told and "output.value" not in told:
        return {}
    unused = (PROMPT_KEYS if prompt else set()) | (ANSWER_KEYS if answer else set())
    return {key: value for key, value in bodies_of(span).items() if key in BODY_KEYS - unused}


def _names(told: Mapping[str, Any], asked: Mapping[str, Any], row: Row) -> Row:
    """Name the model: as answered, else as the SDK was told, else as requested."""
    wanted = first_known(
        first_of(told, words.MODEL_REQUESTED), asked.get("model"), row.get("model_requested")
    )
    return {
        "response_id": first(_first(told, words.RESPONSE_ID), row.get("response_id")),
        "model_requested": wanted,
        "model": first_known(*map(told.get, words.MODEL), row.get("model"), wanted),
    }


PROMPT_KEYS = {"messages", "n_media"}
ANSWER_KEYS = {"response_text", "tool_calls"}
BODY_KEYS = {
    "messages", "response_text", "tool_calls", "n_media", "n_tools", "finish_reason",
    "response_id", "model", "model_requested", "redacted",
}  # fmt: skip


def _first(told: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    for key in keys:
        if key in told and (text := string(told[key])) is not None:
            return text
    return None


def _is_completion(told: Mapping[str, Any]) -> bool:
    return told.get("gen_ai.operation.name") == "text_completion"


def _tokens(told: Mapping[str, Any]) -> Row:
    own = told.get("langfuse.observation.usage_details")
    if own is not None and (given := usage_row(own)):
        return given
    columns = (
        ("prompt", words.PROMPT_TOKENS),
        ("completion", words.COMPLETION_TOKENS),
        ("cached", words.CACHED_TOKENS),
        ("cache_write", words.CACHE_WRITE_TOKENS),
        ("reasoning", words.REASONING_TOKENS),
        ("total", words.TOTAL_TOKENS),
    )
    found = {name: first_of(told, keys) for name, keys in columns}
    if "ai.response.providerMetadata" in told:
        vendor = mapping(mapping(told["ai.response.providerMetadata"]).get("anthropic"))
        found["cache_write"] = first(
            found["cache_write"], vendor.get("cacheCreationInputTokens")
        )
    return tokens(**found)


def _finish_reason(told: Mapping[str, Any]) -> str | None:
    for key in words.FINISH_REASON:
        if key not in told:
            continue
        found = unwrapped(told.get(key))
        reason = string(found[0]) if isinstance(found, list) and found else string(found)
        if reason is not None:
            return reason
    return None


def _n_tools(told: Mapping[str, Any]) -> int | None:
    lists = [unwrapped(told[key]) for key in words.TOOLS if key in told]
    lists += [listed(told, prefix) for prefix in words.INDEXED_TOOLS]
    return next((len(found) for found in lists if isinstance(found, list) and found), None)


def _cost(told: Mapping[str, Any]) -> float | None:
    own = mapping(told.get("langfuse.observation.cost_details")).get("total")
    amounts = (own, *(told[key] for key in words.COST if key in told))
    return first(*map(money, amounts))  # type: ignore[no-any-return]  # amounts in, amount out


def _ttft_s(span: Span) -> float | None:
    told = span.attributes
    if not span.events and words.FIRST_TOKEN.isdisjoint(told):
        return None
    began = told.get("langfuse.observation.completion_start_time")
    noted = (event.time for event in span.events if FIRST_TOKEN.search(event.name))
    return first(  # type: ignore[no-any-return]  # seconds in, seconds out
        *(number(told.get(key)) for key in words.TTFT_S),
        *(seconds_of_ms(told.get(key)) for key in words.TTFT_MS),
        lasted_s(span.start, began),
        lasted_s(span.start, next(noted, None)),
    )


def _stream(span: Span, asked: Mapping[str, Any]) -> bool | None:
    told = (truth(span.attributes[key]) for key in words.STREAM if key in span.attributes)
    name = string(span.attributes.get("ai.operationId")) or span.name
    if name.startswith("ai."):
        return "doStream" in name
    return first(*told, truth(asked.get("stream")))  # type: ignore[no-any-return]  # bools in, bool out


def _ended(span: Span, reason: str | None) -> Row:
    """Say how the call ended: a failed span, an error type, or an exception that was noted."""
    told = span.attributes
    raised = (event.attributes.get("exception.type") for event in span.events)
    named = first(
        string(told.get("error.type")), next((e for e in map(string, raised) if e), None)
    )
    seen = HTTP_CODE.search(span.message) if span.message else None
    code = first(
        http_status(told.get("http.response.status_code")), http_status(seen and seen.group(1))
    )
    if span.is_failed or told.get("error.type"):
        return tidy(
            {"status": "error", "error_code": first(named, "error"), "http_status": code}
        )
    blocked = reason in ("content_filter", "content-filter", "refusal")
    return tidy({"status": "blocked" if blocked else "ok", "http_status": code})


def _who(span: Span) -> Row:
    told = span.attributes
    labels = (
        {}
        if not any(key.startswith(words.LABELS) for key in told)
        else {
            key.split(".", prefix.count("."))[-1]: value
            for key, value in told.items()
            if key.startswith(words.LABELS)
            for prefix in words.LABELS
            if key.startswith(prefix)
        }
    )
    service = string(span.resource.get("service.name"))
    known = None if service is None or service.startswith("unknown_service") else service
    return {
        "session_id": _first(told, words.SESSION),
        "user": _first(told, words.USER),
        "feature": first(_first(told, words.FEATURE), known),
        "tags": flat_tags(labels, told.get("metadata"), told.get("tag.tags")),
    }
