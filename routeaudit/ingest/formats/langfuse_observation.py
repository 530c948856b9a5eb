"""Langfuse's observations: API and export as JSON, JSONL or CSV, and the blob export."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest import langfuse
from routeaudit.ingest.rows import gathered, refused
from routeaudit.ingest.shape import Adapted, LogFormat, Scope, Unit


def sign(record: Mapping[str, Any]) -> bool:
    """Know an observation by trace, type and start, in camelCase or in snake_case."""
    if {"traceId", "type", "startTime"} <= record.keys():
        return True
    return {"trace_id", "type", "start_time", "provided_model_name"} <= record.keys()


def split(record: Mapping[str, Any]) -> list[Any]:
    """Keep a record as one unit, without the texts of what is no model call."""
    return [langfuse.slim(record)]


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read the observations of one file."""
    known = [unit for unit in units if isinstance(unit.value, Mapping)]
    odd = [unit for unit in units if not isinstance(unit.value, Mapping)]
    observed = [langfuse.Observed(unit.line, unit.value, {}) for unit in known]
    return gathered([langfuse.adapt(observed), refused(odd, "not an object")])


PLUGIN = LogFormat(
    rank=6.0,
    sign=sign,
    adapt=adapt,
    scope=Scope.FILE,
    split=split,
    about="Langfuse observations: JSON, JSONL, CSV and blob storage export",
)
