"""What a Langfuse observation tells of its tokens: details that add up to a total, or older fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.lookup import Lookup
from routeaudit.ingest.rows import Json, tokens
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import count, first, mapping, number, string

CACHED = (
    "input_cached_tokens", "input_cache_read", "cache_read_input_tokens",
    "prompt_details.cache_read", "cached_tokens",
)  # fmt: skip
WRITTEN = (
    "input_cache_creation", "cache_creation_input_tokens", "prompt_details.cache_creation",
    "input_cache_write",
)  # fmt: skip
THOUGHT = (
    "output_reasoning", "output_reasoning_tokens", "reasoning_tokens",
    "completion_details.reasoning",
)  # fmt: skip
SIDES = frozenset(("input", "output", "total"))


def accepted(value: Json) -> Json:
    """Leave out what tells nothing: "" and the text "null"."""
    return None if type(value) is str and (not value or value == "null") else value


def usage_row(details: Json) -> Row:
    """Read usage details in the reading that adds up to their total; {} when there are none."""
    return usage_of({"usages": details})


def usage_of(told: Mapping[str, Any]) -> Row:
    """Read an observation's usage; {} when all is 0 or absent."""
    details = mapping(told["usages"]) if "usages" in told else {}
    given = {str(key): n for key, value in details.items() if (n := count(value)) is not None}
    if not given:
        return _older_usage(told)
    if given.keys() <= SIDES:  # no details: nothing to choose
        sent, made, total = given.get("input"), given.get("output"), given.get("total")
        return tokens(prompt=sent, completion=made, total=total)
    sides = tuple(_sides(given))
    side = {
        "cached": _one_of(given, CACHED),
        "cache_write": _sum_of(given, WRITTEN),
        "reasoning": _one_of(given, THOUGHT),
    }
    sent, made = _reading(given, sides)
    return tokens(prompt=sent, completion=made, total=given.get("total"), **side)


class Side(NamedTuple):
    """One side's count by itself, and with all keys that begin like it."""

    alone: int | None
    summed: int | None


def _sides(given: Mapping[str, int]) -> Iterable[Side]:
    for name in ("input", "output"):
        found = [n for key, n in given.items() if key.startswith(name)]
        yield Side(given.get(name), sum(found) if found else None)


def _reading(given: Mapping[str, int], sides: Sequence[Side]) -> tuple[int | None, int | None]:
    """Choose: details inside `input` and `output`, or beside them, or cache beside input."""
    (sent, all_sent), (made, all_made) = sides
    total = given.get("total")
    beside = sum(given.get(f"cache_{kind}_input_tokens", 0) for kind in ("read", "creation"))
    readings = (
        (first(sent, all_sent), first(made, all_made)),
        (all_sent, all_made),
        (None if sent is None else sent + beside, made),
    )
    if total is None:
        return readings[1]
    fitting = (pair for pair in readings if sum(n or 0 for n in pair) == total)
    return next(fitting, readings[0])


def _one_of(given: Mapping[str, int], keys: Sequence[str]) -> int | None:
    return next((given[key] for key in keys if key in given), None)


def _sum_of(given: Mapping[str, int], keys: Sequence[str]) -> int | None:
    """Add up cache writes, which may be told by how long they are kept."""
    spans = [n for key, n in given.items() if key.startswith("input_cache_creation_")]
    return sum(spans) if spans else _one_of(given, keys)


OLDER = Lookup(
    (
        accepted,
        {
            "prompt": ("input", "promptTokens"),
            "completion": ("output", "completionTokens"),
            "total": ("total", "totalTokens"),
        },
    )
)


def _older_usage(told: Mapping[str, Any]) -> Row:
    usage = mapping(told["usage"]) if "usage" in told else {}
    if string(usage.get("unit")) not in (None, "TOKENS"):
        return {}
    found = OLDER.told(usage)
    for name, field in (("prompt", "sent"), ("completion", "made"), ("total", "total")):
        if field in told:
            found[name] = told[field]
    return tokens(**found) if any(number(value) for value in found.values()) else {}
