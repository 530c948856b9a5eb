"""OTLP in JSON: GenAI spans of every dialect, with their log events when these are given."""

from routeaudit.ingest.shape import LogFormat, Scope, either
from routeaudit.ingest.spans.otlp import TRACE, adapt, is_spans, split

PLUGIN = LogFormat(
    rank=1.0,
    sign=is_spans,
    needs=either("resourceSpans", "resource_spans"),
    adapt=adapt,
    scope=Scope.ALL,
    group=TRACE,
    split=split,
    about="OpenTelemetry GenAI spans (OTLP/JSON): semconv, OpenLLMetry, OpenInference, AI SDK",
)
