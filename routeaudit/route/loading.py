"""Find a policy by name: one of ours, a user's TOML table, or an installed entry point."""

import tomllib
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from itertools import chain, count
from pathlib import Path
from typing import Any, cast  # Any: a TOML table holds anything

from routeaudit.errors import ConfigError
from routeaudit.options import from_mapping
from routeaudit.plugins import hint_for, load, names
from routeaudit.route.policy import Policy, Titled, policy_name

FOLDER = "routeaudit.route.policies"
GROUP = "routeaudit.policies"
BESIDE = ("oracle", "shuffle", "sticky")


def policy_names() -> tuple[str, ...]:
    """List every policy that can be named, sorted: ours and installed ones."""
    installed = (point.name for point in entry_points(group=GROUP))
    return tuple(sorted({*names(FOLDER), *installed}))


def load_policy(name: str, params: Mapping[str, Any] | None = None) -> Policy:
    """Make a policy.

    Args:
        name: a policy's name, or the path of a TOML file with a `[policy]` table.
        params: its fields; the rest keep their defaults.

    Raises:
        ConfigError: no such policy (the hint names the nearest), or a field is refused.
    """
    if name.endswith(".toml"):
        return read_policy(Path(name))
    wanted = name.replace("_", "-")
    return cast("Policy", from_mapping(_kind(wanted), params or {}, where=f"policy {wanted}"))


def load_policies(
    asked: Sequence[str], params: Mapping[str, Mapping[str, Any]]
) -> tuple[Titled, ...]:
    """Make policies that are compared with each other, each under a name of its own.

    Several of one kind are told apart by their files: `binary:strict` is that of strict.toml.

    Args:
        asked: what each is loaded by; see `load_policy`.
        params: fields, by that name.

    Raises:
        ConfigError: as `load_policy`.
    """
    policies = [load_policy(name, params.get(name)) for name in asked]
    kinds = [policy_name(policy) for policy in policies]
    titles: list[str] = []
    for name, kind in zip(asked, kinds, strict=True):
        is_file = kinds.count(kind) > 1 and name.endswith(".toml")
        title = f"{kind}:{Path(name).stem}" if is_file else kind
        numbered = (f"{title}:{number}" for number in count(2))
        titles.append(next(each for each in chain([title], numbered) if each not in titles))
    return tuple(
        Titled(title=title, policy=policy)
        for title, policy in zip(titles, policies, strict=True)
    )


def read_policy(path: Path) -> Policy:
    """Read a policy from the `[policy]` table of a TOML file: `kind`, and its fields.

    Raises:
        ConfigError: the file cannot be read, has no such table, or a field is refused.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("policy")
    except OSError as error:
        raise ConfigError(f"cannot read the policy {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    if not isinstance(table, dict) or "kind" not in table:
        raise ConfigError(
            f"{path} has no [policy] table with a kind",
            hint='[policy]\nkind = "binary"\ncut = 0.7',
        )
    fields = {key: value for key, value in table.items() if key != "kind"}
    return load_policy(str(table["kind"]), fields)


def _kind(wanted: str) -> type[Any]:
    for point in entry_points(group=GROUP):
        if point.name == wanted:
            kind = point.load()
            if not isinstance(kind, type):
                raise ConfigError(f"the installed policy {wanted!r} is not a class")
            return kind
    if wanted in BESIDE:
        raise ConfigError(
            f"{wanted} is no policy: it needs what a policy cannot know",
            hint="its row stands beside every policy; try --policy binary",
        )
    if wanted not in names(FOLDER):
        raise ConfigError(
            f"there is no policy called {wanted!r}", hint=hint_for(wanted, policy_names())
        )
    return cast("type[Any]", load(FOLDER, wanted, kind="policy").PLUGIN)
