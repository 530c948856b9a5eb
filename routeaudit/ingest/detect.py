"""Which log format a record is of: the first sign that holds, in the order of ranks."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit import plugins
from routeaudit.ingest.shape import LogFormat
from routeaudit.ingest.wrapper import KEYS

PACKAGE = "routeaudit.ingest.formats"
FIRST_PAIR_RANK, PAIRS_END = 23, 23.9
URLS = frozenset(("url", "uri"))
MOST_KEYS = 200  # of a record whose set of keys is remembered


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
    request, response = value.get("request"), value.get("response")
    if type(request) is dict and type(response) is dict:
        known = _pair_of(value, request, response)
        if known is not None:
            return known
    for known in _candidates(value):
        if known.format.sign(value):
            return known
    return None


def _candidates(value: Mapping[str, Any]) -> Sequence[Known]:
    if len(value) > MOST_KEYS:
        return all_formats()
    return _of_keys(tuple(value))


@lru_cache(maxsize=1024)  # the records of a log have few sets of keys
def _of_keys(present: tuple[str, ...]) -> tuple[Known, ...]:
    """Give the formats whose signs can hold in a record of these keys."""
    keys = frozenset(present)
    return tuple(
        known
        for known in (_pairs_only() if keys <= KEYS else all_formats())
        if not known.format.needs or any(needed <= keys for needed in known.format.needs)
    )


def _pair_of(
    value: Mapping[str, Any], request: Mapping[str, Any], response: Mapping[str, Any]
) -> Known | None:
    """Tell a pair whose words hang on its keys alone, and on what its answer calls itself."""
    kinds = response.get("type"), response.get("object")
    if len(value) + len(request) + len(response) > MOST_KEYS or not all(
        kind is None or type(kind) is str for kind in kinds
    ):
        return None
    return _of_shape(tuple(value), tuple(request), tuple(response), kinds)


@lru_cache(maxsize=1024)
def _of_shape(
    present: tuple[str, ...],
    asked: tuple[str, ...],
    answered: tuple[str, ...],
    kinds: tuple[str | None, str | None],
) -> Known | None:
    """Detect a pair without any values; None where the signs of pairs look at more."""
    if not KEYS.issuperset(present) or not URLS.isdisjoint((*present, *asked)):
        return None
    answer = dict.fromkeys(answered)
    answer |= {k: v for k, v in zip(("type", "object"), kinds, strict=True) if k in answer}
    bare = {**dict.fromkeys(present), "request": dict.fromkeys(asked), "response": answer}
    found = next((known for known in _pairs_only() if known.format.sign(bare)), None)
    return found if found is not None and found.format.rank < PAIRS_END else None


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
