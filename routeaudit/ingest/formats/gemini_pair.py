"""Request and answer of Gemini's generateContent."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import gemini
from routeaudit.ingest.piles import each
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit
from routeaudit.ingest.values import first, string
from routeaudit.ingest.wrapper import around, joined, pair


def sign(value: Mapping[str, Any]) -> bool:
    """Know a pair by the contents in its request."""
    request = pair(value).request
    return isinstance(request, dict) and "contents" in request


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read pairs, each for itself."""
    return each(units, _row)


def _row(value: Mapping[str, Any]) -> Row:
    request, response = pair(value)
    url = string(first(value.get("url"), value.get("uri"))) or ""
    row = joined(around(value), gemini.read(request, response))
    asked = first(row.get("model_requested"), _model(url))
    streams = {"stream": True} if "streamGenerateContent" in url else {}
    return {
        "provider": "google",
        "operation": "chat",
        **row,
        **streams,
        "model_requested": asked,
        "model": first(row.get("model"), asked),
    }


def _model(url: str) -> str | None:
    """Give the model named in a URL: .../models/<name>:generateContent."""
    _, found, rest = url.partition("/models/")
    return string(rest.split("?")[0].split("/")[0].split(":")[0]) if found else None


PLUGIN = LogFormat(rank=23.1, sign=sign, adapt=adapt, about="Gemini generateContent pairs")
