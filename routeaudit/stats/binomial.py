"""One proportion: exact bounds, verdicts against a limit, and how many answers a proof needs.

Without scipy: the incomplete beta function is the continued fraction of Numerical Recipes
behind Loader's saddle-point prefactor, which stays exact where log-gammas of large numbers
would cancel.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from routeaudit.stats.figures import CONFIDENCE, Interval

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_STIRLING_FROM = 16.0
_TINY = 1e-300
_FLAT = 1e-200
_CLOSE = 3e-16
_ROUNDING = 1e-12
_SERIES_BELOW = 0.1
_MOST_TERMS = 100_000
_EXACT_UP_TO = 5_000
POWER = 0.8


class Verdict(StrEnum):
    """Where a failure rate stands against its limit. Three states, and one for no data."""

    PASS = "PASS"  # noqa: S105 a verdict, not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_MEASURED = "NOT MEASURED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with the one-sided bounds that it rests on.

    `more_needed` is about how many more scored answers would decide it, at the rate seen so
    far; null unless inconclusive, and null too when the rate sits on the limit.
    """

    verdict: Verdict
    lower: float | None
    upper: float | None
    more_needed: int | None = None


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), a and b above 0."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x <= (a + 1) / (a + b + 2):
        return _beta_front(x, a, b) * _continued_fraction(x, a, b) / a
    return 1 - _beta_front(x, a, b) * _continued_fraction(1 - x, b, a) / b


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the x at which `beta_cdf(x, a, b)` is `probability`."""
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(200):
        error = beta_cdf(x, a, b) - probability
        low, high = (low, x) if error > 0 else (x, high)
        slope = _beta_front(x, a, b) / max(x * (1 - x), _TINY)
        step = error / slope if slope > _FLAT else math.inf
        # Newton where it stays inside the bracket, else halve: never diverges, ends fast.
        following = x - step if low < x - step < high else (low + high) / 2
        if abs(following - x) <= 1e-15 * following:
            return following
        x = following
    return x


def binomial_cdf(k: float, n: float, rate: float) -> float:
    """Return P(Bin(n, rate) <= k); 0 below 0, 1 from n on."""
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    return beta_cdf(1 - rate, n - k, k + 1)


def wilson(k: float, n: float, confidence: float = CONFIDENCE) -> Interval | None:
    """Give the two-sided Wilson interval of k out of n, for display; null when n is 0."""
    if n <= 0:
        return None
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, z2 = k / n, z * z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # At k = 0 and k = n the end is 0 or 1 exactly; rounding must not leave it outside.
    return Interval(min(max(0.0, middle - half), share), max(min(1.0, middle + half), share))


def clopper_pearson(k: float, n: float, confidence: float = CONFIDENCE) -> Interval | None:
    """Give the two-sided exact interval of k out of n; both may be fractional (see strata)."""
    tail = (1 + confidence) / 2
    if n <= 0:
        return None
    return Interval(lower_bound(k, n, tail), upper_bound(k, n, tail))


def upper_bound(k: float, n: float, confidence: float = CONFIDENCE) -> float:
    """Give the one-sided exact upper bound of the rate behind k out of n; 1 when n is 0."""
    return 1.0 if n <= 0 or k >= n else beta_quantile(confidence, k + 1, n - k)


def lower_bound(k: float, n: float, confidence: float = CONFIDENCE) -> float:
    """Give the one-sided exact lower bound of the rate behind k out of n; 0 when n is 0."""
    return 0.0 if n <= 0 or k <= 0 else beta_quantile(1 - confidence, k, n - k + 1)


def verdict(failures: int, n: int, limit: float) -> Judgement:
    """Judge a failure rate against a limit by its one-sided 95 % exact bounds."""
    if n <= 0:
        return Judgement(verdict=Verdict.NOT_MEASURED, lower=None, upper=None)
    lower, upper = lower_bound(failures, n), upper_bound(failures, n)
    return judge(Interval(lower, upper), rate=failures / n, n=n, limit=limit)


def judge(bounds: Interval, *, rate: float, n: int, limit: float) -> Judgement:
    """Judge a rate whose one-sided 95 % bounds came from elsewhere (strata, clusters)."""
    # A bound that is the limit itself must not fall to either side by rounding.
    low, high = bounds.low - _ROUNDING, bounds.high - _ROUNDING
    decided = Verdict.PASS if high <= limit else Verdict.FAIL
    if low <= limit < high:
        needed = sample_size(rate, limit)
        more = None if needed is None else max(1, needed - n)
        return Judgement(
            verdict=Verdict.INCONCLUSIVE,
            lower=bounds.low,
            upper=bounds.high,
            more_needed=more,
        )
    return Judgement(verdict=decided, lower=bounds.low, upper=bounds.high)


def sample_size(rate: float, limit: float, power: float = POWER) -> int | None:
    """Count the scored answers that prove a true `rate` to be on its side of `limit`.

    Below the limit, the proof is an upper bound at or below it; above, a lower bound over it;
    both exact, one-sided 95 %, reached with `power`. Exact up to 5,000 answers, the usual
    normal formula beyond. Null when the rate is the limit: no sample can tell.
    """
    if rate == limit or not 0 < limit < 1:
        return None
    if rate > limit:
        rate, limit = 1 - rate, 1 - limit
    z = NormalDist().inv_cdf
    spread = z(CONFIDENCE) * math.sqrt(limit * (1 - limit)) + z(power) * math.sqrt(
        max(0.0, rate * (1 - rate))
    )
    rough = math.ceil((spread / (limit - rate)) ** 2)
    return rough if rough > _EXACT_UP_TO else _exact_sample_size(rate, limit, power)


def sample_size_for_half_width(rate: float, half_width: float) -> int:
    """Count the answers that give a two-sided 95 % interval of this half-width."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    return math.ceil(z * z * rate * (1 - rate) / half_width**2 - 1e-9)


