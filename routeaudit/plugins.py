"""Find plugins by file name: the name of the file is the name that users type."""

import difflib
import importlib
import pkgutil
from functools import cache
from types import ModuleType

from routeaudit.errors import ConfigError

_LISTED = 20


@cache
def names(package: str) -> tuple[str, ...]:
    """List the plugin names in a package, sorted; `_` in a file name reads `-`."""
    folder = importlib.import_module(package).__path__
    found = (module.name for module in pkgutil.iter_modules(folder))
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


def load(package: str, name: str, *, kind: str) -> ModuleType:
    """Import the plugin that users call `name`.

    Args:
        package: dotted name of the folder that holds the plugins.
        name: the file's name, with `-` or `_`.
        kind: what to call it in an error, e.g. "policy".

    Raises:
        ConfigError: there is no such plugin; the hint names the nearest.
    """
    known = names(package)
    wanted = name.replace("_", "-")
    if wanted not in known:
        raise ConfigError(f"there is no {kind} called {name!r}", hint=hint_for(wanted, known))
    return importlib.import_module(f"{package}.{wanted.replace('-', '_')}")


def hint_for(name: str, known: tuple[str, ...] | list[str]) -> str:
    """Say which known name is nearest, or list them; 20 at most."""
    named = [*dict.fromkeys(filter(None, known))]
    near = difflib.get_close_matches(name, named, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]}?"
    more = f" and {len(named) - _LISTED:,} more" if len(named) > _LISTED else ""
    return f"one of: {', '.join(named[:_LISTED])}{more}" if named else "there is none"
