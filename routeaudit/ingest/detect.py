"""Which log format a record is of: the first sign that holds, in the order of ranks."""

from functools import cache
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit import plugins
from routeaudit.ingest.shape import LogFormat
from routeaudit.ingest.wrapper import KEYS

PACKAGE = "routeaudit.ingest.formats"
FIRST_PAIR_RANK = 23


class Known(NamedTuple):
    """A log format and the name that users type for it."""

    name: str
    format: LogFormat


@cache
def all_formats() -> tuple[Known, ...]:
    """Load every log format, in the order in which their signs are tried."""
    found = [named(name) for name in plugins.names(PACKAGE)]
    return tuple(sorted(found, key=lambda known: (known.format.rank, known.name)))


@cache
def named(name: str) -> Known:
    """Load one log format.

    Raises:
        ConfigError: there is no such format; the hint names the nearest.
    """
    plugin = plugins.load(PACKAGE, name, kind="log format")
    return Known(name.replace("-", "_"), plugin.PLUGIN)


def detect(value: Any) -> Known | None:  # noqa: ANN401 parsed JSON
    """Give the format of one parsed record; None when no sign holds."""
    if not isinstance(value, dict):
        return None
    formats = _pairs_only() if value.keys() <= KEYS else all_formats()
    for known in formats:
        if known.format.sign(value):
            return known
    return None


@cache
def _pairs_only() -> tuple[Known, ...]:
    return tuple(known for known in all_formats() if known.format.rank >= FIRST_PAIR_RANK)


def unknown(value: Any) -> str:  # noqa: ANN401 parsed JSON
    """Say why a record of no known format is rejected; its keys may be words of people too."""
    if not isinstance(value, dict):
        return f"not an object but {_kind(value)}"
    return "unknown format" if value else "empty object"


def _kind(value: Any) -> str:  # noqa: ANN401 parsed JSON
    kinds = {list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return kinds.get(type(value), "a number")