def _exact_sample_size(rate: float, limit: float, power: float) -> int:
    n, allowed = 0, -1
    while True:
        n += 1
        # One more answer allows at most one more failure, so nothing needs a search.
        if binomial_cdf(allowed + 1, n, limit) > 1 - CONFIDENCE:
            continue
        allowed += 1
        if binomial_cdf(allowed, n, rate) >= power:
            return n


def _beta_front(x: float, a: float, b: float) -> float:
    if not 0 < x < 1:
        return 0.0
    n = a + b
    exponent = _stirling_error(n) - _stirling_error(a) - _stirling_error(b)
    exponent -= _deviance(a, n * x) + _deviance(b, n * (1 - x))
    return math.sqrt(a * b / (2 * math.pi * n)) * math.exp(exponent)


def _stirling_error(z: float) -> float:
    if z < _STIRLING_FROM:
        return math.lgamma(z + 1) - (z + 0.5) * math.log(z) + z - _HALF_LOG_2PI
    w = 1 / (z * z)
    series = 1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - w * 691 / 360360))
    return (1 / 12 - w * (1 / 360 - w * series)) / z


def _deviance(x: float, mean: float) -> float:
    gap = (x - mean) / (x + mean)
    if abs(gap) >= _SERIES_BELOW:
        return x * math.log(x / mean) + mean - x
    # The direct formula cancels when x is near the mean; Loader's series does not.
    total, term, odd = (x - mean) * gap, 2 * x * gap, 3
    while True:
        term *= gap * gap
        following = total + term / odd
        if following == total:
            return total
        total, odd = following, odd + 2


def _continued_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / _not_zero(1 + even * d), _not_zero(1 + even / c)
        value *= d * c
        d, c = 1 / _not_zero(1 + odd * d), _not_zero(1 + odd / c)
        value *= d * c
        if abs(d * c - 1) < _CLOSE:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
