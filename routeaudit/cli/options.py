"""Turn the fields of settings into command-line options: declared once, read here.

A command declares a parameter `given: Given`; `@options(ingest=IngestSettings, ...)` replaces it
by one option for each field, and hands over only what the user typed.
"""

import dataclasses
import functools
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Annotated, Any, TypeVar  # Any: values of any option

import typer

from routeaudit.errors import ConfigError, ExitCode
from routeaudit.options import flag_of

Given = dict[str, dict[str, Any]]
"""What was typed: section -> field -> value."""

Places = dict[str, list[tuple[str, str]]]
"""Option -> the sections and fields that it sets."""

Command = TypeVar("Command", bound=Callable[..., Any])
PERCENT = 100
INTERRUPTED = (
    "\ninterrupted: the unfinished scan was discarded; run the same command again "
    "(what a GGUF model has read is kept)\n"
)


def share(text: str) -> float:
    """Read a share: `0.05` or `5%`."""
    number = text.strip().removesuffix("%")
    try:
        value = float(number)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a share; write 0.05 or 5%") from error
    return value / PERCENT if text.strip().endswith("%") else value


def options(**kinds: type) -> Callable[[Command], Command]:
    """Give a command an option for each field of these settings, by section."""

    def decorate(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True)
        added: Places = {}
        parameters = [p for p in own.parameters.values() if p.annotation is not Given]
        for section, kind in kinds.items():
            for field in _exposed(kind):
                # Two sections may share an option (--seed): the user says it once, for both.
                added.setdefault(field.name, []).append((section, field.name))
                if len(added[field.name]) == 1:
                    parameters.append(
                        _parameter(field.name, field, typing.get_type_hints(kind))
                    )

        @functools.wraps(command)
        def run(**values: Any) -> Any:  # noqa: ANN401 whatever the command gives
            typed = {name: values.pop(name) for name in added}
            try:
                return command(**values, given=_by_section(kinds, added, typed))
            except KeyboardInterrupt:
                sys.stderr.write(INTERRUPTED)
                raise SystemExit(int(ExitCode.INTERRUPTED)) from None

        run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]  # read by typer
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return typing.cast("Command", run)

    return decorate


def _by_section(kinds: Iterable[str], added: Places, typed: dict[str, Any]) -> Given:
    given: Given = {section: {} for section in kinds}
    for name, value in typed.items():
        if value is None or value == []:
            continue
        for section, field in added[name]:
            given[section][field] = tuple(value) if isinstance(value, list) else value
    return given


def _exposed(kind: type) -> list[dataclasses.Field[Any]]:
    fields = dataclasses.fields(kind)
    return [field for field in fields if field.metadata.get("help")]


def _parameter(
    name: str, field: dataclasses.Field[Any], hints: dict[str, Any]
) -> inspect.Parameter:
    bare = _without_none(hints[field.name])
    flag = flag_of(field.name)
    extra: dict[str, Any] = {"help": _help(field), "show_default": False}
    if _is_share(bare, field):
        extra |= {"parser": share, "metavar": "SHARE"}
        bare = float
    if field.metadata.get("choices"):
        extra["metavar"] = "|".join(field.metadata["choices"])
    if typing.get_origin(bare) is tuple:
        bare = list[typing.get_args(bare)[0]]  # type: ignore[misc]  # built at run time
    if bare in (date, datetime):
        bare = datetime
    both_ways = bare is bool and field.default is True
    flags = (
        [f"{flag}/--no-{flag[2:]}"] if both_ways else [flag, *field.metadata.get("also", ())]
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[bare | None, typer.Option(*flags, **extra)],
    )


def _help(field: dataclasses.Field[Any]) -> str:
    default = field.default
    if default in (None, dataclasses.MISSING, "", ()) or default is False:
        return str(field.metadata["help"])
    shown = "yes" if default is True else default
    return rf"{field.metadata['help']} \[default: {shown}]"


def _is_share(bare: object, field: dataclasses.Field[Any]) -> bool:
    return bare is float and field.metadata.get("low") == 0 and field.metadata.get("high") == 1


def _without_none(hint: Any) -> Any:  # noqa: ANN401 a type
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        rest = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(rest) != 1:
            raise ConfigError(f"an option cannot be of the type {hint}")
        return rest[0]
    return hint
