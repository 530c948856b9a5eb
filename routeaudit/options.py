"""Declare an option once: a dataclass field with its default, range and help.

The configuration file, the command line and the reference page all read the field.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar  # Any: a field's default may be of any type

from routeaudit.errors import ConfigError
from routeaudit.plugins import hint_for

Settings = TypeVar("Settings")


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
            flag, other = _flag(name), _flag(needs[0])
            raise ConfigError(
                f"{flag} is read only with {other} {needs[1]}",
                hint=f"add {other} {needs[1]}, or leave {flag} out",
            )


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _span(low: float | None, high: float | None) -> str:
    return f"{'-inf' if low is None else low} .. {'inf' if high is None else high}"


def from_mapping(kind: type[Settings], given: Mapping[str, Any], *, where: str) -> Settings:
    """Build settings from a table of the configuration file.

    Raises:
        ConfigError: a key is unknown (the hint names the nearest) or a value is refused.
    """
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]  # any dataclass will do
    table = {key.replace("-", "_"): value for key, value in given.items()}
    for key in table:
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key!r}", hint=hint_for(key, known))
    return kind(**table)
