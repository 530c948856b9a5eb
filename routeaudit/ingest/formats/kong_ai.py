"""Kong's AI gateway: the `ai` object in any Kong log entry; texts only if logged."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.piles import Merge, each
from routeaudit.ingest.rows import (
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


def sign(record: Mapping[str, Any]) -> bool:
    """Know an entry by `ai.proxy`, or by another plugin's usage under `ai`."""
    found = record.get("ai")
    return isinstance(found, dict) and (
        isinstance(found.get("proxy"), dict) or bool(_plugin(found))
    )


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each entry; of several plugins, `proxy` made the call."""
    return each(units, _row)


def _plugin(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the plugin that made the call; older versions name it otherwise than `proxy`."""
    proxy = found.get("proxy")
    if isinstance(proxy, dict):
        return proxy
    others = (value for value in found.values() if isinstance(value, dict))
    return next((other for other in others if isinstance(other.get("usage"), dict)), {})


def _row(record: Mapping[str, Any]) -> Row | Merge:
    whole = mapping(record.get("ai"))
    plugin = _plugin(whole)
    usage, meta = mapping(plugin.get("usage")), mapping(plugin.get("meta"))
    if not usage and not meta:
        return Merge("not a model call: a gateway entry without usage")
    texts = [
        unwrapped(first(at(plugin, "payload", side), at(whole, "payload", side)))
        for side in ("request", "response")
    ]
    asked, answered = (text if isinstance(text, (dict, list)) else None for text in texts)
    said = pair.read(asked, answered)
    hit = (string(at(plugin, "cache", "cache_status")) or "").lower() == "hit"
    cost = money(usage.get("cost"))
    return tidy({
        **said,
        **_tokens(usage),
        **timed(record.get("started_at")),
        **gateway_status(at(record, "response", "status"), said),
        "request_id": string(first(at(record, "request", "id"), at(record, "request", "headers", "x-kong-request-id"))),
        "provider": label(meta.get("provider_name")),
        "model": first(known_model(meta.get("response_model")), said.get("model")),
        "model_requested": first(known_model(meta.get("request_model")), said.get("model_requested")),
        "operation": said.get("operation", "chat"),
        # Kong writes 0 where no price is configured
        "cost_usd": cost if cost or hit else None,
        "latency_s": seconds_of_ms(meta.get("llm_latency")),
        "ttft_s": seconds_of_ms(usage.get("time_to_first_token")),
        "stream": {"stream": True, "oneshot": False}.get(str(meta.get("request_mode"))),
        "cache_hit": hit or None,
        "user": string(at(record, "consumer", "username")),
        "feature": string(first(at(record, "service", "name"), at(record, "route", "name"))),
        "tags": flat_tags(said.get("tags")),
    })  # fmt: skip


def _tokens(usage: Mapping[str, Any]) -> Row:
    return tokens(
        prompt=usage.get("prompt_tokens"),
        completion=usage.get("completion_tokens"),
        cached=at(usage, "prompt_tokens_details", "cached_tokens"),
        reasoning=at(usage, "completion_tokens_details", "reasoning_tokens"),
        total=usage.get("total_tokens"),
    )


PLUGIN = LogFormat(
    rank=16.0,
    sign=sign,
    needs=either("ai"),
    adapt=adapt,
    about="Kong AI gateway log entries; texts only where payload logging is on",
)
