"""What changed between two periods: how far the mix moved, and what moved the bill."""

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

from routeaudit.stats.figures import Figure, Floats, known, refused

_LEAST_SHARE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """(G,) calls, tokens and dollars of each segment (task x model), in the same order."""

    calls: Floats
    tokens: Floats
    cost_usd: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class BillChange:
    """Dollars by cause; the four add up to the change of the bill.

    volume: more or fewer calls in all. mix: which segments they fall into. price: dollars per
    token of a segment. tokens: how long its calls are.
    """

    volume_usd: float
    mix_usd: float
    price_usd: float
    tokens_usd: float

    @property
    def total_usd(self) -> float:
        """The whole change of the bill."""
        return self.volume_usd + self.mix_usd + self.price_usd + self.tokens_usd


def population_stability_index(before: npt.ArrayLike, after: npt.ArrayLike) -> Figure:
    """Measure how far shares moved: under .1 little, over .25 a lot.

    Args:
        before: (G,) counts or shares of each segment.
        after: (G,) the same segments later; empty ones count as one in 10,000.
    """
    parts = stability_parts(before, after)
    return refused("one of the periods is empty") if parts is None else known(parts.sum())


def stability_parts(before: npt.ArrayLike, after: npt.ArrayLike) -> Floats | None:
    """Give (G,) what each segment adds to the index, never negative; None for an empty period."""
    old, new = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if old.sum() <= 0 or new.sum() <= 0:
        return None
    old = np.maximum(old / old.sum(), _LEAST_SHARE)
    new = np.maximum(new / new.sum(), _LEAST_SHARE)
    parts: Floats = (new - old) * np.log(new / old)
    return parts


def bill_change(before: Period, after: Period) -> BillChange | None:
    """Split the change of a bill by cause, evenly over the orders they could come in (Shapley).

    A segment that is new or gone has no price or length in one period; it takes the other's,
    so that its whole effect is mix and volume. One without tokens is priced by the call. Null
    when a period has no calls.
    """
    if before.calls.sum() <= 0 or after.calls.sum() <= 0:
        return None
    by_token = _has_tokens(before) & _has_tokens(after)
    old, new = _factors(before, by_token), _factors(after, by_token)
    old, new = np.where(np.isnan(old), new, old), np.where(np.isnan(new), old, new)
    old, new = np.nan_to_num(old), np.nan_to_num(new)
    parts = [float(_shapley(old, new, cause).sum()) for cause in range(len(old))]
    return BillChange(
        volume_usd=parts[0], mix_usd=parts[1], tokens_usd=parts[2], price_usd=parts[3]
    )


def _has_tokens(period: Period) -> npt.NDArray[np.bool_]:
    # A segment without calls says nothing, so it doesn't stand in the way.
    has: npt.NDArray[np.bool_] = (period.tokens > 0) | (period.calls == 0)
    return has


def _factors(period: Period, by_token: npt.NDArray[np.bool_]) -> Floats:
    there = period.calls > 0
    units = np.where(by_token, period.tokens, period.calls)
    volume = period.calls.sum()
    nothing = np.full(len(units), np.nan)
    return np.stack(
        [
            np.full(len(units), volume),
            period.calls / volume,
            np.divide(units, period.calls, out=nothing.copy(), where=there),
            np.divide(period.cost_usd, units, out=nothing.copy(), where=there & (units > 0)),
        ]
    )


def _shapley(old: Floats, new: Floats, cause: int) -> Floats:
    others = [at for at in range(len(old)) if at != cause]
    total = np.zeros(old.shape[1])
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(old))
        for moved in combinations(others, size):
            held = [new[at] if at in moved else old[at] for at in others]
            total += weight * np.prod(held, axis=0) * (new[cause] - old[cause])
    return total
