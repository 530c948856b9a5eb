"""Writes calls as rows of a LiteLLM proxy's spend log: one JSON object a line."""

import json
from datetime import datetime, timedelta

from tools.sample_logs.calls import Call
from tools.sample_logs.dice import Dice
from tools.sample_logs.openai_pairs import message, tool, usage
from tools.sample_logs.sizes import spend_usd

Json = dict[str, object]
TEAM_IDS = {
    "finance": "0b5a7c1e-93d2-4f0a-b1c8-6f4f0d6b2a11",
    "growth": "7d21e6f4-5a0b-4c3e-9b7d-2f8c91a4e350",
}
KEYS = {
    "finance": "b7c1f0d64f2e9a853d10c6be5574a2f8e90317bdc4a86e25f13907d8b2c4e6a1",
    "growth": "4e9d2a7715fc08b36a91e0d37cb4825f6f01ac98e7d25b43c60f8a19d3e7b520",
}
PROVIDERS = {"gpt": "openai", "cla": "anthropic", "hal": "openai"}
BASES = {
    "gpt": "https://api.openai.com",
    "cla": "https://api.anthropic.com/v1/messages",
    "hal": "http://vllm.ml.halden.internal:8000/v1",
}
SERVED = {"claude-sonnet-4-5": "claude-sonnet-4-5-20250929"}
ERRORS = {
    "rate_limit": ("429", "RateLimitError", "Rate limit reached. Please try again in 1.2s."),
    "server_error": ("500", "InternalServerError", "The server had an error while processing your request."),
    "timeout": ("408", "Timeout", "Request timed out after 60.0 seconds."),
    "content_filter": ("400", "ContentPolicyViolationError", "The prompt was rejected by the content policy."),
}  # fmt: skip


def line(call: Call) -> str:
    """Write one call."""
    dice = Dice(call.seed)
    family, failed = call.llm_id[:3], call.trouble is not None
    served = SERVED.get(call.llm_id, call.llm_id)
    end = call.at + timedelta(milliseconds=call.latency_ms)
    sent = 0 if failed else call.prompt_tokens
    fresh = call.prompt_tokens - call.cached_tokens
    spend = spend_usd(call.llm_id, fresh, call.cached_tokens, call.completion_tokens)
    messages = [{"role": m.role, "content": m.content} for m in call.messages]
    row: Json = {
        "request_id": call.request_id,
        "call_type": "acompletion",
        "api_key": KEYS[call.team],
        "spend": 0.0 if failed or spend is None else spend,
        "total_tokens": sent + call.completion_tokens,
        "prompt_tokens": sent,
        "completion_tokens": call.completion_tokens,
        "startTime": _naive(call.at),
        "endTime": _naive(end),
        "completionStartTime": _naive(end),
        "request_duration_ms": call.latency_ms,
        "model": served,
        "model_id": "",
        "model_group": call.llm_id,
        "custom_llm_provider": PROVIDERS[family],
        "api_base": BASES[family],
        "user": call.user,
        "end_user": f"{call.team}-{dice.whole(101, 140)}",
        "team_id": TEAM_IDS[call.team],
        "organization_id": None,
        "request_tags": json.dumps([f"feature:{call.feature}", "env:prod"]),
        "metadata": json.dumps(_metadata(call)),
        "cache_hit": "False",
        "cache_key": "Cache OFF",
        "session_id": call.session_id or dice.uuid(),
        "messages": messages,
        "response": {} if failed else _response(call, served, dice),
        "proxy_server_request": _options(call),
        "requester_ip_address": f"10.20.{dice.whole(1, 6)}.{dice.whole(2, 250)}",
        "status": "failure" if failed else "success",
    }
    return json.dumps(row, ensure_ascii=False)


def _naive(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def _options(call: Call) -> Json:
    """Write the rest of the request; the proxy keeps the messages in a column of their own."""
    options: Json = {"model": call.llm_id}
    if call.wants_json:
        options["response_format"] = {"type": "json_object"}
    if call.tool is not None:
        options["tools"] = [tool(call.tool, call.answer)]
    options["metadata"] = {"tags": [f"feature:{call.feature}", "env:prod"]}
    return options


def _metadata(call: Call) -> Json:
    found: Json = {
        "user_api_key_alias": f"{call.feature}-prod",
        "user_api_key_team_id": TEAM_IDS[call.team],
        "user_api_key_team_alias": call.team,
        "user_api_key_user_id": call.user,
        "usage_object": None if call.trouble else usage(call),
    }
    if call.trouble is not None:
        code, kind, words = ERRORS[call.trouble]
        found["status"] = "failure"
        found["error_information"] = {
            "error_code": code,
            "error_class": kind,
            "llm_provider": PROVIDERS[call.llm_id[:3]],
            "error_message": f"litellm.{kind}: {words}",
        }
    return found


def _response(call: Call, served: str, dice: Dice) -> Json:
    reason = "tool_calls" if call.tool else "stop"
    return {
        "id": call.request_id,
        "object": "chat.completion",
        "created": int(call.at.timestamp()),
        "model": served,
        "choices": [{"index": 0, "message": message(call, dice), "finish_reason": reason}],
        "usage": usage(call),
    }
