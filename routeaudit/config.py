"""What the user asked for, from every place where it can be said, checked once.

Precedence: flags > `ROUTEAUDIT_<SECTION>_<FIELD>` > `--config FILE`, else `./routeaudit.toml`, else
`[tool.routeaudit]` in `./pyproject.toml` > the user's own file > defaults.
"""

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar  # Any: values of any option

from routeaudit.errors import ConfigError
from routeaudit.options import refuse_unread, typed
from routeaudit.plugins import hint_for

Settings = TypeVar("Settings")
Table = Mapping[str, Any]
PREFIX = "ROUTEAUDIT_"
RESERVED = ("ROUTEAUDIT_WORKSPACE", "ROUTEAUDIT_CONFIG", "ROUTEAUDIT_TEST_GGUF")


class Layer(NamedTuple):
    """One place where options were found, and its tables by section."""

    origin: str
    sections: Table


class Setting(NamedTuple):
    """One option as it is in force."""

    section: str
    name: str
    value: object
    origin: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All layers, the strongest first."""

    layers: tuple[Layer, ...]

    def settings(
        self, section: str, kind: type[Settings], given: Table | None = None
    ) -> Settings:
        """Build the settings of a section.

        Args:
            section: its name in the file.
            kind: a dataclass whose fields are the options.
            given: what was typed on the command line; wins over everything.

        Raises:
            ConfigError: an unknown key, a value of the wrong type or out of range; it says where.
                Or an option was typed that nothing reads.
        """
        values: dict[str, Any] = {}
        for layer in reversed(self.layers):
            table = layer.sections.get(section, {})
            if not isinstance(table, Mapping):
                raise ConfigError(f"{layer.origin}: [{section}] must be a table")
            values |= typed(kind, table, f"{layer.origin}, [{section}]")
        values |= given or {}
        made = kind(**values)
        refuse_unread(made, given or {})
        return made

    def table(self, section: str) -> Table:
        """Give a section as it stands in the strongest layer that has it; empty if none has."""
        found = (layer.sections[section] for layer in self.layers if section in layer.sections)
        return next(found, {})

    def origin(self, section: str, name: str) -> str:
        """Say where an option comes from."""
        key = name.replace("_", "-")
        for layer in self.layers:
            table = layer.sections.get(section, {})
            if isinstance(table, Mapping) and (name in table or key in table):
                return layer.origin
        return "default"

    def check_sections(self, known: tuple[str, ...]) -> None:
        """Refuse sections that nobody reads.

        Raises:
            ConfigError: names the section and its place.
        """
        for layer in self.layers:
            for section in layer.sections:
                if section not in known:
                    raise ConfigError(
                        f"{layer.origin}: unknown section [{section}]",
                        hint=hint_for(section, known),
                    )


def load(path: Path | None, kinds: Mapping[str, type]) -> Config:
    """Read every layer.

    Args:
        path: the file that the user named; None: look in the usual places.
        kinds: the sections that environment variables can set, and their settings.

    Raises:
        ConfigError: a file is missing or is not TOML.
    """
    named = path or (Path(env) if (env := os.environ.get("ROUTEAUDIT_CONFIG")) else None)
    layers = [_environment(kinds), _project(named), _file(_user_file(), ())]
    return Config(layers=tuple(layer for layer in layers if layer is not None))


def in_force(config: Config, kinds: Mapping[str, type]) -> list[Setting]:
    """List every option with its value and where it comes from."""
    rows = []
    for section, kind in kinds.items():
        settings: object = config.settings(section, kind)
        rows += [
            Setting(section, field.name, getattr(settings, field.name),
                    config.origin(section, field.name), field.metadata.get("help", ""))
            for field in dataclasses.fields(kind)
        ]  # fmt: skip
    return rows


def _project(named: Path | None) -> Layer | None:
    if named is not None:
        if not named.is_file():
            raise ConfigError(f"there is no configuration file {named}")
        return _file(named, ("tool", "routeaudit") if named.name == "pyproject.toml" else ())
    return _file(Path("routeaudit.toml"), ()) or _file(
        Path("pyproject.toml"), ("tool", "routeaudit")
    )


def _file(path: Path, inside: tuple[str, ...]) -> Layer | None:
    if not path.is_file():
        return None
    try:
        table: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    for key in inside:
        table = table.get(key, {})
    return Layer(str(path), table) if table else None


def _user_file() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "routeaudit" / "config.toml"


def _environment(kinds: Mapping[str, type]) -> Layer | None:
    names = {
        f"{PREFIX}{section}_{field.name}".upper(): (section, field.name)
        for section, kind in kinds.items()
        for field in dataclasses.fields(kind)
    }
    sections: dict[str, dict[str, str]] = {}
    for variable, value in os.environ.items():
        if not variable.startswith(PREFIX) or variable in RESERVED:
            continue
        if variable not in names:
            raise ConfigError(
                f"unknown environment variable {variable}", hint=hint_for(variable, list(names))
            )
        section, name = names[variable]
        sections.setdefault(section, {})[name] = value
    return Layer("environment", sections) if sections else None
