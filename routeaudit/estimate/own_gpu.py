"""From what volume on a GPU of one's own would pay, where no arm runs on one: arithmetic, no queue."""

import numpy as np

from routeaudit.catalog.arms import HOURS_PER_MONTH, ArmSpec
from routeaudit.estimate.ground import Ground
from routeaudit.estimate.picking import picked
from routeaudit.estimate.settle import Settled
from routeaudit.result import OwnGpu, PolicyResult

OVERHEADS = ("classifier", "escalation", "cache")


def own_gpu(ground: Ground, settled: Settled, result: PolicyResult) -> OwnGpu | None:
    """Say from what volume one GPU pays.

    None on outcome tables, where arms have GPUs, and where the saving is not known.

    `F / (s c_full - overheads)`: the served calls cost nothing more once the GPU is paid. One
    GPU is taken to be enough, which only a replay with `self_hosted` can tell.
    """
    known = ~np.isnan(ground.baseline.cost) & ~np.isnan(settled.cost)
    if ground.hosts or ground.kind != "logs" or result.saving.net is None:
        return None
    rows = int(known.sum())
    served = float(picked(ground.baseline.cost, settled.served & known).sum())
    # The steps take from the gross, so what routing adds stands in them below zero.
    added = sum(step.amount for step in result.waterfall if step.name in OVERHEADS)
    gain = (served + added) / rows
    hour = ArmSpec().gpu_usd_per_hour
    month = hour * HOURS_PER_MONTH
    return OwnGpu(
        gpu_usd_per_hour=hour,
        month_usd=month,
        gain_usd_per_call=gain,
        breakeven_calls_per_month=month / gain if gain > 0 else None,
    )
