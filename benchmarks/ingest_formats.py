# ruff: noqa: INP001 scripts, no package
"""The calls of `ingest.py`: plain pairs, and the same in other formats and layouts."""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any  # Any: JSON

import orjson

Call = dict[str, Any]


def calls(lines: int) -> Iterator[Call]:
    """Make pairs of about 1.2 KB, the same every time."""
    chance = random.Random(1)  # noqa: S311 test data
    words = [f"w{chance.randrange(36**4):x}" for _ in range(5000)]
    for n in range(lines):
        asked = " ".join(chance.choices(words, k=chance.randrange(10, 60)))
        told = " ".join(chance.choices(words, k=chance.randrange(5, 50)))
        used, made = len(asked) // 4, len(told) // 4
        yield {
            "timestamp": f"2026-05-{1 + n % 28:02}T{n % 24:02}:{n % 60:02}:00Z",
            "request_id": f"req_{n:09}", "latency_ms": 300 + n % 2000, "team": f"team-{n % 4}",
            "feature": f"f{n % 6}", "user": f"u{n % 100}", "status_code": 200,
            "request": {
                "model": "gpt-4o-mini", "temperature": 0.2, "max_tokens": 512,
                "messages": [
                    {"role": "system", "content": 'You are a helpful assistant for "Acme".'},
                    {"role": "user", "content": asked},
                ],
            },
            "response": {
                "id": f"chatcmpl-{n:09}", "object": "chat.completion", "created": 1777000000 + n,
                "model": "gpt-4o-mini-2024-07-18",
                "choices": [{
                    "index": 0, "logprobs": None, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": told, "refusal": None},
                }],
                "usage": {
                    "prompt_tokens": used, "completion_tokens": made, "total_tokens": used + made,
                    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                    "completion_tokens_details": {"reasoning_tokens": 0},
                },
                "system_fingerprint": "fp_1",
            },
        }  # fmt: skip


def for_frugon(call: Call) -> Call:
    """Lay a call out as frugon wants it."""
    return {
        "timestamp": call["timestamp"], "model": "gpt-4o-mini", "response": call["response"],
        "messages": call["request"]["messages"], "usage": call["response"]["usage"],
    }  # fmt: skip


def for_route_audit(call: Call) -> Call:
    """Lay a call out as llm-route-audit wants it."""
    usage = call["response"]["usage"]
    return {
        "id": call["request_id"], "timestamp": call["timestamp"], "model": "gpt-4o-mini",
        "messages": call["request"]["messages"],
        "response": call["response"]["choices"][0]["message"]["content"],
        "input_tokens": usage["prompt_tokens"], "output_tokens": usage["completion_tokens"],
        "latency_ms": call["latency_ms"],
    }  # fmt: skip


def openai_chat_pair(call: Call) -> Call:
    """Give a pair that DuckDB does not read: the answer also called a tool."""
    choice = call["response"]["choices"][0]
    made = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "look_up", "arguments": "{}"},
    }
    message = {**choice["message"], "tool_calls": [made]}
    return {
        **call,
        "response": {**call["response"], "choices": [{**choice, "message": message}]},
    }


def anthropic_pair(call: Call) -> Call:
    """Give a Messages API pair with a system prompt and cached tokens."""
    system, user = call["request"]["messages"]
    usage = call["response"]["usage"]
    return {
        **{key: call[key] for key in ("timestamp", "request_id", "latency_ms", "team", "user")},
        "request": {
            "model": "claude-sonnet-4-5", "max_tokens": 512, "system": system["content"],
            "messages": [{"role": "user", "content": [{"type": "text", "text": user["content"]}]}],
        },
        "response": {
            "id": call["response"]["id"].replace("chatcmpl", "msg"), "type": "message",
            "role": "assistant", "model": "claude-sonnet-4-5-20250929", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": _answer(call)}], "stop_sequence": None,
            "usage": {
                "input_tokens": usage["prompt_tokens"], "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 0, "output_tokens": usage["completion_tokens"],
                "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
                "service_tier": "standard",
            },
        },
    }  # fmt: skip


