"""Failure rates of answers that come in groups: one template, one conversation, one prompt.

Copies of a prompt are no independent evidence, so whole groups are drawn again (docs/method.md,
intervals). Where nothing varies there is nothing to draw, and each group counts once.
"""

import math
from dataclasses import dataclass

import numpy as np

from routeaudit.estimate.ground import Floats, Ints
from routeaudit.result import Interval
from routeaudit.stats import binomial
from routeaudit.stats.bootstrap import LEAST_CLUSTERS, cluster_ratio, draw_sums
from routeaudit.stats.figures import Interval as Ends
from routeaudit.stats.sweep import Grid

RESAMPLES = 200
MOST_GROUPS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRate:
    """A failure rate over n scored answers, with what it proves.

    Attributes:
        value: of the n answers; `shown` is its two-sided interval, for display.
        bounds: one-sided 95 %, for verdicts.
        worth: how many independent answers these are worth.
        told: why the interval cannot be trusted; empty where it can.
    """

    value: float
    n: int
    shown: Interval
    bounds: Ends
    worth: float
    told: str = ""

    def judge(self, limit: float) -> binomial.Judgement:
        """Judge the rate; what is needed more counts in answers like these."""
        worth = max(1, round(self.worth))
        found = binomial.judge(self.bounds, rate=self.value, n=worth, limit=limit)
        if found.more_needed is None:
            return found
        more = math.ceil(found.more_needed * self.n / worth)
        return binomial.Judgement(
            verdict=found.verdict, lower=found.lower, upper=found.upper, more_needed=more
        )


def failure_rate(failures: Floats, clusters: Ints | None, seed: int) -> FailureRate | None:
    """Give the mean of failures with its interval and bounds.

    Args:
        failures: (n,) 0 for a good answer, 1 for a bad one, or between, no NaN.
        clusters: (n,) answers that are no independent evidence share a number; None: all are.
        seed: of the bootstrap.

    Returns:
        None without an answer. Plain answers have a Wilson interval and Clopper-Pearson bounds.
        Grouped ones have the interval of a cluster bootstrap; their bounds are the wider of its
        and of the exact ones at the size of sample that they are worth, because a bootstrap of
        few failures promises too much.
    """
    n = len(failures)
    if n == 0:
        return None
    rate = float(failures.mean())
    groups = n if clusters is None else len(np.unique(clusters))
    if clusters is None or groups == n:
        return _plain(rate, n, float(n), "Wilson")
    worth = _worth(failures, clusters, rate, groups)
    exact = _plain(rate, n, worth, f"Wilson over {groups:,} groups")
    told = "" if groups >= LEAST_CLUSTERS else (
        f"too few independent groups: {groups:,}, and {LEAST_CLUSTERS} make a range"
    )  # fmt: skip
    drawn = cluster_ratio(failures, 1.0, clusters, seed) if 0 < rate < 1 else None
    if drawn is None or drawn.interval is None or drawn.bounds is None:
        shown, bounds = exact.shown, exact.bounds
    else:
        low, high = np.clip(drawn.interval, 0, 1).tolist()
        shown = Interval(low=low, high=high, method="cluster bootstrap")
        bounds = Ends(
            max(0.0, min(exact.bounds.low, drawn.bounds.low)),
            min(1.0, max(exact.bounds.high, drawn.bounds.high)),
        )
    return FailureRate(
        value=rate, n=n, shown=shown, bounds=bounds, worth=worth, told=told
    )  # fmt: skip


def _plain(rate: float, n: int, worth: float, method: str) -> FailureRate:
    k = rate * worth
    found = binomial.wilson(k, worth) or Ends(0.0, 1.0)
    return FailureRate(
        value=rate,
        n=n,
        shown=Interval(low=found.low, high=found.high, method=method),
        bounds=Ends(binomial.lower_bound(k, worth), binomial.upper_bound(k, worth)),
        worth=worth,
    )


def _worth(failures: Floats, clusters: Ints, rate: float, groups: int) -> float:
    """Count the independent answers that these are worth (the design effect)."""
    if not 0 < rate < 1:
        return float(groups)
    place = np.unique(clusters, return_inverse=True)[1]
    spread = np.bincount(place, weights=failures - rate)
    n = len(failures)
    variance = float((spread**2).sum()) / n**2 * groups / max(groups - 1, 1)
    worth = rate * (1 - rate) / variance if variance > 0 else n
    return float(min(max(worth, 1.0), n))


def threshold_intervals(
    rows: Grid, failures: Floats, clusters: Ints | None, seed: int
) -> list[Interval | None]:
    """(K,) the interval of the failure rate of what each threshold keeps; None where nothing is.

    Args:
        rows: n rows on a grid of K thresholds.
        failures: (n,) as `failure_rate`, NaN where not scored.
        clusters: (n,) as there.
        seed: of the bootstrap.
    """
    known = ~np.isnan(failures)
    scored = Grid(thresholds=rows.thresholds, bins=rows.bins[known])
    bad, n = scored.totals(failures[known], 0.0), scored.kept.astype(np.float64)
    if clusters is None or not known.any():
        return [_wilson(k, m, 1.0) for k, m in zip(bad.tolist(), n.tolist(), strict=True)]
    group = np.unique(clusters[known], return_inverse=True)[1]
    drawn = _drawn_rates(scored, failures[known], group, seed)
    if drawn is None:
        everything = failure_rate(failures[known], clusters[known], seed)
        share = 1.0 if everything is None else everything.worth / everything.n
        return [_wilson(k, m, share) for k, m in zip(bad.tolist(), n.tolist(), strict=True)]
    found: list[Interval | None] = []
    for at, (k, m) in enumerate(zip(bad.tolist(), n.tolist(), strict=True)):
        if not 0 < k < m:
            groups = len(np.unique(group[scored.bins >= len(n) - at]))
            found.append(_wilson(k, m, groups / m if m else 1.0))
            continue
        low, high = np.nanquantile(drawn[:, at], [0.025, 0.975]).tolist()
        found.append(Interval(low=low, high=high, method="cluster bootstrap"))
    return found


def _drawn_rates(rows: Grid, failures: Floats, group: Ints, seed: int) -> Floats | None:
    """(resamples, K) failure rates of groups drawn again; None beyond 5,000 groups."""
    size, groups = len(rows.thresholds) + 1, int(group.max()) + 1
    if groups > MOST_GROUPS:
        return None
    place = group * size + rows.bins
    tables = [
        np.bincount(place, weights=weights, minlength=groups * size)
        .reshape(groups, size)[:, :0:-1]
        .cumsum(axis=1)
        for weights in (failures, np.ones(len(failures)))
    ]
    drawn = draw_sums(np.concatenate(tables, axis=1), seed, RESAMPLES)
    with np.errstate(invalid="ignore"):
        rates: Floats = drawn[:, : size - 1] / drawn[:, size - 1 :]
    return rates


def _wilson(k: float, n: float, worth: float) -> Interval | None:
    found = binomial.wilson(k * worth, n * worth)
    return found and Interval(low=found.low, high=found.high, method="Wilson")
