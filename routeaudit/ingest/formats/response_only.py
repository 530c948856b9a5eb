"""Answers without their request: tokens and cost are known, the prompt is not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import anthropic, openai_chat, openai_responses
from routeaudit.ingest.piles import each
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit
from routeaudit.ingest.wrapper import around

OBJECTS = ("chat.completion", "text_completion")


def sign(value: Mapping[str, Any]) -> bool:
    """Know a bare answer by its object or its type."""
    if value.get("type") == "message" and isinstance(value.get("usage"), dict):
        return "request" not in value
    return value.get("object") in (*OBJECTS, "response")


def _reader(value: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Row]:
    if value.get("type") == "message":
        return anthropic.read_response
    is_response = value.get("object") == "response"
    return openai_responses.read_response if is_response else openai_chat.read_response


def read(value: Mapping[str, Any]) -> Row:
    """Read one answer."""
    is_message = value.get("type") == "message"
    row = _reader(value)(value)
    outside = {
        k: v
        for k, v in around(value).items()
        if k in ("ts", "tz_assumed", "latency_s", "latency_raw")
    }
    provider = {"provider": "anthropic"} if is_message else {}
    return {"operation": "chat", **provider, **row, **outside}


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read answers, each for itself."""
    return each(units, read)


PLUGIN = LogFormat(rank=24.0, sign=sign, adapt=adapt, about="answers without their request")
