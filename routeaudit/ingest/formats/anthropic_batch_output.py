"""Anthropic Message Batches: the results file, one request's outcome per line."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import anthropic
from routeaudit.ingest.piles import each
from routeaudit.ingest.rows import flat_tags, tidy
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import at, mapping, string


def sign(record: Mapping[str, Any]) -> bool:
    """Know a result by its `custom_id` and `result`."""
    return "custom_id" in record and isinstance(record.get("result"), dict)


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each result; one that did not succeed was not billed and has no tokens."""
    return each(units, _row)


def _row(record: Mapping[str, Any]) -> Row:
    result = mapping(record.get("result"))
    kind = string(result.get("type"))
    row: Row = {"provider": "anthropic"}
    if kind == "succeeded":
        row |= tidy(anthropic.read_response(mapping(result.get("message")))) | {"status": "ok"}
    else:
        error = mapping(result.get("error"))
        named = string(at(error, "error", "type")) or string(error.get("type")) or kind
        row |= {"status": "error", "error_code": named}
    # a custom_id is unique only within its batch, so it must not stand as the call's id
    return {
        **row,
        "request_id": row.get("response_id"),
        "operation": "chat",
        "is_batch": True,
        "tags": flat_tags({"custom_id": record.get("custom_id")}),
    }


PLUGIN = LogFormat(
    rank=11.0,
    sign=sign,
    needs=either("custom_id result"),
    adapt=adapt,
    about="Anthropic Message Batches results (no prompts: the input is not in the file)",
)
