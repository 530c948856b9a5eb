"""Bodies of Gemini's generateContent: camelCase from Google, snake_case from its exporters."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies.pieces import Piece, piece_of
from routeaudit.ingest.bodies.prompts import messages_row
from routeaudit.ingest.bodies.stream import events
from routeaudit.ingest.rows import Json, last_part, snake, status_row, tidy, timed, tokens
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import at, count, first, items, mapping, string, unwrapped

FINISH_REASONS = {
    "0": "FINISH_REASON_UNSPECIFIED", "1": "STOP", "2": "MAX_TOKENS", "3": "SAFETY",
    "4": "RECITATION", "5": "OTHER", "6": "BLOCKLIST", "7": "PROHIBITED_CONTENT", "8": "SPII",
    "9": "MALFORMED_FUNCTION_CALL",
}  # fmt: skip


def read(request: Json, response: Json) -> Row:
    """Read a request and its answer: an object, SSE text, a list of chunks, or JSON in text.

    Either may be None. What is absent stays absent; nothing is raised.
    """
    row = read_request(mapping(request))
    answer = unwrapped(response)
    chunks = events(answer)
    if chunks is not None:
        row["stream"] = True
        answer = merged(chunks)
    if isinstance(answer, dict):
        row |= read_response(answer)
    return row


def pick(body: Json, camel: str) -> Json:
    """Look a key up in camelCase, else in snake_case."""
    found = at(body, camel)
    return at(body, snake(camel)) if found is None else found


def read_request(request: Mapping[str, Any]) -> Row:
    """Read what was asked: system instruction, contents, tools and limits."""
    wanted = first(pick(request, "generationConfig"), pick(request, "config"))
    offered = [
        tool
        for group in items(first(request.get("tools"), at(wanted, "tools")))
        for tool in items(pick(group, "functionDeclarations"))
    ]
    system = first(pick(request, "systemInstruction"), pick(wanted, "systemInstruction"))
    return tidy({
        **messages_row(request.get("contents"), system),
        "model_requested": last_part(request.get("model")),
        "n_tools": len(offered) if request else None,
        "max_tokens": count(pick(wanted, "maxOutputTokens")),
        "response_format": string(pick(wanted, "responseMimeType")),
    })  # fmt: skip


def read_response(answer: Mapping[str, Any]) -> Row:
    """Read one response object: text, tool calls, usage, or the error that came instead."""
    found = [_candidate(candidate) for candidate in items(answer.get("candidates"))]
    reason = _reason(first(*(pick(c, "finishReason") for c in items(answer.get("candidates")))))
    stopped = string(pick(pick(answer, "promptFeedback"), "blockReason"))
    error = mapping(answer.get("error"))
    known = found or stopped or error
    return tidy({
        "response_id": string(pick(answer, "responseId")),
        "model": last_part(pick(answer, "modelVersion")),
        "response_text": "\n".join(piece.text for piece in found if piece.text),
        "tool_calls": [call for piece in found for call in piece.tool_calls],
        "finish_reason": reason or stopped,
        **(status_row(error.get("code"), error=error, reason=reason) if known else {}),
        **({"status": "blocked"} if stopped else {}),
        **_usage(mapping(pick(answer, "usageMetadata"))),
        **timed(pick(answer, "createTime")),
    })  # fmt: skip


def _candidate(candidate: Mapping[str, Any]) -> Piece:
    return piece_of(at(candidate, "content", "parts"), joint="")


def _reason(value: Json) -> str | None:
    found = string(value)
    return FINISH_REASONS.get(found, found) if found else None


def _usage(usage: Mapping[str, Any]) -> Row:
    """Add what Gemini counts apart: thoughts to the answer, tool results to the prompt."""
    sent, made = (
        count(pick(usage, "promptTokenCount")),
        count(pick(usage, "candidatesTokenCount")),
    )
    thought, total = (
        count(pick(usage, "thoughtsTokenCount")),
        count(pick(usage, "totalTokenCount")),
    )
    fetched = count(pick(usage, "toolUsePromptTokenCount")) or 0
    if made is None and sent is not None and total is not None and total >= sent + fetched:
        made = max(total - sent - fetched - (thought or 0), 0)
    row = tokens(
        prompt=None if sent is None else sent + fetched,
        completion=None if made is None else made + (thought or 0),
        cached=pick(usage, "cachedContentTokenCount"),
        total=total,
    )
    return {**row, **({} if thought is None else {"reasoning_tokens": thought})}


def merged(chunks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Put streamed chunks together: parts in order, the last usage and finish reason."""
    whole: dict[str, Any] = {}
    parts: list[Any] = []
    reason = None
    for chunk in chunks:
        whole |= {key: value for key, value in chunk.items() if value is not None}
        for candidate in items(chunk.get("candidates")):
            found = at(candidate, "content", "parts")
            parts += found if isinstance(found, list) else []
            reason = first(pick(candidate, "finishReason"), reason)
    if "candidates" in whole:
        whole["candidates"] = [{"content": {"parts": parts}, "finishReason": reason}]
    return whole
