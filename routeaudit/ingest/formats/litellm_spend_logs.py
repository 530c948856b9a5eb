"""LiteLLM's table of spend logs: rows of its database, its API, its CSV exports."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest import litellm
from routeaudit.ingest.piles import Merge, each
from routeaudit.ingest.rows import money
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import mapping, string


def sign(value: Mapping[str, Any]) -> bool:
    """Know a row by three of its columns."""
    return "request_id" in value and "call_type" in value and "spend" in value


def read(value: Mapping[str, Any]) -> Row | Merge:
    """Read one row."""
    if litellm.is_health_check(value):
        return Merge("a health check of the proxy")
    metadata = mapping(value.get("metadata"))
    asked = mapping(value.get("proxy_server_request"))
    answer = litellm.stored(value.get("response"))
    prompt = litellm.prompt(value.get("messages"), answer)
    if prompt is None:
        prompt = litellm.asked_of(asked)
    row = litellm.bodies({**asked, "messages": prompt}, answer)
    usage = answer.get("usage") if isinstance(answer, dict) else None
    told, served = _row(value, metadata, usage), string(value.get("model"))
    row |= {name: found for name, found in told.items() if found is not None}
    row["response_id"] = litellm.answer_id(told["request_id"], row)
    if served is not None:
        row["model"] = served
    return row


def _row(value: Mapping[str, Any], metadata: Mapping[str, Any], usage: Any) -> Row:  # noqa: ANN401 parsed JSON
    return {
        "request_id": string(value.get("request_id")),
        "operation": litellm.operation(string(value.get("call_type"))),
        "provider": string(value.get("custom_llm_provider")),
        "model_requested": string(value.get("model_group")),
        "cost_usd": money(value.get("spend")),
        "cache_hit": litellm.cache_hit(value.get("cache_hit")),
        **litellm.times(value),
        **litellm.usage(
            value,
            metadata.get("usage_object"),
            metadata.get("additional_usage_values"),
            usage,
        ),
        **litellm.who(value, metadata),
        **litellm.failure(value, metadata),
    }


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read rows, each for itself."""
    return each(units, read)


PLUGIN = LogFormat(
    rank=12.1,
    sign=sign,
    needs=either("request_id call_type spend"),
    adapt=adapt,
    about="LiteLLM spend logs (table, API, CSV)",
)
