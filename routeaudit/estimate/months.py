"""From calls to a month: the mean cost times the calls of a month, with its range."""

import numpy as np

from routeaudit.estimate.ground import Floats, Ground
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.result import Figure, Interval

DAYS_PER_MONTH = 30.4375
LEAST_BLOCKS = 3


def month_figure(ground: Ground, cost: Floats, settings: SimulationSettings) -> Figure | None:
    """Scale a mean cost to a month; None when nobody knows how many calls a month has.

    The interval resamples whole days (hours below 14 days), because calls of a day go together.
    """
    known = ~np.isnan(cost)
    if ground.calls_per_month is None or not known.any():
        return None
    month = float(cost[known].mean()) * ground.calls_per_month
    interval = None
    if ground.blocks is not None:
        interval = _interval(ground, cost, known, settings)
    return Figure(value=month, interval=interval)


def _interval(
    ground: Ground, cost: Floats, known: np.ndarray, settings: SimulationSettings
) -> Interval | None:
    blocks = ground.blocks
    if blocks is None or ground.calls_per_month is None:
        return None
    size = int(blocks.max()) + 1
    counts = np.bincount(blocks[known], minlength=size).astype(float)
    sums = np.bincount(blocks[known], weights=cost[known], minlength=size).astype(float)
    used = counts > 0
    if used.sum() < LEAST_BLOCKS:
        return None
    means = resampled_ratio(sums[used], counts[used], settings)
    low, high = (np.quantile(means, [0.025, 0.975]) * ground.calls_per_month).tolist()
    return Interval(low=low, high=high, method=f"bootstrap of {int(used.sum())} days or hours")


def resampled_ratio(sums: Floats, counts: Floats, settings: SimulationSettings) -> Floats:
    """(resamples,) sum of sums over sum of counts, of blocks drawn with replacement."""
    chance = np.random.default_rng(settings.seed)
    size = len(sums)
    drawn = chance.multinomial(size, np.full(size, 1 / size), settings.resamples)
    ratios: Floats = (drawn @ sums) / (drawn @ counts)
    return ratios
