"""`--target-failure`: run each policy at the threshold that keeps a promise, or not at all."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import polars as pl

from routeaudit.comparison import Asked, Entered, Entry
from routeaudit.estimate.ground import Ground
from routeaudit.estimate.guarantees import promise_of
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Ledger

PolicyT = TypeVar("PolicyT")
Enter = Callable[[pl.DataFrame, Sequence[PolicyT], Asked], Entered]
"""`routeaudit.route.enter`: rooms do not know each other, so it is handed in."""


def enter_all(
    ground: Ground,
    policies: Sequence[PolicyT],
    asked: Asked,
    settings: SimulationSettings,
    enter: Enter[PolicyT],
) -> Entered:
    """Enter the policies; with a target, each at its guaranteed threshold.

    A policy whose thresholds cannot be guaranteed sends everything to the full arm. One that
    has no threshold runs as it was asked, and says so.
    """
    entered = enter(ground.visible, policies, asked)
    if settings.target() is None:
        return entered
    entries: list[Entry] = []
    last: list[Entry] = []
    for policy in policies:
        if len(policies) > 1 and not _fits(ground, policy, asked, enter):
            continue
        found = _kept(ground, policy, asked, settings, enter)
        entries += [entry for entry in found if not _stands_alone(entry)]
        last = [entry for entry in found if _stands_alone(entry)]
    return Entered((*entries, *last), (*entered.warnings, *_unused(settings)))


def _unused(settings: SimulationSettings) -> tuple[str, ...]:
    """Name the options that set thresholds too, and do not here."""
    names = ("threshold", "share", "escalate")
    flags = " and ".join(f"--{name}" for name in names if getattr(settings, name))
    return (f"--target-failure finds the thresholds: {flags} set none",) if flags else ()


def _fits(ground: Ground, policy: PolicyT, asked: Asked, enter: Enter[PolicyT]) -> bool:
    """Twice the same policy: one that lacks an arm is left out instead of refused."""
    return not enter(ground.visible, (policy, policy), asked).warnings


def _kept(
    ground: Ground,
    policy: PolicyT,
    asked: Asked,
    settings: SimulationSettings,
    enter: Enter[PolicyT],
) -> tuple[Entry, ...]:
    as_asked = enter(ground.visible, (policy,), asked).entries
    promise = promise_of(Ledger(ground), as_asked[0], settings, asked)
    if promise is None:
        return _as_it_is(as_asked, settings)
    cuts = promise.cuts or (math.inf,) * _several(as_asked[0])
    # A cascade cuts the confidence of each of its arms; it has no single curve.
    sign = asked.sign(as_asked[0].score or "confidence")
    promised = replace(
        asked, shares=(), kept=None, thresholds=tuple(sign * cut for cut in cuts)
    )
    first, *beside = enter(ground.visible, (policy,), promised).entries
    params = {**first.params, "target_failure": settings.target()}
    if promise.cuts is not None:
        # A policy with a curve says it there.
        notes = first.warnings if first.score else (*first.warnings, promise.note)
        return (replace(first, params=params, warnings=notes), *beside)
    told = (
        f"no threshold keeps {settings.target():.0%} with a guarantee: all goes to the full arm"
    )
    why = "" if first.score else f" ({promise.note})"
    full = pl.repeat("full", ground.n, dtype=pl.String, eager=True)
    nothing = replace(
        first, params=params, paths=full, warnings=(*first.warnings, told + why)
    )  # fmt: skip
    return (nothing, *(entry for entry in beside if _stands_alone(entry)))


def _as_it_is(entries: tuple[Entry, ...], settings: SimulationSettings) -> tuple[Entry, ...]:
    first, *beside = entries
    if len(first.kinds) < 2 and first.kinds[0] in {"full", "logged"}:  # noqa: PLR2004 one path
        return entries
    told = (
        f"{first.policy} has no threshold to find: it ran as it is; its verdict says whether"
        f" it keeps {settings.limit:.0%}"
    )
    return (replace(first, warnings=(*first.warnings, told)), *beside)


def _several(entry: Entry) -> int:
    """Count the thresholds that a policy takes."""
    if "order" in entry.params:
        return str(entry.params["order"]).count(",")
    return 2 if "micro_cut" in entry.params else 1


def _stands_alone(entry: Entry) -> bool:
    return entry.role == "honesty" and "beside" not in entry.params
