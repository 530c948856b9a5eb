"""OpenRouter's generation API: what one call cost and how long it took; no text."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import each
from routeaudit.ingest.rows import (
    flat_tags,
    label,
    money,
    seconds_of_ms,
    timed,
    tokens,
    truth,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import first, items, mapping, string


def sign(record: Mapping[str, Any]) -> bool:
    """Know a generation by `native_tokens_prompt`, at the top or under `data`."""
    data = record.get("data")
    inner = data if isinstance(data, dict) else record
    return "native_tokens_prompt" in inner


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each generation; tokens are the provider's own, not the normalised ones."""
    return each(units, _row)


def _row(record: Mapping[str, Any]) -> Row:
    data = mapping(record.get("data")) or record
    attempts = len(list(items(data.get("provider_responses"))))
    times = (seconds_of_ms(data.get(key)) for key in ("latency", "generation_time"))
    reason = string(data.get("finish_reason"))
    return {
        **timed(data.get("created_at")),
        **tokens(
            prompt=data.get("native_tokens_prompt"),
            completion=data.get("native_tokens_completion"),
            cached=data.get("native_tokens_cached"),
            reasoning=data.get("native_tokens_reasoning"),
        ),
        # a request that fell back has several generations
        "trace_id": string(data.get("request_id")),
        "request_id": string(data.get("id")),
        "response_id": string(data.get("id")),
        "session_id": string(data.get("session_id")),
        "provider": "openrouter",
        "model": string(data.get("model")),
        "operation": "completion" if data.get("api_type") == "completions" else "chat",
        "finish_reason": reason,
        "cost_usd": money(first(data.get("total_cost"), data.get("usage"))),
        # `latency` is documented as the whole time but often is that to the first token
        "latency_s": max((time for time in times if time is not None), default=None),
        "status": "error" if reason == "error" else "ok",
        "stream": truth(data.get("streamed")),
        "service_tier": label(data.get("service_tier")),
        "user": string(data.get("external_user")),
        "feature": string(data.get("app_id")),
        "tags": flat_tags({
            "upstream": data.get("provider_name"),
            "router": data.get("router"),
            "is_byok": data.get("is_byok") or "",
            "cancelled": data.get("cancelled") or "",
            "attempts": attempts or None,
        }),
    }  # fmt: skip


PLUGIN = LogFormat(
    rank=14.1,
    sign=sign,
    needs=either("native_tokens_prompt", "data"),
    adapt=adapt,
    about="OpenRouter generation API: tokens, cost and time per call; no text",
)
