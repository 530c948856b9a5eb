"""Outcome tables: queries with the score of each arm. They are replayed, not scanned."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import refused
from routeaudit.ingest.shape import Adapted, LogFormat, Unit, either

ADVICE = (
    "this is an outcome table, no log of calls: `routeaudit simulate FILE` reads one alone,"
    " an object a line (.jsonl, .jsonl.gz)"
)


def sign(record: Mapping[str, Any]) -> bool:
    """Know an outcome by its `models`: an object for each arm."""
    arms = record.get("models")
    return (
        isinstance(arms, dict)
        and bool(arms)
        and all(isinstance(arm, dict) for arm in arms.values())
    )


def adapt(units: Sequence[Unit]) -> Adapted:
    """Refuse every unit."""
    return refused(units, ADVICE)


PLUGIN = LogFormat(
    rank=23.9,
    sign=sign,
    needs=either("models"),
    adapt=adapt,
    refuse=ADVICE,
    about="outcome tables: refused, `routeaudit simulate FILE` reads them",
)
