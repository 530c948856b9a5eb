"""Azure API Management's GatewayLogs: bodies as JSON strings, cut at a configured size."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.piles import Merge, each
from routeaudit.ingest.rows import (
    Json,
    first_known,
    flat_tags,
    gateway_status,
    seconds_of_ms,
    tidy,
    timed,
    told,
    truth,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import first, mapping, string, unwrapped

COLUMNS = frozenset(("CorrelationId", "ResponseCode", "Url", "TotalTime"))
TIMES = ("time", "timeGenerated", "timeGenerated [UTC]")  # the last in the portal's CSV
PATHS = ("/completions", "/responses", "/messages", "/embeddings", ":generatecontent")


def sign(record: Mapping[str, Any]) -> bool:
    """Know an entry by its category, a row of Log Analytics by its columns."""
    return record.keys() >= COLUMNS or "GatewayLogs" in (
        record.get("category"), record.get("Category"),
    )  # fmt: skip


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each entry; calls of other APIs behind the same gateway are set aside."""
    return each(units, _row)


def _row(record: Mapping[str, Any]) -> Row | Merge:
    lower = {name[:1].lower() + name[1:]: value for name, value in record.items()}
    detail = {**lower, **mapping(lower.get("properties"))}
    url = string(first(detail.get("backendUrl"), detail.get("url"))) or ""
    request = _body(detail, "backendRequestBody", "requestBody")
    response = _body(detail, "backendResponseBody", "responseBody")
    said = pair.read(_parsed(request), _parsed(response), url)
    path = url.split("?")[0].lower()
    if not path.endswith(PATHS) and not ({"messages", "prompt_tokens"} & said.keys()):
        return Merge("not a model call: another API behind the gateway")
    cut = truth(detail.get("truncated")) or _is_cut(request) or _is_cut(response)
    code = first(detail.get("responseCode"), detail.get("backendResponseCode"))
    return tidy({
        **said,
        **timed(*map(detail.get, TIMES)),
        **gateway_status(code, said),
        "request_id": string(detail.get("correlationId")),
        "provider": "azure",
        "model_requested": first_known(_deployment(url), said.get("model_requested")),
        "operation": "embedding" if path.endswith("/embeddings") else "chat",
        "latency_s": seconds_of_ms(told(detail, ("durationMs", "totalTime", "backendTime"))),
        "feature": string(detail.get("productId")),
        "team": string(detail.get("apimSubscriptionId")),
        "tags": flat_tags(said.get("tags"), {"body_cut": cut or ""}),
    })  # fmt: skip


def _body(detail: Mapping[str, Any], *keys: str) -> Json:
    return first(*(detail.get(key) for key in keys if detail.get(key) not in ("", None)))


def _parsed(body: Json) -> Json:
    """Parse a body; one that was cut, so that it is no JSON, is no answer either."""
    return None if _is_cut(body) else unwrapped(body)


def _is_cut(body: Json) -> bool:
    found = unwrapped(body)
    return isinstance(found, str) and found.lstrip()[:1] in ("{", "[")


def _deployment(url: str) -> str | None:
    parts = url.split("?", maxsplit=1)[0].split("/")
    after = parts[parts.index("deployments") + 1 :] if "deployments" in parts else []
    return string(after[0]) if after else None


PLUGIN = LogFormat(
    rank=17.0,
    sign=sign,
    needs=(COLUMNS, *either("category", "Category")),
    adapt=adapt,
    about="Azure API Management GatewayLogs with request and response bodies",
)
