"""Paths into JSON as users write them in `--map`: `$.a.b[0].c`, `["k.x"]`, `[*]`, `[?type=text]`."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

import orjson

from routeaudit.errors import ConfigError
from routeaudit.ingest.values import unwrapped

_STEP = re.compile(
    r"""\.?(?:
        (?P<name>[\w@$-]+)
      | \[\s*(?P<quoted>"[^"]*"|'[^']*')\s*\]
      | \[(?P<index>-?\d+)\]
      | \[(?P<all>\*)\]
      | \[\?(?P<key>[\w.@-]+)\s*==?\s*(?P<value>[^\]]*)\]
    )""",
    re.VERBOSE,
)


class Every(NamedTuple):
    """A step to every element of a list, or to those whose key has a value."""

    key: str = ""
    value: str = ""


Step = str | int | Every
JsonPath = tuple[Step, ...]


def json_path(text: str) -> JsonPath:
    """Read a path, with `$.` before it or without.

    Raises:
        ConfigError: it is no path.
    """
    rest = text.strip().removeprefix("$")
    steps: list[Step] = []
    if not text.strip():
        raise ConfigError("an empty text is no path", hint="as in $.usage.cost")
    while rest:
        found = _STEP.match(rest)
        if found is None:
            raise ConfigError(f"cannot read the path {text!r} from {rest!r} on")
        steps.append(_step(found))
        rest = rest[found.end() :]
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["name"] is not None:
        return found["name"]
    if found["quoted"] is not None:
        return found["quoted"][1:-1]
    if found["index"] is not None:
        return int(found["index"])
    if found["all"]:
        return Every()
    return Every(found["key"], found["value"].strip().strip("\"'"))


def follow(value: Any, path: Sequence[Step]) -> Any:  # noqa: ANN401 parsed JSON
    """Walk a path, also into JSON stored as text; None where it ends.

    After `[*]` or a filter the result is a list.
    """
    for place, step in enumerate(path):
        if isinstance(step, Every):
            rest = path[place + 1 :]
            inner = unwrapped(value)
            found = (follow(item, rest) for item in inner if _is_wanted(item, step)) \
                if isinstance(inner, list) else ()  # fmt: skip
            return [item for item in found if item is not None] or None
        if isinstance(value, str):
            value = unwrapped(value)
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif (
            isinstance(value, list)
            and isinstance(step, int)
            and -len(value) <= step < len(value)
        ):
            value = value[step]
        else:
            return None
    return value


def _is_wanted(item: Any, step: Every) -> bool:  # noqa: ANN401 parsed JSON
    if not step.key:
        return True
    found = follow(item, step.key.split("."))
    return found is not None and as_written(found) == step.value


def as_written(value: Any) -> str:  # noqa: ANN401 parsed JSON
    """Write a plain value as JSON does: true, null, 1."""
    return (
        orjson.dumps(value).decode() if isinstance(value, bool) or value is None else str(value)
    )
