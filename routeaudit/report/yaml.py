"""Write plain data as YAML: enough for a configuration file, without a library."""

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

RESERVED = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
Node: TypeAlias = "Mapping[str, Node] | Sequence[Node] | str | int | float | bool | None"


def to_yaml(node: Node) -> str:
    """Write mappings and lists in block style, every text in quotes but plain keys."""
    return "\n".join(_lines(node)) + "\n"


def _lines(node: Node) -> list[str]:
    if isinstance(node, Mapping) and node:
        return [line for key, value in node.items() for line in _entry(f"{_key(key)}:", value)]
    if isinstance(node, Sequence) and not isinstance(node, str) and node:
        return [line for item in node for line in _item(item)]
    return [_scalar(node)]


def _entry(head: str, value: Node) -> list[str]:
    inner = _lines(value)
    if _is_block(value):
        return [head, *("  " + line for line in inner)]
    return [f"{head} {inner[0]}"]


def _item(value: Node) -> list[str]:
    first, *rest = _lines(value)
    return [f"- {first}", *("  " + line for line in rest)]


def _is_block(value: Node) -> bool:
    return isinstance(value, (Mapping, Sequence)) and not isinstance(value, str) and bool(value)


def _key(name: str) -> str:
    plain = name.replace("_", "").isalpha() and name.isascii() and name.lower() not in RESERVED
    return name if plain else _scalar(name)


def _scalar(value: Node) -> str:
    # A JSON scalar or empty collection is YAML as well.
    return json.dumps(value, ensure_ascii=False)
