"""One span with plain attributes, and how OTLP, Phoenix and OTel for JavaScript write it."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.rows import Json, snake
from routeaudit.ingest.values import at, first, items, mapping, string, unwrapped

SIMPLE = {
    "stringValue", "intValue", "doubleValue", "boolValue", "bytesValue", "string_value",
    "int_value", "double_value", "bool_value", "bytes_value",
}  # fmt: skip
FAILED = {"2", "error", "status_code_error"}
UNSET = {"none", "", "0", "unset", "status_code_unset"}
MAX_DEPTH = 20


class Event(NamedTuple):
    """Something noted while a span ran, or a log record that belongs to it."""

    name: str
    time: Json
    attributes: Mapping[str, Any]


class Span(NamedTuple):
    """A span; attributes have dotted names and plain values."""

    trace_id: str | None
    span_id: str | None
    parent_id: str | None
    name: str
    start: Json
    end: Json
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    events: tuple[Event, ...] = ()
    is_failed: bool = False
    message: str = ""


def camel(body: Json, key: str) -> Json:
    """Look a key up in camelCase, else in snake_case."""
    if type(body) is not dict and not isinstance(body, dict):
        return None
    found = body.get(key)
    return body.get(snake(key)) if found is None else found


def plain(value: Json, depth: int = 0) -> Json:
    """Turn an OTLP value ({"stringValue": ...}) into what it holds."""
    if not isinstance(value, dict) or depth > MAX_DEPTH:
        return value
    for key in value:
        if key in SIMPLE:
            return value[key]
    listed, pairs = camel(value, "arrayValue"), camel(value, "kvlistValue")
    if isinstance(listed, dict):
        values = listed.get("values")
        return [plain(item, depth + 1) for item in values] if isinstance(values, list) else []
    return attributes(at(pairs, "values"), depth + 1) if isinstance(pairs, dict) else None


def attributes(pairs: Json, depth: int = 0) -> dict[str, Any]:
    """Turn OTLP's list of {"key", "value"} into an object; an object stays one."""
    if type(pairs) is dict:
        return pairs
    if isinstance(pairs, dict):
        return dict(pairs.items())  # not `dict(pairs)`, which a watched object would not notice
    found: dict[str, Any] = {}
    for pair in items(pairs):
        if "key" not in pair:
            continue
        key, value = pair["key"], pair.get("value")
        name = key if type(key) is str else str(key)
        if type(value) is dict and len(value) == 1 and "stringValue" in value:
            found[name] = value["stringValue"]  # the usual kind, at once
        else:
            found[name] = plain(value, depth)
    return found


def digits(value: Json) -> Json:
    """Turn an int64 that stands as text into a number, without losing its last digits."""
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < MAX_DEPTH else value


def flat(value: Json, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Flatten nested attributes to dotted names; lists of plain values stay lists."""
    found: dict[str, Any] = {}
    nested: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, dict):
        nested = iter(value.items())
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        nested = iter(enumerate(value))
    elif prefix:
        return {prefix: value}
    for key, item in nested:
        name = f"{prefix}.{key}" if prefix else str(key)
        found |= flat(item, name, depth + 1) if depth < MAX_DEPTH else {name: item}
    return found


def from_otlp(unit: Mapping[str, Any]) -> Span:
    """Read {"span", "resource"}: a span of an OTLP document and its resource's attributes."""
    body = mapping(unit.get("span"))
    status = mapping(body.get("status"))
    events = tuple(_events(body.get("events")))
    return Span(
        trace_id=string(camel(body, "traceId")),
        span_id=string(camel(body, "spanId")),
        parent_id=string(camel(body, "parentSpanId")),
        name=string(body.get("name")) or "",
        start=digits(camel(body, "startTimeUnixNano")),
        end=digits(camel(body, "endTimeUnixNano")),
        attributes=attributes(body.get("attributes")),
        events=events,
        is_failed=_is_failed(status.get("code"), events),
        message=string(status.get("message")) or "",
        resource=attributes(unit.get("resource")),
    )


def _is_failed(code: Json, events: tuple[Event, ...]) -> bool:
    """Tell a failed span by its status; where that was left unset, by an exception."""
    if code is None and not events:
        return False
    word = str(code).lower()
    if word in FAILED or not events:
        return word in FAILED
    return word in UNSET and any(event.name == "exception" for event in events)


def _events(events: Json) -> Iterator[Event]:
    for event in items(events) if events else ():
        when = first(*(camel(event, key) for key in ("timeUnixNano", "time", "timestamp")))
        noted = attributes(event.get("attributes"))
        yield Event(string(event.get("name")) or "", digits(when), noted)


def from_phoenix(record: Mapping[str, Any]) -> Span:
    """Read a span of Phoenix: JSON with nested or flat attributes, or a dataframe's row."""
    context = mapping(record.get("context"))
    nested = mapping(record.get("attributes"))
    columns = {
        key.removeprefix("attributes."): _cell(value)
        for key, value in record.items()
        if key.startswith("attributes.") and value not in ("", None)
    }
    kind = string(first(record.get("span_kind"), record.get("spanKind")))
    found = {**flat(nested), **flat(columns)}
    events = tuple(_events(unwrapped(record.get("events"))))
    return Span(
        trace_id=string(first(context.get("trace_id"), record.get("context.trace_id"))),
        span_id=string(first(context.get("span_id"), record.get("context.span_id"))),
        parent_id=string(record.get("parent_id")),
        name=string(record.get("name")) or "",
        start=record.get("start_time"),
        end=record.get("end_time"),
        attributes={"openinference.span.kind": kind, **found} if kind else found,
        events=events,
        is_failed=_is_failed(record.get("status_code"), events),
        message=string(record.get("status_message")) or "",
        resource={},
    )


def _cell(value: Json) -> Json:
    """Parse a cell: JSON, or what Python printed, as pandas writes lists into a CSV."""
    found = unwrapped(value)
    if not isinstance(found, str) or not found.startswith(("[{'", "{'")):
        return found
    try:
        return ast.literal_eval(found)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return found


def from_otel_js(record: Mapping[str, Any]) -> Span:
    """Read a span as OpenTelemetry for JavaScript prints it; times are [seconds, nanos]."""
    context, status = mapping(record.get("spanContext")), mapping(record.get("status"))
    above = first(record.get("parentSpanId"), at(record, "parentSpanContext", "spanId"))
    events = tuple(_events(record.get("events")))
    return Span(
        trace_id=string(context.get("traceId")),
        span_id=string(context.get("spanId")),
        parent_id=string(above),
        name=string(record.get("name")) or "",
        start=record.get("startTime"),
        end=record.get("endTime"),
        attributes=attributes(record.get("attributes")),
        events=events,
        is_failed=_is_failed(status.get("code"), events),
        message=string(status.get("message")) or "",
        resource=attributes(at(record, "resource", "attributes")),
    )
