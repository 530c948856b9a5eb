"""Portkey: log objects, and the log export, whose cost is in cents."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.piles import each
from routeaudit.ingest.rows import (
    Json,
    flat_tags,
    gateway_status,
    known_model,
    label,
    money,
    seconds_of_ms,
    tidy,
    timed,
    tokens,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import at, first, mapping, string, unwrapped

CENTS = 100


def sign(record: Mapping[str, Any]) -> bool:
    """Know a log object by `organisation_id`, an export by `ai_model` and whose it is."""
    whole = {"organisation_id", "request", "response"} <= record.keys()
    return whole or ("ai_model" in record and bool({"ai_org", "ai_provider"} & record.keys()))


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each record of either shape."""
    return each(units, lambda record: _export(record) if "ai_model" in record else _log(record))


def _log(record: Mapping[str, Any]) -> Row:
    request, response = mapping(record.get("request")), mapping(record.get("response"))
    sent, received = mapping(request.get("portkeyHeaders")), mapping(response.get("headers"))
    said = pair.read(request.get("body"), response.get("body"), request.get("url"))
    code = response.get("status")
    config = mapping(sent.get("x-portkey-config"))
    labels = mapping(sent.get("x-portkey-metadata"))
    return tidy({
        **said,
        **timed(record.get("created_at")),
        **gateway_status(code, said),
        "request_id": string(record.get("_id")),
        "trace_id": string(first(
            sent.get("x-portkey-trace-id"), received.get("x-portkey-trace-id")
        )),
        "provider": label(first(sent.get("x-portkey-provider"), config.get("provider"))),
        "operation": said.get("operation", "chat"),
        "latency_s": seconds_of_ms(response.get("responseTime")),
        "cache_hit": _cached(received.get("x-portkey-cache-status")),
        "user": string(first(labels.get("_user"), said.get("user"))),
        "tags": _tags(said, labels, received),
    })  # fmt: skip


def _export(record: Mapping[str, Any]) -> Row:
    said = pair.read(record.get("request"), record.get("response"))
    labels = unwrapped(record.get("metadata"))
    cents = money(record.get("cost"))
    dollars = (string(record.get("cost_currency")) or "USD").upper() == "USD"
    return tidy({
        **said,
        **tokens(
            prompt=first(string(record.get("req_units")), string(record.get("request_tokens"))),
            completion=first(string(record.get("res_units")), string(record.get("response_tokens"))),
            cached=said.get("cached_tokens"),
            reasoning=said.get("reasoning_tokens"),
            total=record.get("total_units"),
        ),
        **timed(record.get("created_at")),
        **gateway_status(record.get("response_status_code"), said),
        "request_id": string(record.get("id")),
        "trace_id": string(record.get("trace_id")),
        "provider": label(first(string(record.get("ai_org")), string(record.get("ai_provider")))),
        "model": first(said.get("model"), known_model(record.get("ai_model"))),
        "model_requested": first(said.get("model_requested"), known_model(record.get("ai_model"))),
        "operation": said.get("operation", "chat"),
        "cost_usd": cents / CENTS if cents is not None and dollars else None,
        "latency_s": seconds_of_ms(record.get("response_time")),
        "user": string(first(at(labels, "_user"), said.get("user"))),
        "feature": string(record.get("prompt_slug")),
        "tags": _tags(said, labels, {}),
    })  # fmt: skip


def _tags(said: Row, labels: Json, received: Mapping[str, Any]) -> dict[str, Any]:
    attempt = string(received.get("x-portkey-retry-attempt-count"))
    retried = {"retry_attempt": attempt} if attempt not in (None, "0") else {}
    return flat_tags(said.get("tags"), labels, retried)


def _cached(status: Json) -> bool | None:
    word = (string(status) or "").upper()
    return "HIT" in word if word and word != "DISABLED" else None


PLUGIN = LogFormat(
    rank=15.0,
    sign=sign,
    needs=either("organisation_id request response", "ai_model"),
    adapt=adapt,
    about="Portkey log objects and log export (cost in cents)",
)
