"""Langfuse's observations: API and export as JSON, JSONL or CSV, and the blob export."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest import langfuse
from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.shape import Adapted, Aside, LogFormat, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.values import string

TRACE = "not a model call: a trace"
TRACE_KEYS = frozenset(("id", "timestamp", "projectId", "userId", "sessionId", "tags"))
SNAKE_TRACE_KEYS = frozenset(("id", "timestamp", "project_id", "user_id", "session_id", "tags"))


def sign(record: Mapping[str, Any]) -> bool:
    """Know an observation by trace, type and start, in camelCase or in snake_case."""
    if {"traceId", "type", "startTime"} <= record.keys():
        return True
    if {"trace_id", "type", "start_time", "provided_model_name"} <= record.keys():
        return True
    return _is_trace(record)


def _is_trace(record: Mapping[str, Any]) -> bool:
    """Know a trace, which lies beside the observations in a blob export and holds no calls."""
    return record.keys() >= TRACE_KEYS or record.keys() >= SNAKE_TRACE_KEYS


def split(record: Mapping[str, Any]) -> list[Any]:
    """Keep a record as one unit, without the texts of what is no model call."""
    return [_about(record) if _is_trace(record) else langfuse.slim(record)]


def _about(trace: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in trace.items() if key not in ("input", "output")}


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read observations; a blob export tells in its traces who asked, and in which session."""
    objects = [unit for unit in units if isinstance(unit.value, dict)]
    traces = [unit for unit in objects if "type" not in unit.value and _is_trace(unit.value)]
    set_aside = {id(unit) for unit in traces}
    known = [unit for unit in objects if id(unit) not in set_aside]
    odd = [unit for unit in units if not isinstance(unit.value, dict)]
    told = {string(unit.value.get("id")): unit.value for unit in traces}
    observed = [
        langfuse.Observed(
            unit.line, unit.value, told.get(langfuse.trace_of(unit.value), {}) if told else {}
        )
        for unit in known
    ]
    aside = Adapted(merged=[Aside(unit.line, TRACE) for unit in traces])
    return gathered([langfuse.adapt(observed), aside, refused(odd, "not an object")])


PLUGIN = LogFormat(
    rank=6.0,
    sign=sign,
    needs=(
        *either("traceId type startTime", "trace_id type start_time provided_model_name"),
        TRACE_KEYS,
        SNAKE_TRACE_KEYS,
    ),
    adapt=adapt,
    scope=Scope.ALL,
    group=by(("traceId",), ("trace_id",), ("id",)),
    split=split,
    about="Langfuse observations: JSON, JSONL, CSV and blob storage export",
)
