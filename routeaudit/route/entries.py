"""Enter policies into the comparison, each beside the honesty rows that it has to beat."""

import dataclasses
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast  # Any: the fields of a policy differ

import polars as pl

from routeaudit.comparison import Asked, Entered, Entry
from routeaudit.errors import ConfigError
from routeaudit.route import honesty
from routeaudit.route.policy import Policy, Titled, policy_name
from routeaudit.route.shares import Fitted, fitted
from routeaudit.route.walk import paths

AT_ONCE = 2


def enter(visible: pl.DataFrame, policies: Sequence[Policy | Titled], asked: Asked) -> Entered:
    """Give every policy and its honesty rows their paths.

    Args:
        visible: (n,) what policies may see, with `chance`; see `walk.paths`.
        policies: whom to enter; one that needs an arm that is not there is left out when
            there are others.
        asked: shares or thresholds that replace the policies' own.

    Raises:
        ConfigError: the only policy needs an arm that is not there.
    """
    entered: list[Titled] = []
    left_out: list[str] = []
    for given in policies:
        one = given if isinstance(given, Titled) else _under_its_kind(given)
        missing = [arm for arm in one.policy.arms if arm not in (*asked.arms, "logged")]
        if not missing:
            entered.append(one)
            continue
        problem = f"{one.title} needs the {' and '.join(missing)} arm"
        if len(policies) == 1:
            raise ConfigError(problem, hint="--arms micro=NAME,mid=NAME,full=NAME")
        left_out.append(f"{problem}, which is not there: left out")

    def with_rows(one: Titled) -> tuple[Entry, ...]:
        entry = _entry(visible, one, asked)
        return (entry, *(honesty.rows_beside(orders, entry) if len(entry.kinds) > 1 else ()))

    orders = honesty.orders_of(visible)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = [entry for found in pool.map(with_rows, entered) for entry in found]
    return Entered((*rows, *_singles(visible, asked)), tuple(left_out))


def _under_its_kind(policy: Policy) -> Titled:
    return Titled(title=policy_name(policy), policy=policy)


def _entry(visible: pl.DataFrame, one: Titled, asked: Asked) -> Entry:
    fit = fitted(visible, one.policy, asked)
    taken = paths(visible, fit.policy)
    score = fit.policy.score
    param = fit.policy.cuts[-1] if score and fit.policy.cuts else ""
    return Entry(
        policy=one.title,
        role="policy",
        params={**_params(fit, asked), **fit.notes(taken)},
        paths=taken,
        score=score,
        param=param,
        cut=getattr(fit.policy, param) if param else None,
        first_cut=getattr(fit.policy, fit.policy.cuts[0]) if param else None,
        reads_classifier=fit.policy.reads_classifier,
        warnings=(*fit.warnings, *_blind_told(visible, fit.policy)),
    )


def _blind_told(visible: pl.DataFrame, policy: Policy) -> tuple[str, ...]:
    """Say why a policy sends everything to the full arm: what it reads is not there."""
    read = dict.fromkeys(policy.choose().meta.root_names())
    needed = [column for column in read if _unknown(visible, column)]
    if not needed:
        return ()
    return (f"no {' and no '.join(needed)} here: everything goes to the full arm",)


def _unknown(visible: pl.DataFrame, column: str) -> bool:
    return column not in visible.columns or visible[column].null_count() == visible.height


def _singles(visible: pl.DataFrame, asked: Asked) -> list[Entry]:
    return [
        Entry(
            policy=f"all-{arm}",
            role="honesty",
            params={},
            paths=pl.Series([arm], dtype=pl.Enum([arm])).new_from_index(0, visible.height),
        )
        for arm in reversed(asked.arms)
    ]


def _params(fit: Fitted, asked: Asked) -> dict[str, float | int | str | bool | None]:
    policy = fit.shown or fit.policy
    fields = dataclasses.fields(cast("Any", policy))
    turned = dict.fromkeys(policy.cuts, asked.sign(policy.score))
    return {
        field.name: _plain(getattr(policy, field.name), turned.get(field.name, 1.0))
        for field in fields
    }


def _plain(value: Any, sign: float) -> float | int | str | bool | None:  # noqa: ANN401 any field
    if isinstance(value, dict):
        return ",".join(f"{key}={arm}" for key, arm in value.items())
    if isinstance(value, float):
        # JSON has no infinity, and a cut that nothing reaches is no number to a reader.
        return float(value) * sign if math.isfinite(value) else None
    return value if isinstance(value, (int, str, bool)) or value is None else str(value)
