"""Recorded HTTP exchanges (VCR, HAR, proxies): bodies are strings inside request and response."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.rows import refused
from routeaudit.ingest.shape import Adapted, LogFormat, Unit
from routeaudit.ingest.wrapper import http_capture


def sign(value: Mapping[str, Any]) -> bool:
    """Know a capture by a URL beside headers or a body inside its request."""
    return http_capture(value) is not None


def unwrap(value: Mapping[str, Any]) -> list[Any]:
    """Make the plain pair, which is then read as what it is."""
    found = http_capture(value)
    return [found] if found and isinstance(found["request"], dict) else []


def adapt(units: Sequence[Unit]) -> Adapted:
    """Refuse captures whose request is no JSON."""
    return refused(units, "an HTTP exchange whose request body is no JSON object")


PLUGIN = LogFormat(
    rank=23.0, sign=sign, adapt=adapt, unwrap=unwrap, about="HTTP captures (VCR, HAR, proxies)"
)
