"""What both of LiteLLM's logs share: metadata, caching, who pays."""

import re
from collections.abc import Mapping
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import openai_chat, pair, usual
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import (
    Moment,
    at,
    between_s,
    count,
    first,
    first_text,
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
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
EMBEDDINGS = {"aembedding", "embedding"}
ANSWER_ID = re.compile(r"(chatcmpl|cmpl|msg|resp|gen)[-_]")
TIMES = ("startTime", "endTime", "completionStartTime")
HOUR = "ephemeral_1h_input_tokens"
FEATURES = ("feature", "app", "application", "service")
HEALTH_TAG = "litellm-internal-health-check"


def operation(call_type: str | None) -> str | None:
    """Name the kind of call; None for what is no model call at all (health checks, files)."""
    if call_type is None or call_type in CHAT_CALLS:
        return "chat"
    return "embedding" if call_type in EMBEDDINGS else call_type


def times(value: Mapping[str, Any]) -> Row:
    """Read start, end and first token; a first token at the very end is not known."""
    start, end, began = [_moment(value.get(key)) for key in TIMES]
    when = start or end
    lasted = between_s(start, end)
    if lasted is None and (told := number(value.get("request_duration_ms"))) is not None:
        lasted = told / 1000
    at_end = began is not None and end is not None and began.us == end.us
    row: Row = {"latency_s": lasted, "ttft_s": None if at_end else between_s(start, began)}
    if when is not None:
        row["ts"] = when.us
        row["tz_assumed"] = when.zone_assumed or None
    return row


def _moment(value: Any) -> Moment | None:  # noqa: ANN401 as logged
    return None if value is None else moment(unwrapped(value))


def usage(value: Mapping[str, Any], *objects: Any) -> Row:  # noqa: ANN401 parsed JSON
    """Read counts from the columns and details from any of the usage objects."""
    row: Row = {name: count(value.get(name)) for name in COUNTS}
    for given in objects:
        for name, told in _details(mapping(given)).items() if given else ():
            if told is not None and row.get(name) is None:
                row[name] = count(told)
    return row


def _details(body: Mapping[str, Any]) -> Row:
    sent, made = body.get("prompt_tokens_details"), body.get("completion_tokens_details")
    row: Row = {}
    if isinstance(sent, dict) and sent:
        row = {
            "cached_tokens": count(sent.get("cached_tokens")),
            "cache_write_tokens": count(sent.get("cache_creation_tokens")),
            "cache_write_1h_tokens": count(at(sent.get("cache_creation_token_details"), HOUR)),
        }
    for name, place in BESIDE if not BESIDE_KEYS.isdisjoint(body) else ():
        if row.get(name) is None:
            row[name] = count(at(body, *place))
    if isinstance(made, dict):
        row["reasoning_tokens"] = made.get("reasoning_tokens")
    return row


BESIDE = (
    ("cached_tokens", ("cache_read_input_tokens",)),
    ("cache_write_tokens", ("cache_creation_input_tokens",)),
    ("cache_write_1h_tokens", ("cache_creation", HOUR)),
)
"""Where counts stand that the details do not tell."""
BESIDE_KEYS = frozenset(place[0] for _, place in BESIDE)


def who(value: Mapping[str, Any], metadata: Mapping[str, Any]) -> Row:
    """Read user, team, session and tags; empty texts are unknown."""
    tags = unwrapped(value.get("request_tags"))
    words = [t for t in tags if isinstance(t, str)] if isinstance(tags, list) else []
    return {
        "user": first_text(
            value.get("end_user"), metadata.get("user_api_key_end_user_id"),
            value.get("user"), metadata.get("user_api_key_user_id"),
        ),
        "team": first_text(
            metadata.get("user_api_key_team_alias"), value.get("team_id"),
            metadata.get("user_api_key_team_id"), metadata.get("user_api_key_alias"),
            value.get("organization_id"), metadata.get("user_api_key_org_id"),
        ),
        "feature": _feature(metadata, words),
        "session_id": string(value.get("session_id")),
        "trace_id": first_text(value.get("trace_id"), value.get("litellm_call_id")),
        "tags": {"tags": words} if words else None,
    }  # fmt: skip


def _feature(metadata: Mapping[str, Any], words: list[str]) -> str | None:
    spend = mapping(metadata.get("spend_logs_metadata"))
    named = first_text(*map(spend.get, FEATURES)) if spend else None
    if named is not None or not words:
        return named
    tagged = (word.split(":", 1)[1] for word in words if word.startswith(("feature:", "app:")))
    return next(tagged, None)


def failure(value: Mapping[str, Any], metadata: Mapping[str, Any]) -> Row:
    """Read how the call ended; a null status is success."""
    if value.get("status") != "failure" and string(value.get("error_str")) is None:
        return {"status": "ok"}
    error = first(value.get("error_information"), metadata.get("error_information"))
    code = first(string(at(error, "error_code")), string(at(error, "error_class")))
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
    if is_chat(answer):
        return openai_chat.read(asked, answer)
    return pair.read(asked, answer)


def is_chat(answer: Any) -> bool:  # noqa: ANN401 parsed JSON
    """Tell an answer of chat completions, or none at all, from bodies that were passed through."""
    return not isinstance(answer, dict) or "choices" in answer


def prompt(messages: Any, answer: Any) -> Any:  # noqa: ANN401 parsed JSON
    """Give the messages as stored; those of a usual chat are read at once."""
    if type(messages) is str and is_chat(answer) and (turns := usual.chat(messages)):
        return turns
    return stored(messages)


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
    tags = value.get("request_tags")
    if not tags or (isinstance(tags, str) and "health" not in tags and "\\" not in tags):
        return False  # at once: most are not
    found = unwrapped(tags)
    return isinstance(found, list) and HEALTH_TAG in found


def stored(text: Any) -> Any:  # noqa: ANN401 parsed JSON
    """Give what a column of bodies holds; `{}` means that it was not stored."""
    found = unwrapped(text)
    return None if found in ({}, [], "", None) else found


def asked_of(request: Mapping[str, Any]) -> Any:  # noqa: ANN401 parsed JSON
    """Find the prompt in the request as the proxy received it."""
    for key in ("messages", "input", "prompt") if request else ():
        found = stored(request.get(key))
        if found is not None:
            return found
    return None
