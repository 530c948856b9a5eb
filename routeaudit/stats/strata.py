"""Samples drawn by strata (task type x arm): how many from each, and what they say together."""

from dataclasses import dataclass

import numpy as np

from routeaudit.stats.binomial import (
    Judgement,
    clopper_pearson,
    judge,
    lower_bound,
    upper_bound,
)
from routeaudit.stats.figures import CONFIDENCE, Floats, Interval, Ints

FLOOR = 30
LEAST_SHARE = 0.01
_LEAST_SCORED = 2  # a variance needs two


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """(H,) traffic, scored answers and failures of each stratum."""

    traffic: Ints
    scored: Ints
    failures: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class StratifiedRate:
    """A failure rate over strata, and the size of the plain sample that is worth as much.

    `covered` is the share of traffic in strata with two scored answers or more; the rate speaks
    of it only, and the rest is "not estimated", never 0.
    """

    rate: float
    effective_n: float
    covered: float

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Give the two-sided Korn-Graubard interval."""
        found = clopper_pearson(self.rate * self.effective_n, self.effective_n, confidence)
        return found or Interval(0.0, 1.0)

    def judge(self, limit: float) -> Judgement:
        """Judge the rate against a limit by its one-sided 95 % bounds."""
        k, n = self.rate * self.effective_n, self.effective_n
        bounds = Interval(lower_bound(k, n), upper_bound(k, n))
        return judge(bounds, rate=self.rate, n=int(n), limit=limit)


def stratified_rate(strata: Strata) -> StratifiedRate | None:
    """Estimate the failure rate of all traffic from its strata (Korn and Graubard).

    The pseudo-counts go into the design variance only: in the centre they would bias it.
    Null when nothing was scored.
    """
    seen = strata.scored >= _LEAST_SCORED
    if not (seen & (strata.traffic > 0)).any():
        return None
    traffic = np.where(seen, strata.traffic, 0).astype(np.float64)
    n = np.maximum(strata.scored, _LEAST_SCORED).astype(np.float64)
    k = np.where(seen, strata.failures, 0)
    weight = traffic / traffic.sum()
    rate = float(weight @ (k / n))
    middle = (k + 0.5) / (n + 1)
    unseen_share = np.clip(1 - n / np.maximum(traffic, 1), 0, 1)
    variance = weight**2 * middle * (1 - middle) / (n - 1) * unseen_share
    return StratifiedRate(
        rate=rate,
        effective_n=_effective_n(rate, float(variance.sum()), weight, n),
        covered=float(traffic.sum() / strata.traffic.sum()),
    )


def allocate(traffic: Ints, prior_failure: Floats, total: int, floor: int = FLOOR) -> Ints:
    """Spread a sample over strata: a floor for each, the rest where it tells most (Neyman).

    Args:
        traffic: (H,) calls in each stratum; no stratum is asked for more than it has.
        prior_failure: (H,) the failure rate expected in each.
        total: how many calls to sample in all.
        floor: the least for each stratum; lowered where `total` cannot pay for it.

    Returns:
        (H,) calls to sample; they add up to `total`, or to all traffic when that is less.
    """
    traffic = np.asarray(traffic, dtype=np.int64)
    total = min(total, int(traffic.sum()))
    present = int((traffic > 0).sum())
    asked = np.minimum(traffic, min(floor, total // max(present, 1)))
    pull = traffic * np.sqrt(np.maximum(prior_failure * (1 - prior_failure), 1e-6))
    while total > asked.sum():
        room = traffic - asked
        share = np.where(room > 0, pull, 0.0)
        extra = (total - asked.sum()) * share / share.sum()
        step = np.minimum(np.floor(extra).astype(np.int64), room)
        if step.sum() == 0:
            step[np.argmax(extra)] = 1
        asked = asked + step
    return asked


def proportional_part(traffic: Ints, scored: Ints) -> Ints:
    """(H,) how many scored answers of each stratum to keep for a proportional sample.

    A binomial p-value is valid for unequal strata only if each is sampled in proportion; it
    is then conservative (Hoeffding 1956).
    """
    there = traffic > 0
    rate = (scored[there] / traffic[there]).min() if there.any() else 0.0
    kept: Ints = np.floor(rate * traffic + 1e-9).astype(np.int64)
    return kept


def _effective_n(rate: float, variance: float, weight: Floats, n: Floats) -> float:
    if 0 < rate < 1 and variance > 0:
        return rate * (1 - rate) / variance
    # All answers good, or all bad: the variance says nothing. The stratum with the fewest
    # answers for its weight could hide the most, so it decides.
    return float((n[weight > 0] / weight[weight > 0]).min())
