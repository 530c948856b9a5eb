"""Read units one by one and put each on its pile: rows, merged, rejected."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.rows import finished
from routeaudit.ingest.shape import Adapted, Aside, Row, Unit


class Reject(NamedTuple):
    """A unit that cannot become a row, and why."""

    reason: str


class Merge(NamedTuple):
    """A unit that is told by another row, or is no model call, and why."""

    reason: str


Read = Callable[[Mapping[str, Any]], Row | Reject | Merge]


def each(units: Sequence[Unit], read: Read) -> Adapted:
    """Read units that stand alone, one by one; what is no object is rejected."""
    found = Adapted()
    for unit in units:
        value = unit.value
        row = read(value) if isinstance(value, dict) else Reject("not an object")
        put(found, unit.line, row)
    return found


def put(found: Adapted, line: int, outcome: Row | Reject | Merge) -> None:
    """Put one unit on its pile."""
    if isinstance(outcome, Reject):
        found.rejected.append(Aside(line, outcome.reason))
    elif isinstance(outcome, Merge):
        found.merged.append(Aside(line, outcome.reason))
    else:
        found.rows.append(finished(outcome, line))


def refused(units: Sequence[Unit], reason: str) -> Adapted:
    """Reject every unit for the same reason."""
    return Adapted(rejected=[Aside(unit.line, reason) for unit in units])


def gathered(parts: Iterable[Adapted]) -> Adapted:
    """Put several results together, in order."""
    whole = Adapted()
    for part in parts:
        whole.rows.extend(part.rows)
        whole.merged.extend(part.merged)
        whole.rejected.extend(part.rejected)
    return whole
