"""Bodies of Bedrock: Converse, and each model family's own (Claude, Titan, Llama, Nova, ...)."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import anthropic
from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.pieces import piece_of
from routeaudit.ingest.bodies.prompts import LIMIT_KEYS, messages_row, options_row
from routeaudit.ingest.bodies.stream import events
from routeaudit.ingest.rows import Json, seconds_of_ms, status_row, tidy, tokens
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import at, count, first, items, mapping, string, unwrapped

METRICS = "amazon-bedrock-invocationMetrics"
GUARDRAIL = "amazon-bedrock-guardrailAction"
CONVERSE_EVENTS = {
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop",
    "metadata",
}  # fmt: skip


def read(request: Json, response: Json) -> Row:
    """Read a request and its answer: an object, a list of chunks, or JSON in text.

    Either may be None. What is absent stays absent; nothing is raised. A guardrail that
    stepped in makes the call `blocked`.
    """
    asked, answer = mapping(request), unwrapped(response)
    chunks = events(answer)
    if chunks is not None:
        answer = merged(chunks)
    whole = mapping(answer)
    if _is_claude(asked, whole):
        row = anthropic.read(asked, whole) if chunks is None else anthropic.read(asked, chunks)
    else:
        row = {**read_request(asked), **read_response(whole)}
    stopped = (
        whole.get(GUARDRAIL) == "INTERVENED"
        or whole.get("stopReason") == "guardrail_intervened"
    )
    return tidy({
        **row,
        **({"stream": True} if chunks is not None else {}),
        **({"status": "blocked"} if stopped else {}),
        **_metrics(mapping(first(whole.get(METRICS), _last_metrics(chunks or [])))),
    })  # fmt: skip


def _is_claude(asked: Mapping[str, Any], whole: Mapping[str, Any]) -> bool:
    return "anthropic_version" in asked or whole.get("type") in ("message", "message_start")


def read_request(request: Mapping[str, Any]) -> Row:
    """Read what was asked, in Converse or in a family's own words."""
    limits = [mapping(request.get(key)) for key in ("inferenceConfig", "textGenerationConfig")]
    offered = at(request, "toolConfig", "tools")
    asked = first(*(request.get(key) for key in ("messages", "inputText", "prompt", "message")))
    return tidy({
        **options_row(request),
        **messages_row(asked, request.get("system")),
        "n_tools": len(offered) if isinstance(offered, list) else 0 if request else None,
        "max_tokens": first(*(count(part.get(key)) for part in (request, *limits) for key in LIMIT_KEYS)),
    })  # fmt: skip


def read_response(answer: Mapping[str, Any]) -> Row:
    """Read one response object of Converse, Titan, Llama or another family."""
    if not answer:
        return {}
    message = at(answer, "output", "message")
    if isinstance(message, dict):
        piece = piece_of(message.get("content"), joint="")
        said: Row = {"response_text": piece.text, "tool_calls": list(piece.tool_calls)}
    else:
        said = answer_row(answer)
    results = list(items(answer.get("results")))
    usage = mapping(answer.get("usage"))
    reason = string(first(
        answer.get("stopReason"), answer.get("stop_reason"), at(results, 0, "completionReason"),
        answer.get("completionReason"), said.get("finish_reason"),
    ))  # fmt: skip
    spent = tokens(
        prompt=first(answer.get("inputTextTokenCount"), answer.get("prompt_token_count")),
        completion=first(
            at(results, 0, "tokenCount"), answer.get("generation_token_count"),
            answer.get("totalOutputTextTokenCount"),
        ),
    )  # fmt: skip
    return tidy({
        **said,
        "finish_reason": reason,
        "latency_s": seconds_of_ms(at(answer, "metrics", "latencyMs")),
        **spent,
        **converse_usage(usage),
        **status_row(error=answer.get("error"), reason=reason),
    })  # fmt: skip


def converse_usage(usage: Mapping[str, Any]) -> Row:
    """Read Converse's counts: cache reads and writes lie beside `inputTokens`."""
    sent = count(first(usage.get("inputTokens"), usage.get("input_tokens")))
    hit = count(first(usage.get("cacheReadInputTokens"), usage.get("cache_read_input_tokens")))
    written = count(
        first(usage.get("cacheWriteInputTokens"), usage.get("cache_creation_input_tokens"))
    )
    return tokens(
        prompt=None if sent is None else sent + (hit or 0) + (written or 0),
        completion=first(usage.get("outputTokens"), usage.get("output_tokens")),
        cached=hit,
        cache_write=written,
    )


def _metrics(metrics: Mapping[str, Any]) -> Row:
    """Read what the last chunk of a stream measured."""
    return {
        "latency_s": seconds_of_ms(metrics.get("invocationLatency")),
        "ttft_s": seconds_of_ms(metrics.get("firstByteLatency")),
    } if metrics else {}  # fmt: skip


def _last_metrics(chunks: Sequence[Mapping[str, Any]]) -> Json:
    return first(*(chunk.get(METRICS) for chunk in reversed(chunks)))


def merged(chunks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Put a family's chunks together: texts in order, the last word on everything else."""
    if any(CONVERSE_EVENTS & chunk.keys() for chunk in chunks):
        return _merged_converse(chunks)
    whole: dict[str, Any] = {}
    for chunk in chunks:
        for key, value in chunk.items():
            grows = key in {"outputText", "generation", "completion"} and isinstance(value, str)
            if grows and isinstance(whole.get(key, ""), str):
                whole[key] = whole.get(key, "") + value
            elif value is not None and not (key == "type" and key in whole):
                whole[key] = value
    metrics = mapping(whole.get(METRICS))
    if metrics:
        whole.setdefault("prompt_token_count", metrics.get("inputTokenCount"))
        whole.setdefault("generation_token_count", metrics.get("outputTokenCount"))
    return whole


def _merged_converse(chunks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    blocks: dict[int, dict[str, Any]] = {}
    whole: dict[str, Any] = {}
    for chunk in chunks:
        for kind, event in chunk.items():
            block = blocks.setdefault(count(at(event, "contentBlockIndex")) or 0, {})
            if kind == "contentBlockStart":
                block |= mapping(at(event, "start"))
            elif kind == "contentBlockDelta":
                _grow(block, mapping(at(event, "delta")))
            elif kind == "messageStop":
                whole["stopReason"] = at(event, "stopReason")
            elif kind == "metadata":
                whole |= mapping(event)
            elif kind not in CONVERSE_EVENTS:
                whole[kind] = event
    content = [blocks[index] for index in sorted(blocks) if blocks[index]]
    return {**whole, "output": {"message": {"role": "assistant", "content": content}}}


def _grow(block: dict[str, Any], delta: Mapping[str, Any]) -> None:
    if isinstance(delta.get("text"), str):
        block["text"] = str(block.get("text", "")) + delta["text"]
    piece = at(delta, "toolUse", "input")
    if isinstance(piece, str):
        call = dict(mapping(block.get("toolUse")))
        block["toolUse"] = {**call, "input": str(call.get("input", "")) + piece}
