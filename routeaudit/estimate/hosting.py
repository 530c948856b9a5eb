"""Models on GPUs of one's own: how many replicas the log's own arrivals need, and what they cost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.evidence import answered_by
from routeaudit.estimate.ground import Bools, Ground, Host
from routeaudit.estimate.own_gpu import OVERHEADS
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import OWN_GPUS, Settled
from routeaudit.result import QueueRow
from routeaudit.stats.queueing import (
    Queue,
    allen_cunneen_wait,
    fewest_replicas,
    spread_ties,
    superpose,
    waits,
)

QUANTILE = 0.95
TICK_S = 1.0
MOST_COPIES = 100


class Sized(NamedTuple):
    """The replicas of an arm for the calls of one policy; `calls` of the log go there."""

    replicas: int
    calls: int
    row: QueueRow


def size_arms(
    ground: Ground, entry: Entry, settled: Settled, settings: SimulationSettings
) -> dict[str, Sized]:
    """Size every self-hosted arm for one policy's traffic."""
    return {
        arm: _size(ground, entry, settled, arm, settings)
        for arm in ground.hosts
        if settled.calls.get(arm)
    }


def with_gpus(
    ground: Ground, entry: Entry, settled: Settled, sized: Mapping[str, Sized]
) -> Settled:
    """Pay the GPUs by the month, busy or idle, instead of by the second used.

    Rows beside a policy get its replicas in proportion to their calls.
    """
    if ground.calls_per_month is None:
        return settled
    cost, parts = settled.cost, dict(settled.parts)
    for arm, found in sized.items():
        rows = _asks(entry, arm)
        calls = int(rows.sum())
        if not calls or not found.calls:
            continue
        replicas = max(1, int(np.ceil(found.replicas * calls / found.calls)))
        month = replicas * ground.hosts[arm].month_cost
        # The log is a part of a month, or several: it pays that part of the bill.
        share = month * ground.n / ground.calls_per_month / calls
        idle = np.where(rows, share - ground.arms[arm].cost, 0.0)
        cost = cost + idle
        parts[OWN_GPUS] = parts.get(OWN_GPUS, np.zeros(ground.n)) + idle
    return replace(settled, cost=cost, parts=parts)


def queue_rows(sized: Sequence[Mapping[str, Sized]]) -> tuple[QueueRow, ...]:
    """List what was sized, policy by policy."""
    return tuple(found.row for arms in sized for found in arms.values())


def _size(
    ground: Ground, entry: Entry, settled: Settled, arm: str, settings: SimulationSettings
) -> Sized:
    host, rows = ground.hosts[arm], _asks(entry, arm)
    target = settings.latency_target_s
    queue, copies = _queue(ground, host, rows, settings)
    sizing = None if queue is None else fewest_replicas(
        queue, slots_per_replica=host.slots, target_s=target, quantile=QUANTILE
    )  # fmt: skip
    needed = sizing.replicas if sizing is not None else None
    at_least = needed or max(
        1, int(np.ceil(sizing.offered_load / host.slots)) if sizing is not None else 1
    )
    note = f"{entry.policy}: " + ("no times in the log" if sizing is None else sizing.reason)
    if queue is not None and needed is not None:
        note += _waits_told(queue, needed * host.slots)
    if copies > 1:
        note += f"; {copies} shifted copies of the log stand for the whole traffic"
    return Sized(
        at_least,
        int(rows.sum()),
        QueueRow(
            arm=arm,
            target_s=target,
            quantile=QUANTILE,
            replicas=needed,
            floor_s=sizing.floor_s if sizing is not None else None,
            month_usd=at_least * host.month_cost,
            breakeven_calls_per_month=break_even(ground, entry, settled, arm, at_least),
            note=note.strip().rstrip(":"),
        ),
    )


def break_even(
    ground: Ground, entry: Entry, settled: Settled, arm: str, replicas: int
) -> float | None:
    """Calls a month from which the GPUs pay for themselves; None: never.

    `F / (s (c_full - c_small) - overheads)`, with what the small arm's calls really are; overheads
    are the classifier, escalations and cold prompt caches. What another small arm answers pays for
    none of this one's GPUs.
    """
    known = ~np.isnan(ground.baseline.cost) & ~np.isnan(settled.cost)
    answered = answered_by(entry).get(arm)
    if answered is None or not (served := answered & known).any():
        return None
    gain = ground.baseline.cost[served] - ground.arms[arm].cost[served]
    overhead = sum(
        float(np.nanmean(part[known]))
        for name, part in settled.parts.items()
        if name in OVERHEADS
    )
    per_call = float(np.nansum(gain)) / int(known.sum()) - overhead
    return replicas * ground.hosts[arm].month_cost / per_call if per_call > 0 else None


def _queue(
    ground: Ground, host: Host, rows: Bools, settings: SimulationSettings
) -> tuple[Queue | None, int]:
    """The calls that an arm gets, in the order they came, and how many copies of the log they are."""
    if ground.at_s is None:
        return None, 1
    timed = rows & ~np.isnan(ground.at_s) & ~np.isnan(host.service_s)
    if not timed.any():
        return None, 1
    order = np.argsort(ground.at_s[timed], kind="stable")
    arrived = ground.at_s[timed][order]
    if (arrived == np.round(arrived)).all():
        arrived = spread_ties(arrived, TICK_S)
    queue = Queue(arrived - arrived[0], host.service_s[timed][order])
    copies = _copies(ground, settings)
    return (superpose(queue, copies) if copies > 1 else queue), copies


def _waits_told(queue: Queue, slots: int) -> str:
    """Set beside the real waits what steady, Poisson-like traffic would have: for sanity only."""
    steady = allen_cunneen_wait(queue, slots)
    real = float(np.mean(waits(queue, slots)))
    other = "no answer" if steady.value is None else f"{steady.value:.3g} s"
    return f"mean wait {real:.3g} s; a formula for steady traffic (Allen-Cunneen) says {other}"


def _copies(ground: Ground, settings: SimulationSettings) -> int:
    """How many times the log's own rate goes into the volume that was given."""
    if settings.calls_per_month is None or not ground.log_rate:
        return 1
    return int(np.clip(np.round(settings.calls_per_month / ground.log_rate), 1, MOST_COPIES))


def _asks(entry: Entry, arm: str) -> Bools:
    asks: Bools = np.array([arm in kind.split(">") for kind in entry.kinds], bool)[entry.codes]
    return asks
