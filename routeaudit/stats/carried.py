"""Carry a failure rate from a scored sample to all traffic with the help of guesses (PPI++).

A guess is made of every request from what is known before it is answered. Where guesses are good
the rest of the traffic tells something; where they are not they get no weight.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routeaudit.stats.binomial import wilson
from routeaudit.stats.figures import CONFIDENCE, Floats, Interval, Ints
from routeaudit.stats.prediction_powered import LEAST_HUMAN

_LEAST_CLUSTERS = 30


class Sides(NamedTuple):
    """(n,) what each request adds to the failures and to the served, each 0..1, known or guessed."""

    failing: Floats
    served: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedRate:
    """A failure rate of served answers over all traffic.

    Attributes:
        rate: of the served answers, and `rate_interval` of it.
        share: of all requests that are served and fail, and `share_interval` of it.
        trust: weight that the guesses got, 0 to 1.
    """

    rate: float
    rate_interval: Interval
    share: float
    share_interval: Interval
    trust: float


def carried_rate(
    known: Sides, guessed: Sides, rest: Sides, clusters: Ints, confidence: float = CONFIDENCE
) -> CarriedRate | None:
    """Estimate failures of served answers over a sample and the rest of the traffic.

    Args:
        known: (n,) of the sample, which is a random part of the traffic.
        guessed: (n,) what was guessed of the same requests, each without having seen its own.
        rest: (N,) guesses of all others.
        clusters: (n,) requests of the sample that are no independent evidence share a number.
        confidence: of the two-sided intervals.

    Returns:
        Null below 200 requests or 30 clusters in the sample, or where none of it is served:
        then the sample alone has to do.
    """
    n, n_rest = len(clusters), len(rest.served)
    _, groups = np.unique(clusters, return_inverse=True)
    n_groups = int(groups.max()) + 1 if n else 0
    served = float(known.served.mean()) if n else 0.0
    if n < LEAST_HUMAN or n_groups < _LEAST_CLUSTERS or n_rest == 0 or served == 0:
        return None
    rough = float(known.failing.mean()) / served
    trust = _trust(_gap(known, rough), _gap(guessed, rough), n_rest)
    failing = _mean(known.failing, guessed.failing, rest.failing, trust)
    share_served = min(_mean(known.served, guessed.served, rest.served, trust), 1.0)
    if share_served <= 0:
        return None
    rate = min(max(failing / share_served, 0.0), 1.0)
    of_rate = _variance(
        _gap(known, rate) - trust * _gap(guessed, rate), trust * _gap(rest, rate), groups
    )
    of_share = _variance(known.failing - trust * guessed.failing, trust * rest.failing, groups)
    failing = min(max(failing, 0.0), 1.0)
    sizes = n_groups * served, float(n_groups)
    return CarriedRate(
        rate=rate,
        rate_interval=_interval(rate, of_rate / share_served**2, sizes[0], confidence),
        share=failing,
        share_interval=_interval(failing, of_share, sizes[1], confidence),
        trust=trust,
    )


def _gap(sides: Sides, rate: float) -> Floats:
    """(n,) what each request adds to the failures beyond its part at a rate."""
    return sides.failing - rate * sides.served


def _trust(known: Floats, guessed: Floats, n_rest: int) -> float:
    spread = float(guessed.var())
    if spread == 0:
        return 0.0
    together = float(np.cov(known, guessed)[0, 1])
    return float(np.clip(together / ((1 + len(known) / n_rest) * spread), 0, 1))


def _mean(known: Floats, guessed: Floats, rest: Floats, trust: float) -> float:
    return float((known - trust * guessed).mean() + trust * rest.mean())


def _variance(sample: Floats, rest: Floats, groups: Ints) -> float:
    """Of the sum of two means, that of the sample by its clusters."""
    n, n_groups = len(sample), int(groups.max()) + 1
    totals = np.bincount(groups, weights=sample - sample.mean())
    between = float((totals**2).sum()) / n**2 * n_groups / (n_groups - 1)
    return between + float(rest.var()) / len(rest)


def _interval(value: float, variance: float, size: float, confidence: float) -> Interval:
    """Wilson's interval for the plain sample that would be worth as much.

    A normal one covers too little near 0 and 1.
    """
    settled = variance <= 0 or value in (0.0, 1.0)
    worth = size if settled else value * (1 - value) / variance
    return wilson(value * worth, worth, confidence) or Interval(0.0, 1.0)
