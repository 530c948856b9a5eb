"""OTLP documents in JSON: resources, scopes, then spans or log records."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.shape import Adapted, Unit
from routeaudit.ingest.shelf import by
from routeaudit.ingest.spans.calls import Placed, log_of, with_logs
from routeaudit.ingest.spans.span import attributes, camel, from_otlp
from routeaudit.ingest.values import at, first, items

PREFIXES = ("gen_ai.", "llm.", "ai.", "openinference.", "langfuse.", "traceloop.", "input.")
SLIM_KEYS = (
    "name",
    "traceId",
    "spanId",
    "parentSpanId",
    "trace_id",
    "span_id",
    "parent_span_id",
)
TRACE = by(
    ("span", "traceId"), ("span", "trace_id"), ("log", "traceId"), ("log", "trace_id")
)  # fmt: skip
NESTED = {
    "span": ("resourceSpans", "scopeSpans", "instrumentationLibrarySpans", "spans"),
    "log": ("resourceLogs", "scopeLogs", "instrumentationLibraryLogs", "logRecords"),
}
"""Under which keys spans and log records lie: of a document, a resource, a scope."""
ODD = "neither a span nor a log record"


def is_spans(record: Mapping[str, Any]) -> bool:
    """Know a document of spans."""
    return "resourceSpans" in record or "resource_spans" in record


def is_logs(record: Mapping[str, Any]) -> bool:
    """Know a document of log records."""
    return "resourceLogs" in record or "resource_logs" in record


def split(record: Mapping[str, Any]) -> list[Any]:
    """Take a document apart into {"span", "resource"} and {"log", "resource"}."""
    found: list[Any] = []
    for name, (resources, scopes, libraries, parts) in NESTED.items():
        for resource in items(camel(record, resources)):
            told = attributes(at(resource, "resource", "attributes"))
            for scope in items(first(camel(resource, scopes), resource.get(libraries))):
                found += [_unit(name, part, told) for part in items(camel(scope, parts))]
    return found


def _unit(name: str, part: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out all but the ids of what is no model call, so that it need not be held.

    Attributes become an object, which takes half as long to hold and to read again.
    """
    told = attributes(part.get("attributes"))
    is_ours = "body" in part or _has_ours(tuple(told))
    if is_ours or str(part.get("name")).startswith(PREFIXES):
        whole = {**part, "attributes": told} if told else part
        return {name: whole, "resource": resource if is_ours else None}
    return {name: {key: part[key] for key in SLIM_KEYS if key in part}, "resource": None}


@lru_cache(maxsize=512)  # the spans of a log have few sets of keys
def _has_ours(keys: tuple[str, ...]) -> bool:
    return any(key.startswith(PREFIXES) for key in keys)


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read spans and log records together; they are joined on trace and span id."""
    spans: list[Unit] = []
    logs: list[Unit] = []
    odd: list[Unit] = []
    for unit in units:
        told = unit.value if isinstance(unit.value, dict) else {}
        if isinstance(told.get("span"), dict):
            spans.append(unit)
        elif isinstance(told.get("log"), dict):
            logs.append(unit)
        else:
            odd.append(unit)
    joined = with_logs(
        (Placed(unit.line, from_otlp(unit.value)) for unit in spans),
        [log_of(unit.line, unit.value) for unit in logs if "span" not in unit.value],
    )
    return gathered([joined, refused(odd, ODD)])
