"""Intervals by drawing groups again: clusters of like calls, or days and hours of a log."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.stats.binomial import beta_quantile
from routeaudit.stats.figures import CONFIDENCE, Floats, Generator, Interval
from routeaudit.stats.ranks import Ranked

RESAMPLES = 2_000
LEAST_CLUSTERS = 30
DAYS_PER_MONTH = 30.4375
_LEAST_DAYS = 14
_SHORT_LOG_DAYS = 7
_DAY_S, _HOUR_S = 86_400, 3_600
_MOST_CLUSTERS = 5_000
_DRAWN_AT_ONCE = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio of sums with its cluster-bootstrap interval.

    `interval` is null with fewer than two groups; `too_few` says that there are under 30, so
    that it must not be trusted. Each end of `bounds` holds alone, with the same confidence.
    """

    value: float
    interval: Interval | None
    clusters: int
    bounds: Interval | None = None

    @property
    def too_few(self) -> bool:
        """Whether there are too few independent groups."""
        return self.clusters < LEAST_CLUSTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    """US dollars (or any sum) per month, with the interval over days or hours.

    `block` is "day" or "hour"; the interval is null with fewer than two blocks. `short_log`
    says that under 7 days were observed.
    """

    value: float
    interval: Interval | None
    block: str
    blocks: int
    short_log: bool


class Speedup(NamedTuple):
    """How many times faster the small arm is, in the middle; below 1 it is slower."""

    median: float
    interval: Interval


