"""MLflow traces: spans whose attributes are JSON in text; versions 2 and 3."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.families import Call, leaves
from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.rows import (
    Json,
    first_known,
    flat_tags,
    lasted_s,
    money,
    provider,
    tidy,
    timed,
    tokens,
)
from routeaudit.ingest.shape import Adapted, Aside, LogFormat, Row, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.values import at, first, items, mapping, not_a_call, string, unwrapped

CALLS = ("CHAT_MODEL", "LLM")
TYPE = "mlflow.spanType"
SLIM_KEYS = ("span_id", "parent_span_id", "parent_id", "context")
NO_SPANS = "a trace without spans: export it with its data"


def sign(record: Mapping[str, Any]) -> bool:
    """Know a trace by the id in its info."""
    info = record.get("info")
    named = isinstance(info, dict) and bool({"trace_id", "request_id"} & info.keys())
    return named and "data" in record


def split(record: Mapping[str, Any]) -> list[Any]:
    """Take a trace apart into {"info", "span"}; one without spans stays one unit."""
    kept = ("trace_id", "request_id", "trace_metadata", "request_metadata", "tags")
    info = {key: _short(at(record, "info", key)) for key in kept}
    spans: list[Json] = list(items(at(unwrapped(record.get("data")), "spans")))
    return [{"info": info, "span": _slim(span)} for span in spans or [None]]


def _slim(span: Json) -> Json:
    """Leave out the texts of what is no model call, so that they need not be held."""
    kind = unwrapped(at(span, "attributes", TYPE))
    if not isinstance(span, dict) or kind in CALLS:
        return span
    kept = {key: span[key] for key in SLIM_KEYS if key in span}
    return {**kept, "attributes": {TYPE: kind}}


def _short(value: Json) -> Json:
    """Leave out the copies of texts that a trace's info keeps."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if not key.endswith(("Inputs", "Outputs"))}


def adapt(units: Sequence[Unit]) -> Adapted:
    """Make rows of the spans that are model calls; parents repeat their children's tokens."""
    found = Adapted()
    calls: list[Call] = []
    parents: dict[Hashable, Hashable] = {}
    odd = [unit for unit in units if not isinstance(at(unit.value, "span"), dict)]
    known = [unit for unit in units if isinstance(at(unit.value, "span"), dict)]
    for number, unit in enumerate(known):
        info, span = mapping(unit.value.get("info")), unit.value["span"]
        trace = string(first(info.get("trace_id"), info.get("request_id")))
        own = string(first(span.get("span_id"), at(span, "context", "span_id")))
        key: Hashable = (trace, own) if own else (None, number)
        above = string(first(span.get("parent_span_id"), span.get("parent_id")))
        if above:
            parents[key] = (trace, above)
        kind = string(_told(span).get(TYPE))
        if kind in CALLS:
            calls.append(Call(line=unit.line, key=key, row=_row(span, info)))
        else:
            found.merged.append(Aside(unit.line, not_a_call(kind, "no span type")))
    return gathered([leaves(calls, parents), found, refused(odd, NO_SPANS)])


def _told(span: Mapping[str, Any]) -> dict[str, Any]:
    """Parse the attributes: each value is JSON in text."""
    return {key: unwrapped(value) for key, value in mapping(span.get("attributes")).items()}


def _row(span: Mapping[str, Any], info: Mapping[str, Any]) -> Row:
    told = _told(span)
    about = {**mapping(info.get("request_metadata")), **mapping(info.get("trace_metadata"))}
    said = pair.read(told.get("mlflow.spanInputs"), told.get("mlflow.spanOutputs"))
    begun, ended = (
        first(span.get(f"{side}_time_unix_nano"), span.get(f"{side}_time"))
        for side in ("start", "end")
    )
    model = first_known(told.get("mlflow.llm.model"), told.get("model"))
    return tidy({
        **said,
        **_tokens(told),
        **timed(begun),
        **_ended(span),
        "request_id": string(first(span.get("span_id"), at(span, "context", "span_id"))),
        "trace_id": string(first(info.get("trace_id"), info.get("request_id"))),
        "session_id": string(about.get("mlflow.trace.session")),
        "user": string(about.get("mlflow.trace.user")),
        "feature": string(first(at(info, "tags", "mlflow.traceName"), about.get("mlflow.source.name"))),
        "provider": provider(first(told.get("mlflow.llm.provider"), told.get("mlflow.message.format"))),
        "model": first_known(said.get("model"), model, said.get("model_requested")),
        "model_requested": first_known(said.get("model_requested"), model),
        "operation": "chat",
        "cost_usd": money(at(told.get("mlflow.llm.cost"), "total_cost")),
        "latency_s": lasted_s(begun, ended),
        "tags": flat_tags(said.get("tags"), {
            key: value
            for key, value in mapping(info.get("tags")).items()
            if not key.startswith("mlflow.")
        }),
    })  # fmt: skip


def _tokens(told: Mapping[str, Any]) -> Row:
    """Read MLflow's own counts, which include the cache."""
    usage = mapping(told.get("mlflow.chat.tokenUsage"))
    return tokens(
        prompt=usage.get("input_tokens"),
        completion=usage.get("output_tokens"),
        cached=usage.get("cache_read_input_tokens"),
        cache_write=usage.get("cache_creation_input_tokens"),
        total=usage.get("total_tokens"),
    )


def _ended(span: Mapping[str, Any]) -> Row:
    status = span.get("status")
    code = first(span.get("status_code"), at(status, "code"), at(status, "status_code"))
    raised = (at(event, "attributes", "exception.type") for event in items(span.get("events")))
    named = next((name for name in map(string, raised) if name), None)
    if str(code).upper().endswith("ERROR"):
        return {"status": "error", "error_code": named or "error"}
    return {"status": "ok"}


PLUGIN = LogFormat(
    rank=8.0,
    sign=sign,
    needs=either("info data"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("info", "trace_id"), ("info", "request_id")),
    split=split,
    about="MLflow traces (2 and 3): CHAT_MODEL and LLM spans",
)
