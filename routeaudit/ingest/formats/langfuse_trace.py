"""Langfuse's download of one trace: {"trace", "observations"}."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest import langfuse
from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.shape import Adapted, LogFormat, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.values import at, mapping


def sign(record: Mapping[str, Any]) -> bool:
    """Know a document by its two keys, or a trace of the API by the observations in it."""
    found = record.get("observations")
    if not isinstance(found, list):
        return False
    return "trace" in record or (
        {"id", "timestamp"} <= record.keys() and any(isinstance(item, dict) for item in found)
    )


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read the observations of all traces in a file."""
    known = [unit for unit in units if isinstance(at(unit.value, "observation"), dict)]
    odd = [unit for unit in units if not isinstance(at(unit.value, "observation"), dict)]
    observed = [
        langfuse.Observed(
            unit.line, unit.value["observation"], mapping(unit.value.get("trace"))
        )
        for unit in known
    ]
    return gathered([langfuse.adapt(observed), refused(odd, "not an observation")])


PLUGIN = LogFormat(
    rank=4.0,
    sign=sign,
    needs=either("observations"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("observation", "traceId"), ("trace", "id")),
    split=langfuse.observations_of,
    about="Langfuse trace JSON (download from the interface, or the API)",
)
