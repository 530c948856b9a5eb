"""Against the baseline: from gross to net, step by step, and the range of the share saved."""

from typing import NamedTuple

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Bools, Floats, Ground, Ints, is_unknown
from routeaudit.estimate.picking import picked
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Settled
from routeaudit.result import Interval, Saving, WaterfallStep
from routeaudit.stats.bootstrap import cluster_ratio

DAY_S, HOUR_S, DAYS_FOR_DAYS = 86_400.0, 3_600.0, 14


class Balance(NamedTuple):
    """Money on the rows where both sides are known, and the steps from gross to net.

    `before` and `gained` are (m,), one for each of those rows; `total` is the sum of `before`;
    it and `net` are None without any.
    """

    steps: tuple[WaterfallStep, ...]
    total: float | None
    net: float | None
    before: Floats
    gained: Floats
    rows: Bools


def unpriced_arms(ground: Ground, entry: Entry) -> tuple[str, ...]:
    """Name the arms that a policy calls and that have no price for any request."""
    called = {arm for kind in entry.kinds for arm in kind.split(">")}
    return tuple(
        arm for arm in ground.arms if arm in called and is_unknown(ground.arms[arm].cost)
    )


def balance_of(ground: Ground, settled: Settled, both: Bools, after: Floats) -> Balance:
    """Compare a policy with the baseline; the steps add up to the net.

    What is left of the gross after the named parts is the price of the answers given.

    Args:
        ground: what was really done.
        settled: what the policy comes to.
        both: (n,) where both costs are known. Where an arm has no price at all it marks nothing:
            the requests that stayed behind are the dear ones.
        after: (m,) what the policy costs there.
    """
    before = picked(ground.baseline.cost, both)
    gained = before - after
    if not both.any():
        return Balance((), None, None, before, gained, both)
    # Not the sum of the gains: the two totals that readers see must differ by exactly this.
    total = float(before.sum())
    net = total - float(after.sum())
    parts = {name: _sum(picked(part, both)) for name, part in settled.parts.items()}
    named = {name: amount for name, amount in parts.items() if amount}
    steps = [WaterfallStep(name="gross", amount=net + sum(named.values()))]
    steps += [WaterfallStep(name=name, amount=-amount) for name, amount in named.items()]
    return Balance(tuple(steps), total, net, before, gained, both)


def _sum(amounts: Floats) -> float:
    """Add up what is known; all of it mostly is, and then nothing needs to be copied."""
    total = float(amounts.sum())
    return float(np.nansum(amounts)) if np.isnan(total) else total


def saving_of(
    ground: Ground, entry: Entry, balance: Balance, settings: SimulationSettings
) -> Saving:
    """Say what a policy saves, and for policies within which range."""
    total = balance.total
    if balance.net is None or total is None:
        return Saving(vs=ground.baseline_name, gross=None, net=None, share=None)
    ranged = _interval(ground, balance, settings) if entry.role == "policy" else None
    return Saving(
        vs=ground.baseline_name,
        gross=balance.steps[0].amount,
        net=balance.net,
        share=balance.net / total if total > 0 else None,
        interval=ranged,
        baseline_total=total,
    )


def _interval(
    ground: Ground, balance: Balance, settings: SimulationSettings
) -> Interval | None:
    """Resample what goes together: days or hours of a log, repeated prompts of a table."""
    groups, name = ground.clusters, "prompts"
    if ground.at_s is not None:
        groups, name = _blocks(ground.at_s), "days or hours"
    top, bottom = balance.gained, balance.before
    if groups is not None:
        kept = picked(groups, balance.rows)
        top = np.bincount(kept, weights=top).astype(np.float64)
        bottom = np.bincount(kept, weights=bottom).astype(np.float64)
    found = cluster_ratio(top, bottom, None, settings.seed, resamples=settings.resamples)
    if found is None or found.interval is None:
        return None
    low, high = found.interval
    return Interval(low=low, high=high, method=f"bootstrap over {name}")


def _blocks(at_s: Floats) -> Ints:
    """(n,) the day of each call, or its hour below 14 days; unknown times join the first."""
    first, last = float(np.nanmin(at_s)), float(np.nanmax(at_s))
    unit = DAY_S if last - first >= DAYS_FOR_DAYS * DAY_S else HOUR_S
    since = (at_s - first) / unit
    if np.isnan(since).any():
        since = np.nan_to_num(since)
    blocks: Ints = since.astype(np.int64)
    return blocks
