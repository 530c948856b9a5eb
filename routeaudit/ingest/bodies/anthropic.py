"""Bodies of Anthropic's Messages API: cached tokens lie outside its `input_tokens`."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies.content import flatten, named_calls, turns
from routeaudit.ingest.bodies.stream import events
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import at, count, first, items, mapping, string, unwrapped

BLOCKED = "refusal"
SHORT, LONG = "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"


def read(request: Any, response: Any) -> Row:  # noqa: ANN401 parsed JSON
    """Read a request and its answer: an object, SSE text, a list of events, or JSON in text.

    Either may be None. What is absent stays absent; nothing is raised.
    """
    row = read_request(mapping(request))
    answer = unwrapped(response)
    chunks = events(answer)
    if chunks is not None:
        row["stream"] = True
        answer = merged(chunks)
    if isinstance(answer, dict):
        row.update(read_response(answer))
    return row


def read_request(request: Mapping[str, Any]) -> Row:
    """Read what was asked: system prompt, messages, options and user."""
    system = flatten(request.get("system"))
    asked = turns(unwrapped(request.get("messages")))
    before = [{"role": "system", "content": system.text}] if system.text else []
    messages = before + asked.messages
    offered = request.get("tools")
    return {
        "model_requested": string(request.get("model")),
        "messages": messages or None,
        "n_turns": len(messages) or None,
        "n_media": system.media + asked.media,
        "n_tools": len(offered) if isinstance(offered, list) else 0,
        "max_tokens": count(request.get("max_tokens")),
        "service_tier": string(request.get("service_tier")),
        "stream": request["stream"] if isinstance(request.get("stream"), bool) else None,
        "user": string(at(request, "metadata", "user_id")),
    }


def read_response(answer: Mapping[str, Any]) -> Row:
    """Read one message object: text, tool calls, usage, or the error that came instead."""
    blocks = answer.get("content")
    found: Row = {
        "response_id": string(answer.get("id")),
        "model": string(answer.get("model")),
        "finish_reason": string(answer.get("stop_reason")),
        "service_tier": string(at(answer, "usage", "service_tier")),
        "response_text": _text(blocks) or None,
        "tool_calls": named_calls(b for b in items(blocks) if b.get("type") == "tool_use")
        or None,
        **read_usage(answer.get("usage")),
        **_status(answer),
    }
    return {name: value for name, value in found.items() if value is not None}


def _text(blocks: Any) -> str:  # noqa: ANN401 parsed JSON
    if isinstance(blocks, str):
        return blocks
    return "\n".join([flatten(b).text for b in items(blocks) if b.get("type") == "text"])


def _status(answer: Mapping[str, Any]) -> Row:
    if answer.get("stop_reason") == BLOCKED:
        return {"status": "blocked"}
    error = answer.get("error")
    if isinstance(error, dict):
        return {"status": "error", "error_code": string(error.get("type")) or "error"}
    return {"status": "ok"} if "content" in answer else {}


def read_usage(usage: Any) -> Row:  # noqa: ANN401 parsed JSON
    """Read a usage object: cache reads and writes are added to the input."""
    if isinstance(usage, dict) and (parts := list(items(usage.get("iterations")))):
        return {"reasoning_tokens": _thought(usage), **_sum([_usage(part) for part in parts])}
    return _usage(usage)


def _thought(usage: Any) -> int | None:  # noqa: ANN401 parsed JSON
    return count(at(usage, "output_tokens_details", "thinking_tokens"))


def _usage(usage: Any) -> Row:  # noqa: ANN401 parsed JSON
    told = usage if isinstance(usage, dict) else {}
    fresh, made = count(told.get("input_tokens")), count(told.get("output_tokens"))
    hit, by_span = count(told.get("cache_read_input_tokens")), told.get("cache_creation")
    short, long = (
        (count(by_span.get(SHORT)), count(by_span.get(LONG)))
        if isinstance(by_span, dict)
        else (None, None)
    )
    spans = (short or 0) + (long or 0)
    written = first(count(told.get("cache_creation_input_tokens")), spans or None)
    return {
        "prompt_tokens": None if fresh is None else fresh + (hit or 0) + (written or 0),
        "cached_tokens": hit,
        "cache_write_tokens": written,
        "cache_write_1h_tokens": long,
        "completion_tokens": made,
        "reasoning_tokens": _thought(told),
    }


def _sum(parts: Sequence[Row]) -> Row:
    total: Row = {}
    for part in parts:
        for name, value in part.items():
            if value is not None:
                total[name] = total.get(name, 0) + value
    return total


def merged(chunks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge stream events into the message that the call without streaming would give.

    The output count is that of the last `message_delta`: it is cumulative.
    """
    answer: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    for event in chunks:
        match event.get("type"):
            case "message_start":
                answer.update(mapping(event.get("message")))
                answer["usage"] = dict(mapping(answer.get("usage")))
            case "message_delta":
                answer.update(mapping(event.get("delta")))
                usage = {k: v for k, v in mapping(event.get("usage")).items() if v is not None}
                answer["usage"] = {**mapping(answer.get("usage")), **usage}
            case "content_block_start":
                blocks[_index(event)] = dict(mapping(event.get("content_block")))
            case "content_block_delta":
                _grow(blocks.setdefault(_index(event), {}), mapping(event.get("delta")))
            case "error":
                answer["error"] = event.get("error")
    if blocks:
        answer["content"] = [_closed(blocks[index]) for index in sorted(blocks)]
    return answer


def _index(event: Mapping[str, Any]) -> int:
    return count(event.get("index")) or 0


def _grow(block: dict[str, Any], delta: Mapping[str, Any]) -> None:
    for key, kind in (("text", "text"), ("partial_json", "tool_use")):
        piece = delta.get(key)
        if isinstance(piece, str):
            block.setdefault("type", kind)
            block.setdefault("pieces", []).append(piece)


def _closed(block: Mapping[str, Any]) -> dict[str, Any]:
    pieces = "".join(block.get("pieces", ()))
    if not pieces:
        return dict(block)
    if block.get("type") == "tool_use":
        return {**block, "input": pieces}
    return {**block, "text": (string(block.get("text")) or "") + pieces}
