"""LangSmith's ingest batches: the start (post) and the end (patch) of each run."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest import langsmith
from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.shape import Adapted, Aside, LogFormat, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.values import at, items, string

HALVES = ("post", "patch")
END = "end of a run, told with its start"


def sign(record: Mapping[str, Any]) -> bool:
    """Know a batch by its lists of runs."""
    return any(isinstance(record.get(half), list) for half in HALVES)


def split(record: Mapping[str, Any]) -> list[Any]:
    """Take a batch apart into {"half", "run"}, starts first."""
    return [{"half": half, "run": run} for half in HALVES for run in items(record.get(half))]


def adapt(units: Sequence[Unit]) -> Adapted:
    """Join halves by id, else by dotted order or trace: an end from JavaScript has no id."""
    found = Adapted()
    known = [unit for unit in units if isinstance(at(unit.value, "run"), dict)]
    odd = [unit for unit in units if not isinstance(at(unit.value, "run"), dict)]
    places: dict[Hashable, int] = {}
    runs: list[langsmith.Run] = []
    for unit in sorted(known, key=lambda unit: unit.value.get("half") != "post"):
        half = unit.value["run"]
        place = next((places[name] for name in _names(half) if name in places), None)
        if place is None:
            place = len(runs)
            runs.append(langsmith.Run(unit.line, half))
        else:
            runs[place] = langsmith.Run(runs[place].line, _joined(runs[place].value, half))
            found.merged.append(Aside(unit.line, END))
        places.update(dict.fromkeys(_names(half), place))
        if half.get("parent_run_id") is None:
            places.setdefault(("root", string(half.get("trace_id"))), place)
    return gathered([langsmith.adapt(runs), found, refused(odd, "not a run")])


def _names(half: Mapping[str, Any]) -> Iterator[Hashable]:
    """Name a run by all that is unique to it; one that has only a trace is the trace's root."""
    own, order = string(half.get("id")), string(half.get("dotted_order"))
    if own is not None:
        yield ("id", own)
    if order is not None:
        yield ("order", order)
    if own is None and order is None:
        yield ("id", string(half.get("trace_id")))
        yield ("root", string(half.get("trace_id")))


def _joined(start: Mapping[str, Any], end: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in end.items() if value not in (None, {}, [])}
    return {**start, **told}


PLUGIN = LogFormat(
    rank=7.0,
    sign=sign,
    needs=either("post", "patch"),
    adapt=adapt,
    scope=Scope.ALL,
    group=by(("run", "trace_id"), ("run", "id")),
    split=split,
    about="LangSmith ingest batches (post and patch halves, as the SDKs send them)",
)
