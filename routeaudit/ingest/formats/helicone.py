"""Helicone's export: JSONL, and CSV with its doubled quotes."""

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
    lasted_s,
    money,
    seconds_of_ms,
    tidy,
    timed,
    tokens,
    truth,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import first, mapping, number, string, unwrapped

SESSION = "helicone-session-id"


def sign(record: Mapping[str, Any]) -> bool:
    """Know a record by `request_created_at`, or `response_created_at` and its status."""
    return "request_created_at" in record or (
        "response_created_at" in record and "response_status" in record
    )


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each record; bodies only where the export included them."""
    return each(units, _row)


def repaired(cell: Json) -> Json:
    """Parse a cell; the exporter doubles quotes twice, so that they are still doubled here."""
    found = unwrapped(cell)
    return unwrapped(found.replace('""', '"')) if isinstance(found, str) else found


def _row(record: Mapping[str, Any]) -> Row:
    sent = record.get("request_created_at")
    labels = mapping(repaired(record.get("request_properties")))
    lower = {key.lower(): value for key, value in labels.items()}
    said = pair.read(
        repaired(record.get("request_body")), repaired(record.get("response_body")),
        record.get("request_path"),
    )  # fmt: skip
    served = (record.get(key) for key in ("response_model", "model", "model_override"))
    asked = first(string(record.get("request_model")), said.get("model_requested"))
    return tidy({
        **said,
        **_tokens(record),
        **timed(sent, record.get("response_created_at")),
        **_status(record, said),
        "request_id": string(record.get("request_id")),
        "session_id": string(lower.get(SESSION)),
        "provider": label(record.get("provider")),
        "model": first(*(known_model(name) for name in served), said.get("model"), asked),
        "model_requested": asked,
        "operation": said.get("operation", "chat"),
        "cost_usd": first(*(money(record.get(key)) for key in ("costUSD", "cost_usd", "cost"))),
        "latency_s": first(
            lasted_s(sent, record.get("response_created_at")),
            seconds_of_ms(record.get("delay_ms")),
        ),
        "ttft_s": seconds_of_ms(record.get("time_to_first_token")),
        "user": first(string(record.get("request_user_id")), said.get("user")),
        "team": string(lower.get("team")),
        "feature": string(first(lower.get("app"), lower.get("feature"))),
        "cache_hit": _cache_hit(record),
        "tags": flat_tags(labels, {"country": record.get("country_code")}),
    })  # fmt: skip


def _tokens(record: Mapping[str, Any]) -> Row:
    return tokens(
        prompt=record.get("prompt_tokens"),
        completion=record.get("completion_tokens"),
        cached=record.get("prompt_cache_read_tokens"),
        cache_write=record.get("prompt_cache_write_tokens"),
        total=record.get("total_tokens"),
    )


def _status(record: Mapping[str, Any], said: Row) -> Row:
    """Read the status; a negative one is a call that was cancelled or never answered."""
    code = number(record.get("response_status"))
    if code is not None and code < 0:
        return {"status": "error", "error_code": "cancelled"}
    return gateway_status(code, said)


def _cache_hit(record: Mapping[str, Any]) -> bool | None:
    return True if string(record.get("cache_reference_id")) and truth(
        record.get("cache_enabled")
    ) else None  # fmt: skip


PLUGIN = LogFormat(
    rank=13.0,
    sign=sign,
    needs=either("request_created_at", "response_created_at response_status"),
    adapt=adapt,
    about="Helicone export, JSONL or CSV; texts only with --include-body",
)
