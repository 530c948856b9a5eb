"""Cloudflare AI Gateway's Logs API: tokens, cost and time of each call; no text."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import each
from routeaudit.ingest.rows import (
    flat_tags,
    label,
    money,
    seconds_of_ms,
    status_row,
    timed,
    tokens,
    truth,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import mapping, string


def sign(record: Mapping[str, Any]) -> bool:
    """Know an entry by its token counts and provider."""
    return {"tokens_in", "tokens_out", "provider"} <= record.keys()


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each entry; a fallback is an attempt of its own, marked by its step."""
    return each(units, _row)


def _row(record: Mapping[str, Any]) -> Row:
    labels = mapping(record.get("metadata"))
    succeeded = truth(record.get("success"))
    ended = status_row(record.get("status_code"))
    step = string(record.get("step"))
    return {
        **timed(record.get("created_at")),
        **tokens(prompt=record.get("tokens_in"), completion=record.get("tokens_out")),
        **ended,
        **({"status": "error"} if succeeded is False else {}),
        "request_id": string(record.get("id")),
        "provider": label(record.get("provider")),
        "model": string(record.get("model")),
        "operation": "embedding" if "embed" in (string(record.get("path")) or "") else "chat",
        "cost_usd": money(record.get("cost")),
        "latency_s": seconds_of_ms(record.get("duration")),
        "cache_hit": truth(record.get("cached")),
        "user": string(labels.get("user")),
        "tags": flat_tags(labels, {"step": step if step not in (None, "0") else ""}),
    }


PLUGIN = LogFormat(
    rank=19.1,
    sign=sign,
    needs=either("tokens_in tokens_out provider"),
    adapt=adapt,
    about="Cloudflare AI Gateway Logs API: tokens, cost and time; no text",
)
