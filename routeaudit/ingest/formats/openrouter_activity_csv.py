"""OpenRouter's activity export: one call per CSV row; no text."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import each
from routeaudit.ingest.rows import (
    flat_tags,
    money,
    seconds_of_ms,
    timed,
    tokens,
    truth,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import first, string


def sign(record: Mapping[str, Any]) -> bool:
    """Know a row by `generation_id` and `model_permaslug`."""
    return "generation_id" in record and "model_permaslug" in record


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each row."""
    return each(units, _row)


def _row(record: Mapping[str, Any]) -> Row:
    reason = string(first(
        string(record.get("finish_reason_normalized")), string(record.get("finish_reason_raw"))
    ))  # fmt: skip
    return {
        **timed(record.get("created_at")),
        **tokens(
            prompt=record.get("tokens_prompt"),
            completion=record.get("tokens_completion"),
            cached=record.get("tokens_cached"),
            reasoning=record.get("tokens_reasoning"),
        ),
        "request_id": string(record.get("generation_id")),
        "response_id": string(record.get("generation_id")),
        "provider": "openrouter",
        "model": string(record.get("model_permaslug")),
        "operation": "chat",
        "finish_reason": reason,
        "cost_usd": money(record.get("cost_total")),
        "latency_s": seconds_of_ms(record.get("generation_time_ms")),
        "ttft_s": seconds_of_ms(record.get("time_to_first_token_ms")),
        "status": "error" if reason == "error" else "ok",
        "stream": truth(record.get("streamed")),
        "user": string(record.get("user")),
        "team": string(record.get("api_key_name")),
        "feature": string(record.get("app_name")),
        "tags": flat_tags({
            "upstream": record.get("provider_name"),
            "variant": record.get("variant"),
            "cancelled": truth(record.get("cancelled")) or "",
        }),
    }  # fmt: skip


PLUGIN = LogFormat(
    rank=14.0,
    sign=sign,
    needs=either("generation_id model_permaslug"),
    adapt=adapt,
    about="OpenRouter activity export (CSV): tokens, cost and time per call; no text",
)
