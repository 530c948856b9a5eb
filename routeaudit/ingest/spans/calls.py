"""Spans of several traces to rows: model calls only, each once, with their log events."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.families import Call, distinct
from routeaudit.ingest.piles import gathered
from routeaudit.ingest.shape import Adapted, Aside
from routeaudit.ingest.spans.dialects import row_of, why_no_call
from routeaudit.ingest.spans.span import Event, Span, attributes, camel, digits, plain
from routeaudit.ingest.values import first, mapping, string

DETAILS = "gen_ai.client.inference.operation.details"
TOLD = "log event, told by its span"
CONTINUED = "another log event of the same call"
OTHER = "not a model call: a log record"
LOGS = "otlp_logs"  # the format of rows that log events alone tell of


class Placed(NamedTuple):
    """A span, and the line it came from."""

    line: int
    span: Span


class Logged(NamedTuple):
    """A log record about a model call, and the line it came from."""

    line: int
    trace_id: str | None
    span_id: str | None
    event: Event


def adapt_spans(
    spans: Iterable[Placed], from_logs: Collection[Hashable] = frozenset()
) -> Adapted:
    """Make rows of the spans that are model calls; merge the nested ones that are the same.

    Args:
        spans: with their lines.
        from_logs: keys of those that were made up for log events.
    """
    found = Adapted()
    calls: list[Call] = []
    parents: dict[Hashable, Hashable] = {}
    for number, (line, span) in enumerate(spans):
        key = _key(span, number)
        if span.parent_id is not None:
            parents[key] = (span.trace_id, span.parent_id)
        reason = why_no_call(span)
        if reason is None:
            format_of = {"source_format": LOGS} if key in from_logs else {}
            calls.append(Call(line=line, key=key, row={**row_of(span), **format_of}))
        else:
            found.merged.append(Aside(line, reason))
    return gathered([distinct(calls, parents), found])


def _key(span: Span, number: int) -> Hashable:
    return (span.trace_id, span.span_id) if span.span_id else (None, number)


def log_of(line: int, unit: Mapping[str, Any]) -> Logged:
    """Read {"log", "resource"}: a log record of an OTLP document."""
    record = mapping(unit.get("log"))
    told = attributes(record.get("attributes"))
    named = first(camel(record, "eventName"), told.get("event.name"))
    when = first(camel(record, "timeUnixNano"), camel(record, "observedTimeUnixNano"))
    event = Event(
        string(named) or "", digits(when), {**told, "body": plain(record.get("body"))}
    )
    return Logged(
        line, string(camel(record, "traceId")), string(camel(record, "spanId")), event
    )


def with_logs(spans: Iterable[Placed], logs: Iterable[Logged]) -> Adapted:
    """Join log events with their spans; those whose span is not here make a row by themselves."""
    found = Adapted()
    by_span: dict[Hashable, list[Logged]] = defaultdict(list)
    for log in logs:
        if log.event.name.startswith("gen_ai.") and log.span_id is not None:
            by_span[(log.trace_id, log.span_id)].append(log)
        else:
            found.merged.append(Aside(log.line, OTHER))
    if not by_span:
        return gathered([adapt_spans(spans), found])
    spans = list(spans)
    joined = [
        Placed(line, _told_by(span, by_span.get((span.trace_id, span.span_id), [])))
        for line, span in spans
    ]
    known = {(placed.span.trace_id, placed.span.span_id) for placed in spans}
    alone = by_span.keys() - known
    for key, group in by_span.items():
        if key in known:
            found.merged.extend(Aside(log.line, TOLD) for log in group)
        else:
            joined.append(Placed(group[0].line, _told_by(_span_for(group), group)))
            found.merged.extend(Aside(log.line, CONTINUED) for log in group[1:])
    return gathered([adapt_spans(joined, alone), found])


def _told_by(span: Span, logs: Sequence[Logged]) -> Span:
    """Give a span its log events; the event with all details fills in attributes."""
    details: dict[str, Any] = {}
    for log in logs:
        if log.event.name == DETAILS:
            details |= log.event.attributes
            details |= mapping(log.event.attributes.get("body"))
    events = tuple(log.event for log in logs)
    if not events:
        return span
    return span._replace(
        attributes={**details, **span.attributes}, events=(*span.events, *events)
    )


def _span_for(logs: Sequence[Logged]) -> Span:
    """Make up the span that some log events speak of: its texts are known, its tokens not."""
    head = logs[0]
    systems = (log.event.attributes.get("gen_ai.system") for log in logs)
    return Span(
        trace_id=head.trace_id,
        span_id=head.span_id,
        parent_id=None,
        name="chat",
        start=head.event.time,
        end=None,
        attributes={
            "gen_ai.operation.name": "chat",
            **({"gen_ai.system": name} if (name := first(*systems)) else {}),
        },
        resource={},
    )
