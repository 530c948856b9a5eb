"""Writes calls as Anthropic Messages pairs: one JSON object a line."""

import json
import re
from collections.abc import Iterator

from tools.sample_logs.calls import Call
from tools.sample_logs.dice import ALNUM, Dice

Json = dict[str, object]
SNAPSHOTS = {
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
    "claude-opus-4-1": "claude-opus-4-1-20250805",
}
ERRORS = {
    "rate_limit": (429, "rate_limit_error", "This request would exceed your organization's rate limit of 400,000 input tokens per minute."),
    "server_error": (529, "overloaded_error", "Overloaded"),
    "timeout": (504, "timeout_error", "The request timed out while processing."),
}  # fmt: skip
ANSWER_LIMIT_TOKENS = {"dev-copilot": 4096, "contract-review": 3000}


def line(call: Call) -> str:
    """Write one call."""
    dice = Dice(call.seed)
    status: int = 200
    response: Json | str = _message(call, dice)
    if call.stream is not None:
        response = "".join(_events(call, _message(call, dice)))
    if call.trouble is not None:
        status, kind, words = ERRORS[call.trouble]
        error = {"type": kind, "message": words}
        response = {"type": "error", "error": error, "request_id": call.request_id}
    labels: Json = {"team": call.team, "feature": call.feature}
    pair = {
        "timestamp": call.at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "url": "https://api.anthropic.com/v1/messages",
        "status_code": status,
        "latency_ms": call.latency_ms,
        "request_id": call.request_id,
        "metadata": labels | ({"session_id": call.session_id} if call.session_id else {}),
        "request": _request(call),
        "response": response,
    }
    return json.dumps(pair, ensure_ascii=False)


def _request(call: Call) -> Json:
    request: Json = {
        "model": call.llm_id,
        "max_tokens": ANSWER_LIMIT_TOKENS[call.feature],
        "metadata": {"user_id": call.user},
    }
    mark = {"cache_control": {"type": "ephemeral"}} if call.cache_write_tokens else {}
    turns = [m for m in call.messages if m.role != "system"]
    for system in (m for m in call.messages if m.role == "system"):
        request["system"] = [{"type": "text", "text": system.content, **mark}]
    request["messages"] = [{"role": m.role, "content": m.content} for m in turns[:-1]] + [
        {"role": "user", "content": [{"type": "text", "text": turns[-1].content, **mark}]}
    ]
    if call.tool is not None:
        request["tools"] = [_tool(call.tool, call.answer)]
    if call.stream is not None:
        request["stream"] = True
    return request


def _tool(name: str, arguments: str) -> Json:
    fields = {key: {"type": "string"} for key in json.loads(arguments)}
    return {
        "name": name,
        "description": name.replace("_", " ").capitalize() + ".",
        "input_schema": {"type": "object", "properties": fields, "required": list(fields)},
    }


def _message(call: Call, dice: Dice) -> Json:
    content: Json = {"type": "text", "text": call.answer}
    if call.tool is not None:
        made = "toolu_" + dice.text(24, ALNUM)
        content = {
            "type": "tool_use",
            "id": made,
            "name": call.tool,
            "input": json.loads(call.answer),
        }
    return {
        "id": "msg_01" + dice.text(22, ALNUM),
        "type": "message",
        "role": "assistant",
        "model": SNAPSHOTS[call.llm_id],
        "content": [content],
        "stop_reason": "tool_use" if call.tool else "end_turn",
        "stop_sequence": None,
        "usage": _usage(call),
    }


def _usage(call: Call) -> Json:
    """Write the usage as Anthropic counts it: cached tokens stand beside the fresh ones."""
    written = call.cache_write_tokens
    return {
        "input_tokens": call.prompt_tokens - call.cached_tokens - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": call.cached_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": call.completion_tokens,
        "service_tier": "standard",
    }


def _events(call: Call, whole: Json) -> Iterator[str]:
    """Cut a message into server-sent events, a few words each."""
    counts = {**_usage(call), "output_tokens": 1}
    start = {**whole, "content": [], "stop_reason": None, "usage": counts}
    yield _event("message_start", {"message": start})
    yield _event(
        "content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}
    )
    yield _event("ping", {})
    for piece in re.findall(r"(?:\s*\S+){1,7}|\s+$", call.answer):
        delta = {"type": "text_delta", "text": piece}
        yield _event("content_block_delta", {"index": 0, "delta": delta})
    yield _event("content_block_stop", {"index": 0})
    ending = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    output = {"output_tokens": call.completion_tokens}
    yield _event("message_delta", {"delta": ending, "usage": output})
    yield _event("message_stop", {})


def _event(kind: str, body: Json) -> str:
    data = json.dumps({"type": kind, **body}, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {data}\n\n"