def litellm_spend_logs(call: Call) -> Call:
    """Give a row of LiteLLM's spend table with stored prompts, nested values as text."""
    usage = call["response"]["usage"]
    return {
        "request_id": call["request_id"], "call_type": "acompletion", "api_key": "88dc28d0f0",
        "spend": 0.000123, "total_tokens": usage["total_tokens"],
        "prompt_tokens": usage["prompt_tokens"], "completion_tokens": usage["completion_tokens"],
        "startTime": call["timestamp"], "endTime": call["timestamp"], "completionStartTime": None,
        "model": "gpt-4o-mini", "model_group": "small", "custom_llm_provider": "openai",
        "user": call["user"], "team_id": call["team"], "end_user": "", "cache_hit": "False",
        "metadata": orjson.dumps(
            {"user_api_key_alias": call["team"], "usage_object": usage, "status": "success"}
        ).decode(),
        "request_tags": '["app:chat"]', "status": "success", "session_id": "s-1",
        "messages": orjson.dumps(call["request"]["messages"]).decode(),
        "response": orjson.dumps(call["response"]).decode(),
    }  # fmt: skip


def langfuse_observation(call: Call) -> Call:
    """Give a GENERATION of Langfuse's observations export."""
    usage = call["response"]["usage"]
    counts = {
        "input": usage["prompt_tokens"], "output": usage["completion_tokens"],
        "total": usage["total_tokens"],
    }  # fmt: skip
    return {
        "id": call["request_id"], "traceId": "t-" + call["request_id"], "type": "GENERATION",
        "name": "answer", "startTime": call["timestamp"], "endTime": call["timestamp"],
        "completionStartTime": None, "model": "gpt-4o-mini", "level": "DEFAULT",
        "modelParameters": {"temperature": 0.2}, "metadata": {"feature": call["feature"]},
        "input": call["request"]["messages"],
        "output": {"role": "assistant", "content": _answer(call)},
        "usageDetails": counts, "costDetails": {"total": 0.0001}, "totalCost": 0.0001,
        "parentObservationId": None, "version": None, "statusMessage": None, "latency": 1.2,
    }  # fmt: skip


def otlp_spans(call: Call) -> Call:
    """Give a line of the collector's file exporter: one chat span, current attributes."""
    usage, start = call["response"]["usage"], 1_777_000_000_000_000_000
    said = [
        {"role": m["role"], "parts": [{"type": "text", "content": m["content"]}]}
        for m in call["request"]["messages"]
    ]
    told = [{"role": "assistant", "parts": [{"type": "text", "content": _answer(call)}],
             "finish_reason": "stop"}]  # fmt: skip
    values = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini", "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.id": call["response"]["id"],
        "gen_ai.input.messages": orjson.dumps(said).decode(),
        "gen_ai.output.messages": orjson.dumps(told).decode(),
    }  # fmt: skip
    attributes = [{"key": key, "value": {"stringValue": text}} for key, text in values.items()]
    for key, name in (("input", "prompt_tokens"), ("output", "completion_tokens")):
        number = {"intValue": str(usage[name])}
        attributes.append({"key": f"gen_ai.usage.{key}_tokens", "value": number})
    span = {
        "traceId": call["request_id"][-9:].rjust(32, "0"), "parentSpanId": "", "kind": 3,
        "spanId": call["request_id"][-9:].rjust(16, "0"), "name": "chat gpt-4o-mini",
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**9),
        "attributes": attributes, "status": {},
    }  # fmt: skip
    scope = {"scope": {"name": "openai"}, "spans": [span]}
    service = [{"key": "service.name", "value": {"stringValue": call["feature"]}}]
    return {"resourceSpans": [{"resource": {"attributes": service}, "scopeSpans": [scope]}]}


def _answer(call: Call) -> str:
    return str(call["response"]["choices"][0]["message"]["content"])


LAYOUTS: Mapping[str, Callable[[Call], Call]] = {
    layout.__name__: layout
    for layout in (
        openai_chat_pair, anthropic_pair, litellm_spend_logs, langfuse_observation, otlp_spans,
    )
}  # fmt: skip
