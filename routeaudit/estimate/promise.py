"""`--target-failure`: run each policy at the threshold that keeps a promise, or not at all."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import polars as pl

from routeaudit.comparison import Asked, Entered, Entry
from routeaudit.estimate.ground import Ground
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.sweeps import guarantee_of

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

    A policy whose threshold cannot be guaranteed sends everything to the full arm. One that
    no guarantee covers (nothing is scored, several cheaper arms) runs as it was asked.
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
    return Entered((*entries, *last), entered.warnings)


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
    guarantee = guarantee_of(ground, as_asked[0], settings)
    if guarantee is None:
        return as_asked
    threshold = math.inf if guarantee.threshold is None else guarantee.threshold
    promised = replace(
        asked, shares=(), kept=None, thresholds=(asked.sign(as_asked[0].score) * threshold,)
    )
    first, *beside = enter(ground.visible, (policy,), promised).entries
    params = {**first.params, "target_failure": settings.target()}
    if guarantee.threshold is not None:
        return (replace(first, params=params), *beside)
    told = (
        f"no threshold keeps {settings.target():.0%} with a guarantee: all goes to the full arm"
    )
    full = pl.repeat("full", ground.n, dtype=pl.String, eager=True)
    nothing = replace(first, params=params, paths=full, warnings=(*first.warnings, told))
    return (nothing, *(entry for entry in beside if _stands_alone(entry)))


def _stands_alone(entry: Entry) -> bool:
    return entry.role == "honesty" and "beside" not in entry.params
