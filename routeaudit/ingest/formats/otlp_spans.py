"""OTLP in JSON: GenAI spans of every dialect, with their log events when these are given."""

from routeaudit.ingest.shape import LogFormat, Scope
from routeaudit.ingest.spans.otlp import adapt, is_spans, split

PLUGIN = LogFormat(
    rank=1.0,
    sign=is_spans,
    adapt=adapt,
    scope=Scope.ALL,
    split=split,
    about="OpenTelemetry GenAI spans (OTLP/JSON): semconv, OpenLLMetry, OpenInference, AI SDK",
)
