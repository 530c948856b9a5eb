"""OTLP in JSON: log records, which hold the texts of spans that leave them out."""

from routeaudit.ingest.shape import LogFormat, Scope, either
from routeaudit.ingest.spans.otlp import TRACE, adapt, is_logs, split

PLUGIN = LogFormat(
    rank=1.1,
    sign=is_logs,
    needs=either("resourceLogs", "resource_logs"),
    adapt=adapt,
    scope=Scope.ALL,
    group=TRACE,
    split=split,
    joins="otlp_spans",
    about="OpenTelemetry GenAI log events (OTLP/JSON), joined with their spans",
)
