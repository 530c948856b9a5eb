"""From calls to a month: the mean cost times the calls of a month, with its range."""

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.best import AS_LOGGED
from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.estimate.picking import picked
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.result import Evidence, Figure, Interval
from routeaudit.stats.bootstrap import Monthly, monthly

TODAY = ("all-full", AS_LOGGED)


def month_figure(
    ground: Ground, entry: Entry, costs: Floats, known: Bools, settings: SimulationSettings
) -> Figure | None:
    """Scale a mean cost to a month; None when nobody knows how many calls a month has.

    The interval resamples whole days (hours below 14 days), because calls of a day go together;
    policies and the baseline have one, the other rows beside them a value.

    Args:
        ground: what was logged.
        entry: whose cost it is.
        costs: (m,) what the requests with a price cost.
        known: (n,) which they are.
        settings: the volume, and how to resample.
    """
    if ground.calls_per_month is None or not len(costs):
        return None
    mean = float(costs.mean())
    ranged, note = None, ""
    has_range = entry.role == "policy" or entry.policy in TODAY
    found = _over_time(ground, costs, known, settings) if has_range else None
    if found is not None and found.interval is not None and found.value > 0:
        scale = mean * ground.calls_per_month / found.value
        ranged = Interval(
            low=found.interval.low * scale,
            high=found.interval.high * scale,
            method=f"bootstrap over {found.blocks} {found.block}s",
        )
        note = "under a week of traffic" if found.short_log else ""
    return Figure(
        value=mean * ground.calls_per_month,
        interval=ranged,
        evidence=Evidence.ESTIMATED,
        note=note,
    )


def _over_time(
    ground: Ground, costs: Floats, known: Bools, settings: SimulationSettings
) -> Monthly | None:
    if ground.at_s is None:
        return None
    at_s = picked(ground.at_s, known)
    timed = ~np.isnan(at_s)
    if not timed.any():
        return None
    if not timed.all():
        costs, at_s = picked(costs, timed), picked(at_s, timed)
    volume = settings.calls_per_month
    return monthly(costs, at_s, settings.seed, volume, resamples=settings.resamples)
