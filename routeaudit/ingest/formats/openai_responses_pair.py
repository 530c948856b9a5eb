"""Request and answer of OpenAI's Responses API, or of its embeddings: both send `input`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import openai_responses
from routeaudit.ingest.bodies import pair as bodies
from routeaudit.ingest.piles import each
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit
from routeaudit.ingest.values import at, first, string
from routeaudit.ingest.wrapper import around, joined, pair

STREAMED = re.compile(r'"type": ?"response\.[a-z]|^event: response\.', re.MULTILINE)


def sign(value: Mapping[str, Any]) -> bool:
    """Know a pair by its URL, its answer's kind, or a request with `input` only."""
    request, response = pair(value)
    if not isinstance(request, dict):
        return False
    path = (string(first(value.get("url"), value.get("uri"))) or "").split("?")[0]
    streamed = isinstance(response, str) and bool(STREAMED.search(response))
    known = streamed or at(response, "object") == "response"
    asked = "input" in request and "messages" not in request
    return known or asked or path.endswith("/responses")


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read pairs, each for itself."""
    return each(units, _row)


def _row(value: Mapping[str, Any]) -> Row:
    request, response = pair(value)
    embeds = bodies.asks_embedding(string(first(value.get("url"), value.get("uri")))) or (
        isinstance(response, dict) and bodies.is_embedding(response)
    )
    read = bodies.read_embedding if embeds else openai_responses.read
    row = joined(around(value), read(request, response))
    asked = first(row.get("model_requested"), string(value.get("model")))
    return {
        "operation": "chat",
        **row,
        "model_requested": asked,
        "model": first(row.get("model"), asked),
    }


PLUGIN = LogFormat(rank=23.3, sign=sign, adapt=adapt, about="OpenAI Responses pairs")
