"""Request and answer of a chat completion, as teams log them: OpenAI, Azure, compatible."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import openai_chat
from routeaudit.ingest.piles import each
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit
from routeaudit.ingest.values import first, mapping, string
from routeaudit.ingest.wrapper import around, deployment, joined, pair


def sign(value: Mapping[str, Any]) -> bool:
    """Know a pair by the prompt in its request."""
    request = pair(value).request
    return isinstance(request, dict) and ("messages" in request or "prompt" in request)


def read(value: Mapping[str, Any]) -> Row:
    """Read one pair."""
    request, response = pair(value)
    row = joined(around(value), openai_chat.read(request, response))
    if row.get("model_requested") is None:
        url = string(first(value.get("url"), value.get("uri")))
        row["model_requested"] = first(string(value.get("model")), deployment(url))
    if row.get("model") is None:
        row["model"] = row["model_requested"]
    row["operation"] = "chat" if "prompt" not in mapping(request) else "completion"
    return row


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read pairs, each for itself."""
    return each(units, read)


PLUGIN = LogFormat(
    rank=23.4,
    sign=sign,
    adapt=adapt,
    about="chat completion pairs (OpenAI, Azure, vLLM, Groq, ...)",
)
