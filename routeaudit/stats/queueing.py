"""How long calls wait for a self-hosted model: the log's own arrivals, in order (G/G/c, FCFS).

Rows are never shuffled or resampled: real arrivals come in bursts and go together with real
service times, and both decide the wait.
"""

import heapq
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.stats.figures import Figure, Floats, known, refused


class Queue(NamedTuple):
    """Calls in order of arrival: (n,) when each came, (n,) how long it is served, seconds."""

    arrived_s: Floats
    service_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """How many replicas keep a response-time target, and what that rests on.

    `replicas` and `reached_s` (the quantile with that many) are null when the target is not
    reachable at any size; `reason` then says why. `floor_s` is the quantile of the service
    alone: no number of replicas gets below it. `offered_load` is the mean number of busy
    slots.
    """

    replicas: int | None
    reached_s: float | None
    floor_s: float
    offered_load: float
    reason: str = ""


def waits(queue: Queue, slots: int) -> Floats:
    """(n,) seconds that each call waits for a free slot, first come first served.

    Raises:
        ValueError: the calls are not in order of arrival.
    """
    if (np.diff(queue.arrived_s) < 0).any():
        raise ValueError("the calls of a queue must be in order of arrival")
    if slots == 1:
        return _lindley(queue)
    starts = []
    free_at = [-math.inf] * slots
    arrivals = np.asarray(queue.arrived_s, dtype=np.float64)
    services = np.asarray(queue.service_s, dtype=np.float64).tolist()
    replace = heapq.heapreplace
    for arrived, service in zip(arrivals.tolist(), services, strict=True):
        start = max(arrived, free_at[0])
        replace(free_at, start + service)
        starts.append(start)
    return np.asarray(starts) - arrivals


def fewest_replicas(
    queue: Queue, *, slots_per_replica: int, target_s: float, quantile: float = 0.95
) -> Sizing:
    """Find the fewest replicas whose response-time quantile keeps a target.

    Doubling, then bisection: with the same input, every wait falls as slots are added, so the
    search is exact.
    """
    load = offered_load(queue)
    if len(queue.arrived_s) < rows_needed(quantile):
        floor = float(np.quantile(queue.service_s, quantile)) if len(queue.service_s) else 0.0
        reason = _too_few(len(queue.arrived_s), quantile)
        return _unreachable(floor, load, reason)
    floor = float(np.quantile(queue.service_s, quantile))
    if floor > target_s:
        reason = f"not reachable at any size: the service alone takes {floor:.2f} s"
        return _unreachable(floor, load, reason)
    found, reached = _search(queue, slots_per_replica, target_s, quantile)
    return Sizing(replicas=found, reached_s=reached, floor_s=floor, offered_load=load)


def rows_needed(quantile: float) -> int:
    """Count the rows below which a quantile is refused: 20 must lie beyond it."""
    return math.ceil(20 / (1 - quantile) - 1e-6)


def offered_load(queue: Queue) -> float:
    """Return the mean number of busy slots: service seconds asked per second; 0 for no span."""
    if len(queue.arrived_s) == 0:
        return 0.0
    span_s = float(queue.arrived_s[-1] - queue.arrived_s[0])
    return float(np.sum(queue.service_s, dtype=np.float64)) / span_s if span_s > 0 else 0.0


def spread_ties(arrived_s: npt.ArrayLike, tick_s: float) -> Floats:
    """Spread arrivals that share a rounded timestamp evenly inside its tick.

    Args:
        arrived_s: (n,) sorted, rounded down to `tick_s`.
        tick_s: the resolution of the clock; left as they are, ties would be bursts.
    """
    times = np.asarray(arrived_s, dtype=np.float64)
    _, first, group, size = np.unique(
        times, return_index=True, return_inverse=True, return_counts=True
    )
    place = np.arange(len(times)) - first[group]
    spread: Floats = times + tick_s * place / size[group]
    return spread


def superpose(queue: Queue, copies: int) -> Queue:
    """Rebuild full traffic from a 1-in-`copies` sample: copies shifted evenly around the span.

    An approximation, to be flagged: a sample has lost the bursts of the real traffic.
    """
    arrived = np.asarray(queue.arrived_s, dtype=np.float64)
    rows, start = len(arrived), arrived[0]
    # One mean gap follows the last call before the traffic comes around again.
    period_s = (arrived[-1] - start) * rows / max(rows - 1, 1)
    shifts = period_s * np.arange(copies)[:, None] / copies
    turned = np.mod(arrived - start + shifts, period_s or np.inf)
    everyone = (start + turned).ravel()
    order = np.argsort(everyone, kind="stable")
    return Queue(everyone[order], np.tile(queue.service_s, copies)[order])


def erlang_c(slots: int, load: float) -> Figure:
    """Give the chance that a call waits in M/M/c; refused when the load fills all slots."""
    if load >= slots:
        return refused("the offered load fills every slot")
    blocked = 1.0
    for slot in range(1, slots + 1):
        blocked = load * blocked / (slot + load * blocked)
    return known(blocked / (1 - load / slots * (1 - blocked)))


def allen_cunneen_wait(queue: Queue, slots: int) -> Figure:
    """Give the mean wait in seconds that steady, Poisson-like traffic would have.

    A line for sanity beside the real queue, never instead of it.
    """
    gaps = np.diff(queue.arrived_s)
    load = offered_load(queue)
    waiting = erlang_c(slots, load)
    if waiting.value is None or len(gaps) == 0 or load == 0:
        return refused(waiting.reason or "the arrivals span no time")
    service_s = float(np.mean(queue.service_s))
    variation = _squared_variation(gaps) + _squared_variation(np.asarray(queue.service_s))
    return known(waiting.value * service_s / (slots - load) * variation / 2)


def _squared_variation(values: Floats) -> float:
    return float(values.var() / values.mean() ** 2)


def _lindley(queue: Queue) -> Floats:
    # W_n = X_n - min(X_0 .. X_n) with X_0 = 0, where X sums service minus the gap that follows.
    waits_s = np.zeros(len(queue.arrived_s))
    arrived = np.asarray(queue.arrived_s, dtype=np.float64)
    steps = np.asarray(queue.service_s, dtype=np.float64)[:-1] - np.diff(arrived)
    np.cumsum(steps, out=waits_s[1:])
    return waits_s - np.minimum.accumulate(waits_s)


def _response_s(queue: Queue, slots: int, quantile: float) -> float:
    return float(np.quantile(waits(queue, slots) + queue.service_s, quantile))


def _search(
    queue: Queue, slots_per_replica: int, target_s: float, quantile: float
) -> tuple[int, float]:
    low, high = 0, max(1, math.ceil(offered_load(queue) / slots_per_replica))
    reached = _response_s(queue, high * slots_per_replica, quantile)
    while reached > target_s:
        low, high = high, 2 * high
        reached = _response_s(queue, high * slots_per_replica, quantile)
    while high - low > 1:
        middle = (low + high) // 2
        tried = _response_s(queue, middle * slots_per_replica, quantile)
        if tried <= target_s:
            high, reached = middle, tried
        else:
            low = middle
    return high, reached


def _too_few(rows: int, quantile: float) -> str:
    return f"{rows} rows are too few for p{100 * quantile:g}: it needs {rows_needed(quantile)}"


def _unreachable(floor_s: float, load: float, reason: str) -> Sizing:
    return Sizing(
        replicas=None, reached_s=None, floor_s=floor_s, offered_load=load, reason=reason
    )
