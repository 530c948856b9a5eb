"""LiteLLM's StandardLoggingPayload, as its callbacks store it (S3, GCS, Datadog)."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest import litellm
from routeaudit.ingest.piles import Merge, each
from routeaudit.ingest.rows import money
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import first, mapping, string


def sign(value: Mapping[str, Any]) -> bool:
    """Know a payload by its kind of call beside a cost or hidden parameters."""
    return "call_type" in value and ("response_cost" in value or "hidden_params" in value)


def read(value: Mapping[str, Any]) -> Row | Merge:
    """Read one payload."""
    if litellm.is_health_check(value):
        return Merge("a health check of the proxy")
    metadata = mapping(value.get("metadata"))
    options = mapping(value.get("model_parameters"))
    prompt = litellm.stored(value.get("messages"))
    if isinstance(prompt, dict):
        prompt = first(prompt.get("messages"), prompt.get("input"), prompt)
    body = litellm.bodies(
        {**options, "messages": prompt}, litellm.stored(value.get("response"))
    )
    known = {name: found for name, found in _row(value, metadata).items() if found is not None}
    known["response_id"] = litellm.answer_id(known.get("request_id"), body)
    return {**body, **known, "model": first(string(value.get("model")), body.get("model"))}


def _row(value: Mapping[str, Any], metadata: Mapping[str, Any]) -> Row:
    response = mapping(value.get("response"))
    return {
        "request_id": string(value.get("id")),
        "operation": litellm.operation(string(value.get("call_type"))),
        "provider": string(value.get("custom_llm_provider")),
        "model_requested": string(value.get("model_group")),
        "cost_usd": money(value.get("response_cost")),
        "cache_hit": value["cache_hit"] if isinstance(value.get("cache_hit"), bool) else None,
        "stream": value["stream"] if isinstance(value.get("stream"), bool) else None,
        **litellm.times(value),
        **litellm.usage(value, metadata.get("usage_object"), response.get("usage")),
        **litellm.who(value, metadata),
        **litellm.failure(value, metadata),
    }


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read payloads, each for itself."""
    return each(units, read)


PLUGIN = LogFormat(
    rank=12.2,
    sign=sign,
    needs=either("call_type response_cost", "call_type hidden_params"),
    adapt=adapt,
    about="LiteLLM StandardLoggingPayload (S3, GCS, Datadog)",
)
