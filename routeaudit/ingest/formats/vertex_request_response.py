"""Vertex AI's request-response logging (BigQuery): Gemini's bodies, or Claude's."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.piles import each
from routeaudit.ingest.rows import (
    Json,
    first_known,
    last_part,
    seconds_of_ms,
    status_row,
    tidy,
    timed,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import at, first, mapping, string, unwrapped


def sign(record: Mapping[str, Any]) -> bool:
    """Know a row by its two whole bodies."""
    return "full_request" in record and "full_response" in record


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each row. The logging may have sampled: counts are then a share of all calls."""
    return each(units, _row)


def _row(record: Mapping[str, Any]) -> Row:
    said = pair.read(*(_body(record, side) for side in ("request", "response")))
    asked = last_part(record.get("model"))
    method = (string(record.get("api_method")) or "").lower()
    return tidy({
        **said,
        **timed(record.get("logging_time"), said.get("ts")),
        **({} if "status" in said else status_row()),
        "request_id": string(record.get("request_id")),
        "provider": "google",
        "model": first_known(said.get("model"), asked),
        "model_requested": first_known(said.get("model_requested"), asked),
        "operation": "chat",
        "latency_s": seconds_of_ms(at(mapping(record.get("metadata")), "request_latency")),
        "stream": True if "stream" in method else said.get("stream"),
    })  # fmt: skip


def _body(record: Mapping[str, Any], side: str) -> Json:
    """Give a body: whole, or the texts that the logging cut it into."""
    parts = unwrapped(record.get(f"{side}_payload"))
    texts = [part for part in parts if isinstance(part, str)] if isinstance(parts, list) else []
    return first(record.get(f"full_{side}"), "".join(texts) or None)


PLUGIN = LogFormat(
    rank=18.0,
    sign=sign,
    needs=either("full_request full_response"),
    adapt=adapt,
    about="Vertex AI request-response logging (BigQuery export)",
)
