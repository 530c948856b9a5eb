"""The watch over a live router, in the order it happens: rows in, a look, the state kept."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple  # Any: a row of a log holds anything

import orjson
import polars as pl

from routeaudit.answer.monitor import (
    Look,
    MonitorSettings,
    MonitorState,
    look,
    read_state,
    write_state,
)
from routeaudit.answer.served_rows import RowSettings, is_row, served_rows
from routeaudit.errors import InputError, NotEnoughEvidenceError
from routeaudit.ingest import IngestSettings, ingest
from routeaudit.ingest.sources import STDIN, Source, expand
from routeaudit.workspace import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorRequest:
    """What a look at a live router needs to know.

    Attributes:
        sources: logs written after the router went live: its own rows, or any LLM API logs.
        name: of the router; each has a state of its own.
        state: to go on from; None: the one on disk.
    """

    sources: Sequence[str]
    rows: RowSettings = field(default_factory=RowSettings)
    monitor: MonitorSettings = field(default_factory=MonitorSettings)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    name: str = "router"
    state: MonitorState | None = None


class Monitored(NamedTuple):
    """A finished look, where its state lies, and what the logs held besides."""

    look: Look
    file: Path
    left_out: Mapping[str, int]
    escalated: int


def monitor(request: MonitorRequest, workspace: Workspace) -> Monitored:
    """Look at new logs of a live router and keep the evidence for the next look.

    Raises:
        InputError: nothing can be read, or no row says that a small model served it.
        NotEnoughEvidenceError: no served answer was ever scored.
    """
    file = workspace.root / "monitor" / f"{request.name}.json"
    state = read_state(file) if request.state is None else request.state
    found = served_rows(_rows(request), request.rows)
    if found.rows.is_empty():
        raise InputError(
            f"no row says that a small model served it ({found.escalated} went to the full "
            f"model{_said(found.left_out)})",
            hint='rows need a time and "route": "slm" (see --small-routes), or --small-model NAME',
        )
    following, seen = look(state, found.rows, request.monitor)
    workspace.hide()
    write_state(file, following)
    if not any(week.scored for one in seen.builds for week in one.weeks):
        raise NotEnoughEvidenceError(
            "no served answer carries a score or feedback",
            hint='add "score" (0..1), "feedback" or "failed" to a random part of the rows',
        )
    return Monitored(seen, file, found.left_out, found.escalated)


def _said(left_out: Counter[str]) -> str:
    return "".join(f"; {reason}: {n}" for reason, n in left_out.most_common())


def _rows(request: MonitorRequest) -> Iterator[Mapping[str, Any]]:
    for source in expand(request.sources):
        if source.name == STDIN or _is_routers_own(source):
            yield from _own_rows(source)
        else:
            yield from _logged_rows(source.name, request.ingest)


def _is_routers_own(source: Source) -> bool:
    with source.unpacked() as stream:
        line = next((line for line in stream if line.strip()), b"")
    return is_row(_parsed(line))


def _own_rows(source: Source) -> Iterator[Mapping[str, Any]]:
    with source.unpacked() as stream:
        for line in stream:
            value = _parsed(line)
            if isinstance(value, dict):
                yield value
            elif line.strip():
                yield {}  # counted as a row without a time


def _parsed(line: bytes) -> object:
    try:
        parsed: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return parsed


def _logged_rows(place: str, settings: IngestSettings) -> Iterator[Mapping[str, Any]]:
    """Give LLM API calls as rows: labels of the call stand beside what every format has."""
    columns = ("ts", "request_id", "response_id", "model", "feedback", "tags")
    for batch in ingest([place], settings):
        for row in pl.DataFrame(batch.records).select(columns).iter_rows(named=True):
            tags = _parsed((row.pop("tags") or "{}").encode())
            labels = tags if isinstance(tags, dict) else {}
            known = {name: value for name, value in row.items() if value is not None}
            known["id"] = known.pop("request_id", None) or known.pop("response_id", None)
            yield labels | known
