"""Streamed answers as logs keep them: raw server-sent events, or the list of chunks."""

from collections.abc import Mapping
from typing import Any  # Any: parsed JSON

import orjson

from routeaudit.ingest.values import items


def events(response: Any) -> list[Mapping[str, Any]] | None:  # noqa: ANN401 parsed JSON
    """Give the chunks of a streamed answer in order; None when it was not streamed."""
    if isinstance(response, str):
        return _from_text(response) or None if "data:" in response else _from_lines(response)
    if isinstance(response, list):
        if response and all(isinstance(chunk, str) for chunk in response):
            return events("\n".join(response))
        return list(items(response)) or None
    return None


def _from_lines(text: str) -> list[Mapping[str, Any]] | None:
    """Read chunks that stand one a line; None for any other text."""
    if not text.startswith("{") or "\n{" not in text:
        return None
    try:
        found = [orjson.loads(line) for line in text.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        return None
    return list(items(found)) or None


def _from_text(text: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for line in text.splitlines():
        if not line.startswith("data:"):
            continue
        try:
            chunk = orjson.loads(line[5:].strip())
        except orjson.JSONDecodeError:  # [DONE], or a chunk that was cut off
            continue
        if isinstance(chunk, dict):
            found.append(chunk)
    return found
