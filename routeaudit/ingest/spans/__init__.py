"""Spans of traces, whoever wrote them: OTLP, Phoenix, OpenTelemetry for JavaScript."""
