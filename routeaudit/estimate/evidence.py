"""On what the scores of a policy's answers rest: the worst evidence that matters, and its gaps."""

from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Bools, Ground
from routeaudit.estimate.settle import Settled
from routeaudit.result import Evidence

WORST_SHARE = 0.05
"""The evidence of a policy is the worst of at least this share of its served requests."""

_RANKS = tuple(Evidence)


class Gap(NamedTuple):
    """Served answers without a score, in words; `blind` is the share of work with none at all."""

    told: str
    blind: float


def worst_evidence(ranks: np.ndarray) -> Evidence:
    """Give the worst rank that at least 5 % of some scores have; NONE without a score."""
    counts = np.bincount(ranks, minlength=len(_RANKS))
    return _worst(counts.astype(float)) if counts.any() else Evidence.NONE


def evidence_of(ground: Ground, entry: Entry, settled: Settled) -> Evidence:
    """Give the worst evidence of the cheaper arms' answers that 5 % of the served requests got.

    The scored answers of an arm speak for all that it gives, each with its own evidence.
    """
    weights = np.zeros(len(_RANKS))
    for arm, rows in answered_by(entry).items():
        if arm in {"full", "logged"} or not rows.any():
            continue
        column, answers = ground.column(arm), np.count_nonzero(rows)
        if column.evidence_rank is None:
            weights[_RANKS.index(column.quality_evidence)] += answers
            continue
        scored = rows & ~np.isnan(settled.score)
        if not scored.any():
            weights[_RANKS.index(column.quality_evidence)] += answers
            continue
        counts = np.bincount(column.evidence_rank[scored], minlength=len(_RANKS))
        weights += counts * (answers / scored.sum())
    return _worst(weights) if weights.any() else ground.baseline.quality_evidence


def answered_by(entry: Entry) -> dict[str, Bools]:
    """(n,) for each arm the requests whose answer it gave."""
    codes = entry.codes
    answered: dict[str, Bools] = {}
    for code, kind in enumerate(entry.kinds):
        arm, rows = kind.rsplit(">", 1)[-1], codes == code
        answered[arm] = answered[arm] | rows if arm in answered else rows
    return answered


def gap_of(ground: Ground, settled: Settled) -> Gap:
    """Say how many served answers are scored, between which ends the rest leaves the failures."""
    served, scored = settled.served, settled.served & ~np.isnan(settled.score)
    n, k = int(served.sum()), int(scored.sum())
    if not n or k == n:
        return Gap("", 0.0)
    told = f"{k:,} of {n:,} served answers are scored"
    if not k:
        return Gap(told, 1.0)
    lost = float((1 - ground.acceptability(settled.score[scored])).sum())
    told += (
        f": {lost / n:.1%} fail if the others all hold, {(lost + n - k) / n:.1%} if none does"
    )
    blind, names = _blind(ground, served, scored)
    if blind >= WORST_SHARE:
        told += (
            f"; none to {names} is scored ({blind:.0%} of the served): no verdict without them"
        )
    return Gap(told, blind)


def _blind(ground: Ground, served: Bools, scored: Bools) -> tuple[float, str]:
    """The share of served requests of kinds of work that have no scored answer."""
    if "task" not in ground.visible.columns:
        return 0.0, ""
    work = pl.DataFrame({"task": ground.visible["task"], "served": served, "scored": scored})
    tasks = work.group_by("task").agg(pl.col("served", "scored").sum())
    blind = tasks.filter((pl.col("scored") == 0) & (pl.col("served") > 0)).sort(
        "served", descending=True
    )
    names = ", ".join(blind["task"].cast(pl.String).fill_null("unknown work"))
    return float(blind["served"].sum()) / int(served.sum()), names


def _worst(weights: np.ndarray) -> Evidence:
    often = np.flatnonzero(weights >= WORST_SHARE * weights.sum())
    return _RANKS[int(often.max())]
