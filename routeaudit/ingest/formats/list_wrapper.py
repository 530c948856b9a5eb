"""Pages of an API that list records beside other keys: {"object": "list", "data": [...]}."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.detect import all_formats
from routeaudit.ingest.lines import LISTS
from routeaudit.ingest.piles import refused
from routeaudit.ingest.shape import Adapted, LogFormat, Unit

FIRST = 3  # records of a page that are looked at


def sign(record: Mapping[str, Any]) -> bool:
    """Know a page that is no record itself by a list with records of a known format in it."""
    others = [known.format for known in all_formats() if known.format is not PLUGIN]
    return any(other.sign(item) for item in unwrap(record)[:FIRST] for other in others)


def unwrap(record: Mapping[str, Any]) -> list[Any]:
    """Take the records out of the first list of objects."""
    lists = (record.get(key) for key in LISTS)
    found = (
        value
        for value in lists
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    )
    return next(found, [])


def adapt(units: Sequence[Unit]) -> Adapted:
    """Reject what lay in a page and is of no known format."""
    return refused(units, "unknown format")


PLUGIN = LogFormat(
    rank=25.0,
    sign=sign,
    adapt=adapt,
    unwrap=unwrap,
    about='pages of an API: {"data": [...]} beside other keys, around another format',
)
