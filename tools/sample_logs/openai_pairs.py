"""Writes calls as OpenAI request/response pairs: one JSON object a line."""

import json
import re
from collections.abc import Iterator

from tools.sample_logs.calls import Call
from tools.sample_logs.dice import ALNUM, Dice

Json = dict[str, object]
SNAPSHOTS = {
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1": "gpt-4.1-2025-04-14",
}
FINGERPRINTS = {
    "gpt-4o": "fp_58887f9c5a",
    "gpt-4o-mini": "fp_efad92c60b",
    "gpt-4.1": "fp_daf5fcc80a",
}
ERRORS: dict[str, tuple[int, Json]] = {
    "rate_limit": (429, {"message": "Rate limit reached for {llm} in organization org-hX0p2Wq on tokens per min (TPM): Limit 450000, Used 448213, Requested {n}. Please try again in 612ms.", "type": "tokens", "param": None, "code": "rate_limit_exceeded"}),
    "server_error": (500, {"message": "The server had an error while processing your request. Sorry about that!", "type": "server_error", "param": None, "code": None}),
    "timeout": (504, {"message": "Request timed out.", "type": "timeout", "param": None, "code": "timeout"}),
    "content_filter": (400, {"message": "The response was filtered due to the prompt triggering our content management policy. Please modify your prompt and retry.", "type": "invalid_request_error", "param": "prompt", "code": "content_filter"}),
}  # fmt: skip


def line(call: Call) -> str:
    """Write one call."""
    dice = Dice(call.seed)
    status, response = 200, _completion(call, dice)
    if call.trouble is not None:
        status, error = ERRORS[call.trouble]
        message = str(error["message"]).format(llm=call.llm_id, n=call.prompt_tokens)
        response = {"error": {**error, "message": message}}
    pair = {
        "timestamp": call.at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "url": "https://api.openai.com/v1/chat/completions",
        "status_code": status,
        "latency_ms": call.latency_ms,
        "request_id": call.request_id,
        "request": _request(call),
        "response": "".join(_events(call, response)) if call.stream else response,
    }
    return json.dumps(pair, ensure_ascii=False)


def _request(call: Call) -> Json:
    request: Json = {
        "model": call.llm_id,
        "messages": [{"role": m.role, "content": m.content} for m in call.messages],
        "temperature": 0 if call.feature == "ticket-triage" else 0.4,
        "user": call.user,
        "metadata": {"team": call.team, "feature": call.feature}
        | ({"session_id": call.session_id} if call.session_id else {}),
    }
    if call.wants_json:
        request["response_format"] = {"type": "json_object"}
    if call.tool is not None:
        request["tools"] = [tool(call.tool, call.answer)]
        request["tool_choice"] = "auto"
    if call.stream is not None:
        request["stream"] = True
    if call.stream == "usage":
        request["stream_options"] = {"include_usage": True}
    return request


def tool(name: str, arguments: str) -> Json:
    """Declare a tool whose arguments look like these."""
    fields = {key: {"type": "string"} for key in json.loads(arguments)}
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": name.replace("_", " ").capitalize() + ".",
            "parameters": {"type": "object", "properties": fields, "required": list(fields)},
        },
    }


def message(call: Call, dice: Dice) -> Json:
    """Write the assistant's message: text, or one tool call."""
    if call.tool is None:
        return {"role": "assistant", "content": call.answer, "refusal": None}
    wanted = {"name": call.tool, "arguments": call.answer}
    made = {"id": "call_" + dice.text(24, ALNUM), "type": "function", "function": wanted}
    return {"role": "assistant", "content": None, "tool_calls": [made], "refusal": None}


def usage(call: Call) -> Json:
    """Write the usage as OpenAI counts it: cached tokens are part of the prompt's."""
    return {
        "prompt_tokens": call.prompt_tokens,
        "completion_tokens": call.completion_tokens,
        "total_tokens": call.prompt_tokens + call.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": call.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _completion(call: Call, dice: Dice) -> Json:
    return {
        "id": "chatcmpl-" + dice.text(29, ALNUM),
        "object": "chat.completion",
        "created": int(call.at.timestamp()),
        "model": SNAPSHOTS[call.llm_id],
        "choices": [
            {
                "index": 0,
                "message": message(call, dice),
                "logprobs": None,
                "finish_reason": "tool_calls" if call.tool else "stop",
            }
        ],
        "usage": usage(call),
        "system_fingerprint": FINGERPRINTS[call.llm_id],
    }


def _events(call: Call, whole: Json) -> Iterator[str]:
    """Cut a completion into server-sent events, a word or two each."""
    shared = {key: whole[key] for key in ("id", "created", "model", "system_fingerprint")}
    shared["object"] = "chat.completion.chunk"
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    deltas += [
        {"content": piece}
        for piece in re.findall(r"\s*\S+(?:\s+\S{1,4}(?=\s))?|\s+$", call.answer)
    ]
    for delta in [*deltas, {}]:
        choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}
        yield _event({**shared, "choices": [choice]})
    if call.stream == "usage":
        yield _event({**shared, "choices": [], "usage": whole["usage"]})
    yield "data: [DONE]\n\n"


def _event(body: Json) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n\n"
