"""Phoenix's spans: JSON from the interface or the client, or rows of its dataframe."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.shape import Adapted, LogFormat, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.spans.calls import Placed, adapt_spans
from routeaudit.ingest.spans.span import from_phoenix


def sign(record: Mapping[str, Any]) -> bool:
    """Know a span by its kind, attributes and context, nested or as dotted columns."""
    if "span_kind" not in record:
        return False
    nested = "attributes" in record and "context" in record
    return nested or "context.span_id" in record


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read the spans of one file."""
    objects = [unit for unit in units if isinstance(unit.value, dict)]
    odd = [unit for unit in units if not isinstance(unit.value, dict)]
    placed = [Placed(unit.line, from_phoenix(unit.value)) for unit in objects]
    return gathered([adapt_spans(placed), refused(odd, "not an object")])


PLUGIN = LogFormat(
    rank=10.0,
    sign=sign,
    needs=either("span_kind"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("context", "trace_id"), ("context.trace_id",)),
    about="Arize Phoenix spans, JSON or dataframe rows (OpenInference)",
)
