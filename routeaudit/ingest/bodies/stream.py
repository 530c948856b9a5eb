"""Streamed answers as logs keep them: raw server-sent events, or the list of chunks."""

from collections.abc import Mapping
from typing import Any  # Any: parsed JSON

import orjson

from routeaudit.ingest.values import items


def events(response: Any) -> list[Mapping[str, Any]] | None:  # noqa: ANN401 parsed JSON
    """Give the chunks of a streamed answer in order; None when it was not streamed."""
    if isinstance(response, str):
        found = _from_text(response) if "data:" in response else []
        return found or None
    if isinstance(response, list):
        if response and all(isinstance(chunk, str) for chunk in response):
            return events("\n\n".join(response))
        return list(items(response)) or None
    return None


def _from_text(text: str) -> list[Mapping[str, Any]]:
    found = []
    for line in text.splitlines():
        if not line.startswith("data:"):
            continue
        try:
            chunk = orjson.loads(line[5:].strip())
        except orjson.JSONDecodeError:  # [DONE], or a chunk that was cut off
            continue
        if isinstance(chunk, Mapping):
            found.append(chunk)
    return found
