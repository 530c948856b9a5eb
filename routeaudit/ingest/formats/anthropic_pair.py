"""Request and answer of Anthropic's Messages API."""

import re
from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import anthropic
from routeaudit.ingest.piles import each
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit
from routeaudit.ingest.values import at, first, string
from routeaudit.ingest.wrapper import around, joined, pair

STREAMED = re.compile(r'"type": ?"message_start"|^event: message_start', re.MULTILINE)


def sign(value: Mapping[str, Any]) -> bool:
    """Know a pair by its URL, its answer's type or the first event of its stream."""
    request, response = pair(value)
    if not isinstance(request, dict):
        return False
    if "/v1/messages" in (string(first(value.get("url"), value.get("uri"))) or ""):
        return True
    if isinstance(response, str):
        return bool(STREAMED.search(response))
    kind = at(response, "type") or at(response, 0, "type")
    return kind in ("message", "message_start") and "messages" in request


def read(value: Mapping[str, Any]) -> Row:
    """Read one pair."""
    request, response = pair(value)
    row = joined(around(value), anthropic.read(request, response))
    row.setdefault("operation", "chat")
    row.setdefault("provider", "anthropic")
    row.setdefault("model", row.get("model_requested"))
    return row


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read pairs, each for itself."""
    return each(units, read)


PLUGIN = LogFormat(rank=23.2, sign=sign, adapt=adapt, about="Anthropic Messages pairs")
