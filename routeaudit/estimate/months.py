"""From calls to a month: the mean cost times the calls of a month, with its range."""

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Floats, Ground
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.result import Evidence, Figure, Interval
from routeaudit.stats.bootstrap import Monthly, monthly

BASELINE = "all-full"


def month_figure(
    ground: Ground, entry: Entry, cost: Floats, settings: SimulationSettings
) -> Figure | None:
    """Scale a mean cost to a month; None when nobody knows how many calls a month has.

    The interval resamples whole days (hours below 14 days), because calls of a day go together;
    policies and the baseline have one, the other rows beside them a value.
    """
    known = ~np.isnan(cost)
    if ground.calls_per_month is None or not known.any():
        return None
    mean = float(cost[known].mean())
    ranged, note = None, ""
    has_range = entry.role == "policy" or entry.policy == BASELINE
    found = _over_time(ground, cost, known, settings) if has_range else None
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
    ground: Ground, cost: Floats, known: np.ndarray, settings: SimulationSettings
) -> Monthly | None:
    if ground.at_s is None:
        return None
    timed = known & ~np.isnan(ground.at_s)
    if not timed.any():
        return None
    # A view where all are known: a million rows are not copied for each policy.
    rows = slice(None) if timed.all() else timed
    volume = settings.calls_per_month
    return monthly(
        cost[rows],
        ground.at_s[rows],
        settings.seed,
        volume,
        resamples=settings.resamples,
    )