def cluster_ratio(
    top: npt.ArrayLike,
    bottom: npt.ArrayLike,
    clusters: npt.ArrayLike | None,
    seed: int,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Ratio | None:
    """Give sum(top) / sum(bottom) with an interval over whole clusters.

    Args:
        top: (n,) what is summed above, no NaN: failures, dollars, acceptability.
        bottom: (n,) what is summed below: 1 for a mean, served for a failure rate.
        clusters: (n,) template or conversation of each row; null when each is its own.
        seed: of the resampling.
        confidence: of the two-sided interval.
        resamples: how often the clusters are drawn again.

    Returns:
        Null when the sum below is 0. Beyond 5,000 clusters the interval is the normal one,
        which the bootstrap has by then become.
    """
    above, below = np.asarray(top, np.float64), np.asarray(bottom, np.float64)
    above, below = np.broadcast_arrays(above, below)
    if below.sum() == 0:
        return None
    group = np.arange(len(above))
    if clusters is not None:
        group = np.unique(np.asarray(clusters), return_inverse=True)[1]
    sums: Floats = np.stack(
        [np.bincount(group, weights=above), np.bincount(group, weights=below)], axis=1
    ).astype(np.float64)
    tail = (1 - confidence) / 2
    ends = _ratio_ends(sums, seed, (tail, 2 * tail), resamples)
    return Ratio(
        value=float(above.sum() / below.sum()),
        interval=ends[0] if ends else None,
        clusters=len(sums),
        bounds=ends[1] if ends else None,
    )


def monthly(
    values: npt.ArrayLike,
    asked_at_s: npt.ArrayLike,
    seed: int,
    calls_per_month: float | None = None,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Monthly | None:
    """Scale a log to a month, with an interval over its days (from 14 on) or hours.

    Args:
        values: (n,) dollars of each call, no NaN.
        asked_at_s: (n,) seconds since the epoch, in any order.
        seed: of the resampling.
        calls_per_month: the real volume; null takes the log's own rate.
        confidence: of the two-sided interval.
        resamples: how often the blocks are drawn again.

    Returns:
        Null without calls, or when the log spans no time and no volume is given.
    """
    money, at = np.asarray(values, np.float64), np.asarray(asked_at_s, np.float64)
    if len(money) == 0:
        return None
    observed_days = float(at.max() - at.min()) / _DAY_S
    if observed_days == 0 and calls_per_month is None:
        return None
    by_day = observed_days >= _LEAST_DAYS
    pairs = _blocks(money, at, _DAY_S if by_day else _HOUR_S)
    scale = calls_per_month
    if scale is None:
        scale = len(money) * DAYS_PER_MONTH / observed_days
        # A quiet block is a block: the mean is over time, and volume varies with it.
        pairs[:, 1] = len(money) / len(pairs)
    ends = _ratio_ends(pairs, seed, ((1 - confidence) / 2,), resamples)
    return Monthly(
        value=float(money.sum()) / len(money) * scale,
        interval=Interval(ends[0].low * scale, ends[0].high * scale) if ends else None,
        block="day" if by_day else "hour",
        blocks=len(pairs),
        short_log=observed_days < _SHORT_LOG_DAYS,
    )


def times_faster(
    full_s: npt.ArrayLike, small_s: npt.ArrayLike, confidence: float = CONFIDENCE
) -> Speedup | None:
    """Give the median of full over small latency on the same rows, with its interval.

    A bootstrap median is an order statistic whose rank follows a beta distribution, so the
    interval is read off there: the limit of endless resampling, without a seed. Rows with an
    unknown time, or a small one of 0, are left out; null when none is left.
    """
    slow, fast = np.asarray(full_s, np.float64), np.asarray(small_s, np.float64)
    usable = np.isfinite(slow) & np.isfinite(fast) & (fast > 0)
    if not usable.all():
        slow, fast = slow[usable], fast[usable]
    ranked = Ranked(slow / fast)
    n = ranked.n
    if n == 0:
        return None
    tail = (1 - confidence) / 2
    first, last = (
        min(int(n * beta_quantile(part, (n + 1) / 2, (n + 1) / 2)), n - 1)
        for part in (tail, 1 - tail)
    )
    middle = ranked.span((n - 1) // 2, n // 2)
    ends = Interval(float(ranked.span(first, first)[0]), float(ranked.span(last, last)[0]))
    return Speedup(float(np.median(middle)), ends)


def _blocks(money: Floats, at_s: Floats, block_s: int) -> Floats:
    since_start = at_s - at_s.min()
    since_start /= block_s
    # Cutting off is flooring here, and several times faster than floor division.
    block = since_start.astype(np.int64)
    pairs = np.stack([np.bincount(block, weights=money), np.bincount(block)], axis=1)
    return pairs.astype(np.float64)


def _ratio_ends(
    sums: Floats, seed: int, tails: tuple[float, ...], resamples: int
) -> list[Interval] | None:
    """Give an interval for each tail that is left out on both sides; all of the same draws."""
    if len(sums) < 2:  # noqa: PLR2004 one group cannot vary
        return None
    if len(sums) > _MOST_CLUSTERS:
        return [_normal_interval(sums, tail) for tail in tails]
    drawn = draw_sums(sums, seed, resamples)
    drawn = drawn[drawn[:, 1] != 0]
    ratios = np.sort(drawn[:, 0] / drawn[:, 1])
    ends = [np.quantile(ratios, [tail, 1 - tail]) for tail in tails]
    return [Interval(float(low), float(high)) for low, high in ends]


def draw_sums(sums: Floats, seed: int, resamples: int = RESAMPLES) -> Floats:
    """(resamples, S) column sums of groups drawn again, as many as there are.

    Args:
        sums: (G, S) what each group adds up to: nothing of its rows is needed any more.
        seed: of the resampling.
        resamples: how often the groups are drawn again.
    """
    random, size = np.random.default_rng(seed), len(sums)
    drawn = np.empty((resamples, sums.shape[1]))
    at_once = max(1, _DRAWN_AT_ONCE // size)
    for start in range(0, resamples, at_once):
        some = drawn[start : start + at_once]
        for at, times in enumerate(_times_drawn(random, len(some), size)):
            some[at] = times @ sums
    return drawn


def _times_drawn(random: Generator, resamples: int, size: int) -> Floats:
    """(resamples, G) how often each group is drawn when as many are drawn as there are."""
    groups = random.integers(size, size=(resamples, size))
    groups += np.arange(resamples)[:, None] * size
    times = np.bincount(groups.ravel(), minlength=resamples * size)
    return times.reshape(resamples, size).astype(np.float64)


def _normal_interval(sums: Floats, tail: float) -> Interval:
    above, below = sums.sum(axis=0)
    value = above / below
    influence = sums[:, 0] - value * sums[:, 1]
    half = NormalDist().inv_cdf(1 - tail) * float(np.sqrt(influence @ influence)) / below
    return Interval(float(value - half), float(value + half))
