"""What both of LiteLLM's logs share: metadata, caching, who pays."""

import re
from collections.abc import Mapping
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import openai_chat, pair
from routeaudit.ingest.rows import lasted_s, timed
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

CHAT_CALLS = {
    "acompletion", "completion", "aresponses", "responses", "anthropic_messages", "atext_completion",
    "text_completion", "agenerate_content", "generate_content", "agenerate_content_stream",
    "generate_content_stream",
}  # fmt: skip
EMBEDDINGS = {"aembedding", "embedding"}
ANSWER_ID = re.compile(r"(chatcmpl|cmpl|msg|resp|gen)[-_]")
HOUR = "ephemeral_1h_input_tokens"
HEALTH_TAG = "litellm-internal-health-check"


def operation(call_type: str | None) -> str | None:
    """Name the kind of call; None for what is no model call at all (health checks, files)."""
    if call_type is None or call_type in CHAT_CALLS:
        return "chat"
    return "embedding" if call_type in EMBEDDINGS else call_type


def times(value: Mapping[str, Any]) -> Row:
    """Read start, end and first token; a first token at the very end is not known."""
    start, end, began = (
        unwrapped(value.get(k)) for k in ("startTime", "endTime", "completionStartTime")
    )
    lasted = lasted_s(start, end)
    first_token = lasted_s(start, began)
    told = number(value.get("request_duration_ms"))
    return {
        **timed(start, end),
        "latency_s": first(lasted, None if told is None else told / 1000),
        "ttft_s": None if _same(began, end) else first_token,
    }


def _same(left: Any, right: Any) -> bool:  # noqa: ANN401 as logged
    one, other = moment(left), moment(right)
    return one is not None and other is not None and one.us == other.us


def usage(value: Mapping[str, Any], *objects: Any) -> Row:  # noqa: ANN401 parsed JSON
    """Read counts from the columns and details from any of the usage objects."""
    detail = [body for body in map(mapping, objects) if body]

    def among(*paths: tuple[str, ...]) -> int | None:
        for body in detail:
            for path in paths:
                found = count(at(body, *path))
                if found is not None:
                    return found
        return None

    return {
        "prompt_tokens": count(value.get("prompt_tokens")),
        "completion_tokens": count(value.get("completion_tokens")),
        "total_tokens": count(value.get("total_tokens")),
        "cached_tokens": among(
            ("prompt_tokens_details", "cached_tokens"), ("cache_read_input_tokens",)
        ),
        "cache_write_tokens": among(
            ("prompt_tokens_details", "cache_creation_tokens"), ("cache_creation_input_tokens",)
        ),
        "cache_write_1h_tokens": among(
            ("prompt_tokens_details", "cache_creation_token_details", HOUR),
            ("cache_creation", HOUR),
        ),
        "reasoning_tokens": among(("completion_tokens_details", "reasoning_tokens")),
    }


def who(value: Mapping[str, Any], metadata: Mapping[str, Any]) -> Row:
    """Read user, team, session and tags; empty texts are unknown."""
    tags = unwrapped(value.get("request_tags"))
    words = [t for t in tags if isinstance(t, str)] if isinstance(tags, list) else []
    return {
        "user": first(*map(string, (
            value.get("end_user"), metadata.get("user_api_key_end_user_id"),
            value.get("user"), metadata.get("user_api_key_user_id"),
        ))),
        "team": first(*map(string, (
            metadata.get("user_api_key_team_alias"), value.get("team_id"),
            metadata.get("user_api_key_team_id"), metadata.get("user_api_key_alias"),
            value.get("organization_id"), metadata.get("user_api_key_org_id"),
        ))),
        "feature": _feature(metadata, words),
        "session_id": string(value.get("session_id")),
        "trace_id": first(string(value.get("trace_id")), string(value.get("litellm_call_id"))),
        "tags": {"tags": words} if words else None,
    }  # fmt: skip


def _feature(metadata: Mapping[str, Any], words: list[str]) -> str | None:
    spend = mapping(metadata.get("spend_logs_metadata"))
    named = first(*(string(spend.get(k)) for k in ("feature", "app", "application", "service")))
    tagged = (word.split(":", 1)[1] for word in words if word.startswith(("feature:", "app:")))
    return first(named, next(tagged, None))  # type: ignore[no-any-return]  # texts in, text out


def failure(value: Mapping[str, Any], metadata: Mapping[str, Any]) -> Row:
    """Read how the call ended; a null status is success."""
    error = first(value.get("error_information"), metadata.get("error_information"))
    code = first(string(at(error, "error_code")), string(at(error, "error_class")))
    failed = string(value.get("status")) == "failure" or bool(string(value.get("error_str")))
    if not failed:
        return {"status": "ok"}
    blocked = "content_filter" in (code or "") or "ContentPolicy" in (
        string(at(error, "error_class")) or ""
    )
    return {
        "status": "blocked" if blocked else "error",
        "error_code": code or "error",
        "http_status": count(at(error, "error_code")),
    }


def bodies(asked: Mapping[str, Any], answer: Any) -> Row:  # noqa: ANN401 parsed JSON
    """Read what was said: chat completions, else what `call_type` passed through as it was."""
    if isinstance(answer, dict) and "choices" not in answer:
        return pair.read(asked, answer)
    return openai_chat.read(asked, answer)


def answer_id(request_id: str | None, answered: Mapping[str, Any]) -> str | None:
    """Give the provider's id of the answer: the proxy hands it to the application as its own."""
    told = string(answered.get("response_id"))
    if told is not None or request_id is None:
        return told
    return request_id if ANSWER_ID.match(request_id) else None


def cache_hit(told: Any) -> bool | None:  # noqa: ANN401 as logged
    """Read the gateway's own cache flag, also as the text that spend logs hold."""
    return {"true": True, "false": False}.get(str(told).lower())


def is_health_check(value: Mapping[str, Any]) -> bool:
    """Tell LiteLLM's own probes of its models."""
    tags = unwrapped(value.get("request_tags"))
    return isinstance(tags, list) and HEALTH_TAG in tags


def stored(text: Any) -> Any:  # noqa: ANN401 parsed JSON
    """Give what a column of bodies holds; `{}` means that it was not stored."""
    found = unwrapped(text)
    return None if found in ({}, [], "", None) else found


def asked_of(request: Mapping[str, Any]) -> Any:  # noqa: ANN401 parsed JSON
    """Find the prompt in the request as the proxy received it."""
    return first(*(stored(request.get(key)) for key in ("messages", "input", "prompt")))
