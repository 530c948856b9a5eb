"""Declare an option once: a dataclass field with its default, range and help.

The configuration file, the command line and the reference page all read the field.
"""

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar  # Any: a field's default may be of any type

import msgspec

from routeaudit.errors import ConfigError
from routeaudit.plugins import hint_for

Settings = TypeVar("Settings")
EXAMPLES: Mapping[object, tuple[str, str]] = {
    float: ("a number", "0.5"),
    int: ("a whole number", "5"),
    bool: ("true or false", "true"),
    str: ("a text", '"..."'),
    date: ("a date", "2026-01-31"),
}
"""What a type is called to people, and how a value of it is written."""


def option(  # noqa: PLR0913 each is a property that an option may have
    default: Any,  # noqa: ANN401 as `dataclasses.field`
    help: str,  # noqa: A002 the word that command lines use
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    needs: tuple[str, str] | None = None,
) -> Any:  # noqa: ANN401 as `dataclasses.field`
    """Make a dataclass field that knows its help text, range, choices and other flags.

    `needs` names another field and the value it must have for this one to be read.
    """
    metadata = {
        "help": help, "low": low, "high": high, "choices": choices, "also": also, "needs": needs,
    }  # fmt: skip
    if isinstance(default, (list, dict, set)):
        return dataclasses.field(
            default_factory=lambda: type(default)(default), metadata=metadata
        )
    return dataclasses.field(default=default, metadata=metadata)


def check(settings: object) -> None:
    """Check every field against its declared range; call it from `__post_init__`.

    Raises:
        ConfigError: a value is out of its range or not among its choices.
    """
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]  # any dataclass will do
        value, declared = getattr(settings, field.name), field.metadata
        if value is None or not declared:
            continue
        if declared["choices"] and value not in declared["choices"]:
            known = list(declared["choices"])
            raise ConfigError(
                f"{field.name} cannot be {value!r}", hint=hint_for(str(value), known)
            )
        low, high = declared["low"], declared["high"]
        if (low is not None and value < low) or (high is not None and value > high):
            raise ConfigError(f"{field.name} is {value}, but must lie in {_span(low, high)}")


def refuse_unread(settings: object, typed: Iterable[str]) -> None:
    """Refuse options that were typed though nothing will read them.

    Args:
        settings: as they are in force.
        typed: names of the fields that were typed. What stands in a file may wait for its day.

    Raises:
        ConfigError: names the option and what it needs.
    """
    declared = {field.name: field.metadata for field in dataclasses.fields(settings)}  # type: ignore[arg-type]  # any dataclass will do
    for name in typed:
        needs = declared[name].get("needs")
        if needs is not None and getattr(settings, needs[0]) != needs[1]:
            flag, other = flag_of(name), flag_of(needs[0])
            raise ConfigError(
                f"{flag} is read only with {other} {needs[1]}",
                hint=f"add {other} {needs[1]}, or leave {flag} out",
            )


def flag_of(name: str) -> str:
    """Write a field's name as it is typed."""
    return "--" + name.replace("_", "-")


def _span(low: float | None, high: float | None) -> str:
    return f"{'-inf' if low is None else low} .. {'inf' if high is None else high}"


def from_mapping(kind: type[Settings], given: Mapping[str, Any], *, where: str) -> Settings:
    """Build settings from a table of the configuration file.

    Raises:
        ConfigError: a key is unknown (the hint names the nearest) or missing, or a value is refused.
    """
    values = typed(kind, given, where)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # any dataclass will do
        absent = field.default is field.default_factory is dataclasses.MISSING
        if absent and field.name not in values:
            wanted = _told_type(typing.get_type_hints(kind)[field.name])
            raise ConfigError(
                f"{where}: the key {field.name!r} is missing",
                hint=f"add {field.name} = ..., {wanted}",
            )
    return kind(**values)


def typed(kind: type, table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Give the values of a table the types that the fields of a dataclass declare.

    Raises:
        ConfigError: a key is unknown, or a value is of another type; it says where, which and what
            would do.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where} must be a table, not {table!r}")
    hints = typing.get_type_hints(kind)
    known = [field.name for field in dataclasses.fields(kind)]
    values = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            raise ConfigError(f"{where}: unknown key {key!r}", hint=hint_for(name, known))
        values[name] = _converted(value, hints[name], where, key)
    return values


def _converted(value: Any, hint: Any, where: str, key: str) -> Any:  # noqa: ANN401 values of any option
    inner = typing.get_args(hint)
    if inner and dataclasses.is_dataclass(inner[0]) and isinstance(value, list):
        named = f"{where.removesuffix(']')}.{key}]" if where.endswith("]") else f"{where}.{key}"
        return tuple(
            from_mapping(typing.cast("type", inner[0]), row, where=f"{named} no. {number}")
            for number, row in enumerate(value, 1)
        )
    try:
        return msgspec.convert(_plain(value, hint), hint, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{where}: {key} is {value!r}, but must be {_told_type(hint)}",
            hint=_example(hint, key),
        ) from error


def _plain(value: object, hint: object) -> object:
    """Read 5% as a number, and a list as the text with commas that the command line takes."""
    if hint is float and isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip().removesuffix("%")) / 100
    is_text = hint in (str, str | None)
    if (
        is_text
        and isinstance(value, list)
        and all(isinstance(v, str | int | float) for v in value)
    ):
        return ",".join(map(str, value))
    return value


def _told_type(hint: object) -> str:
    names = [EXAMPLES[part][0] for part in _parts(hint)]
    listed = typing.get_origin(hint) in (tuple, list)
    return ("a list, each " if listed else "") + (" or ".join(names) or "a table")


def _example(hint: object, key: str) -> str:
    written = [EXAMPLES[part][1] for part in _parts(hint)]
    if not written:
        return f"begin each with [[...{key}]]" if typing.get_origin(hint) is tuple else ""
    listed = typing.get_origin(hint) in (tuple, list)
    return f"write it as {key} = " + (f"[{written[0]}]" if listed else written[0])


def _parts(hint: object) -> list[object]:
    """List the plain types that a value may have, or that each of a list may."""
    asked = () if typing.get_origin(hint) is dict else typing.get_args(hint) or (hint,)
    return [part for part in asked if part in EXAMPLES]
