"""Spans as OpenTelemetry for JavaScript prints them: the Vercel AI SDK and others."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.shape import Adapted, LogFormat, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.spans.calls import Placed, adapt_spans
from routeaudit.ingest.spans.span import from_otel_js


def sign(record: Mapping[str, Any]) -> bool:
    """Know a span by its context, start and attributes."""
    return {"spanContext", "startTime", "attributes"} <= record.keys()


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read the spans of one file."""
    objects = [unit for unit in units if isinstance(unit.value, dict)]
    odd = [unit for unit in units if not isinstance(unit.value, dict)]
    placed = [Placed(unit.line, from_otel_js(unit.value)) for unit in objects]
    return gathered([adapt_spans(placed), refused(odd, "not an object")])


PLUGIN = LogFormat(
    rank=10.1,
    sign=sign,
    needs=either("spanContext startTime attributes"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("spanContext", "traceId")),
    about="OpenTelemetry for JavaScript spans (Vercel AI SDK)",
)
