"""LangSmith runs as the API and exports list them."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest import langsmith
from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.shape import Adapted, LogFormat, Scope, Unit, either
from routeaudit.ingest.shelf import by


def sign(record: Mapping[str, Any]) -> bool:
    """Know a run by its type and start."""
    rest = {"dotted_order", "inputs"} & record.keys()
    return {"run_type", "start_time"} <= record.keys() and bool(rest)


def split(record: Mapping[str, Any]) -> list[Any]:
    """Keep a run as one unit, without the texts of what is no model call."""
    return [langsmith.slim(record)]


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read the runs of one file."""
    known = [unit for unit in units if isinstance(unit.value, dict)]
    odd = [unit for unit in units if not isinstance(unit.value, dict)]
    runs = [langsmith.Run(unit.line, unit.value) for unit in known]
    return gathered([langsmith.adapt(runs), refused(odd, "not an object")])


PLUGIN = LogFormat(
    rank=7.1,
    sign=sign,
    needs=either("run_type start_time"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("trace_id",), ("id",)),
    split=split,
    about="LangSmith runs (list_runs, bulk export)",
)
