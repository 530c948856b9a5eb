"""OTLP documents in JSON: resources, scopes, then spans or log records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.rows import gathered, refused
from routeaudit.ingest.shape import Adapted, Unit
from routeaudit.ingest.spans.calls import Placed, log_of, with_logs
from routeaudit.ingest.spans.span import camel, from_otlp
from routeaudit.ingest.values import at, first, items

ODD = "neither a span nor a log record"


def is_spans(record: Mapping[str, Any]) -> bool:
    """Know a document of spans."""
    return "resourceSpans" in record or "resource_spans" in record


def is_logs(record: Mapping[str, Any]) -> bool:
    """Know a document of log records."""
    return "resourceLogs" in record or "resource_logs" in record


def split(record: Mapping[str, Any]) -> list[Any]:
    """Take a document apart into {"span", "resource"} and {"log", "resource"}."""
    return [*_parts(record, "Spans", "span"), *_parts(record, "Logs", "log")]


def _parts(record: Mapping[str, Any], kind: str, name: str) -> Iterator[dict[str, Any]]:
    inner = {"Spans": "spans", "Logs": "logRecords"}[kind]
    for resource in items(camel(record, f"resource{kind}")):
        told = at(resource, "resource", "attributes")
        scopes = first(
            camel(resource, f"scope{kind}"), resource.get(f"instrumentationLibrary{kind}")
        )
        for scope in items(scopes):
            for part in items(camel(scope, inner)):
                yield {name: part, "resource": told}


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read spans and log records together; they are joined on trace and span id."""
    spans = [unit for unit in units if isinstance(at(unit.value, "span"), Mapping)]
    logs = [unit for unit in units if isinstance(at(unit.value, "log"), Mapping)]
    known = {id(unit) for unit in (*spans, *logs)}
    odd = [unit for unit in units if id(unit) not in known]
    joined = with_logs(
        [Placed(unit.line, from_otlp(unit.value)) for unit in spans],
        [log_of(unit.line, unit.value) for unit in logs if "span" not in unit.value],
    )
    return gathered([joined, refused(odd, ODD)])
