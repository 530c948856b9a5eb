"""Bodies posted to Langfuse's ingestion API: events that create and update observations."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest import langfuse
from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.shape import Adapted, Aside, LogFormat, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.values import items, mapping, not_a_call, string

UPDATE = "update of an observation, told by its creation"
KINDS = {"generation": "GENERATION", "span": "SPAN", "event": "EVENT"}


def sign(record: Mapping[str, Any]) -> bool:
    """Know a post by its batch and metadata."""
    return isinstance(record.get("batch"), list) and "metadata" in record


def split(record: Mapping[str, Any]) -> list[Any]:
    """Take a post apart into its events."""
    return list(items(record.get("batch")))


def adapt(units: Sequence[Unit]) -> Adapted:
    """Merge the events of each observation by its id, then read the observations."""
    found = Adapted()
    events: dict[Hashable, list[Unit]] = defaultdict(list)
    traces: dict[str | None, dict[str, Any]] = defaultdict(dict)
    odd = [unit for unit in units if not isinstance(unit.value, dict)]
    for unit in units:
        if not isinstance(unit.value, dict):
            continue
        kind, body = string(unit.value.get("type")) or "", mapping(unit.value.get("body"))
        if kind == "trace-create":
            traces[string(body.get("id"))] |= _known(body)
            found.merged.append(Aside(unit.line, "not a model call: trace-create"))
        elif kind.endswith(("-create", "-update")) and kind.split("-")[0] in (
            *KINDS,
            "observation",
        ):
            own = string(body.get("id"))
            events[own or (None, len(events))].append(unit)
        else:
            found.merged.append(Aside(unit.line, not_a_call(kind, "no type")))
    observed = []
    for group in events.values():
        whole = _whole(group)
        trace = traces.get(string(whole.get("traceId")), {})
        observed.append(langfuse.Observed(group[0].line, whole, trace))
        found.merged.extend(Aside(unit.line, UPDATE) for unit in group[1:])
    return gathered([langfuse.adapt(observed), found, refused(odd, "not an event")])


def _whole(events: Sequence[Unit]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for unit in events:
        kind = KINDS.get((string(unit.value.get("type")) or "").split("-")[0])
        whole |= {"type": kind} if kind else {}
        whole |= _known(mapping(unit.value.get("body")))
    return whole


def _known(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value is not None}


PLUGIN = LogFormat(
    rank=5.0,
    sign=sign,
    needs=either("batch metadata"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("body", "traceId"), ("body", "id")),
    split=split,
    about="Langfuse ingestion posts (as LiteLLM and SDKs send them)",
)
