"""What the log itself tried: which arm gave each answer, how people rated it, and what that proves."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from routeaudit.catalog.arms import Arms
from routeaudit.comparison import Entry
from routeaudit.estimate.evidence import answered_by
from routeaudit.estimate.ground import Floats, Ground, Ints, Tried
from routeaudit.estimate.picking import constant
from routeaudit.estimate.settle import Settled
from routeaudit.frames import TASKS
from routeaudit.stats.off_policy import Logged, cross_fitted_means, evaluate

FOLDS = 5
BINS = 10
NEXT = "send a random 5 % to each small arm and log feedback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rated requests that a policy serves; (m,), and (m, A) what it would choose.

    `fold` keeps the requests of one conversation or prompt together.
    """

    reward: Floats
    arm: Ints
    cell: Ints
    fold: Ints
    chance: Floats
    chosen: Floats


def tried_arms(found: pl.DataFrame, arms: Arms) -> Tried:
    """Say which arm each logged call was, with its feedback; what is no small arm is the full one."""
    names = list(arms.by_name())
    arm = np.full(found.height, len(names) - 1, np.int8)
    models = found["llm_id"].fill_null("")
    for place, name in enumerate(names[:-1]):
        wanted = arms.by_name()[name].llm_id
        if wanted is not None and wanted != arms.full.llm_id:
            arm[(models == wanted).to_numpy()] = place
    rated = found["feedback"]
    if rated.null_count() == len(rated):
        return Tried(arm=arm, reward=constant(np.nan, len(rated)))
    reward: Floats = rated.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return Tried(arm=arm, reward=reward)


def tried_told(tried: Tried, arms: int) -> tuple[str, ...]:
    """Say at once why a log can prove nothing about arms that it did not use; else nothing."""
    if (tried.arm == arms - 1).all():
        return (f"off-policy: refused, all calls went to the full arm: {NEXT}",)
    if np.isnan(tried.reward).all():
        return ("off-policy: refused, no call has feedback: log how good the answers were",)
    return ()


def off_policy_told(ground: Ground, entry: Entry, settled: Settled) -> tuple[str, ...]:
    """Give the doubly robust failure rate of what a policy serves, or say why there is none.

    The log's chances are its own frequencies within each task and tenth of p_simple: what else
    its router looked at, it does not say.
    """
    tried = ground.tried
    if tried is None or entry.role != "policy" or tried_told(tried, len(ground.arms)):
        return ()
    rows = _rows(ground, entry, settled, tried)
    if rows is None:
        return ("off-policy: refused, no request it serves has feedback",)
    logged = Logged(reward=rows.reward, arm=rows.arm, chance=rows.chance, policy=rows.chosen)
    predicted = cross_fitted_means(logged, rows.cell, rows.fold)
    found = evaluate(
        Logged(
            reward=rows.reward,
            arm=rows.arm,
            chance=rows.chance,
            policy=rows.chosen,
            predicted=predicted,
        )
    )
    if found.refusals or found.doubly_robust is None:
        return (f"off-policy: refused, {'; '.join(found.refusals)}: {NEXT}",)
    value, (low, high) = found.doubly_robust
    flags = "".join(f"; {flag}" for flag in found.flags)
    return (
        f"off-policy (ESTIMATED from {len(rows.arm):,} rated calls): {1 - value:.1%} of its"
        f" answers would fail ({max(1 - high, 0):.1%} to {min(1 - low, 1):.1%}){flags}",
    )


def _rows(ground: Ground, entry: Entry, settled: Settled, tried: Tried) -> Rows | None:
    rated = settled.served & ~np.isnan(tried.reward)
    if int(rated.sum()) < 2:  # noqa: PLR2004 one call has no spread
        return None
    cell = _cells(ground)
    names = list(ground.arms)
    counts = np.zeros((int(cell.max()) + 1, len(names)))
    np.add.at(counts, (cell, tried.arm), 1.0)
    chance = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    chosen = np.zeros((ground.n, len(names)))
    for arm, rows in answered_by(entry).items():
        chosen[rows, names.index("full" if arm == "logged" else arm)] = 1.0
    return Rows(
        reward=tried.reward[rated],
        arm=tried.arm[rated].astype(np.int64),
        cell=cell[rated],
        fold=_folds(ground)[rated],
        chance=chance[cell[rated]],
        chosen=chosen[rated],
    )


def _cells(ground: Ground) -> Ints:
    visible = ground.visible
    task = visible["task"].to_physical().cast(pl.Int64).fill_null(len(TASKS)).to_numpy()
    simple = visible["p_simple"].cast(pl.Float64).fill_null(0.0).to_numpy()
    cells: Ints = task * BINS + np.clip((simple * BINS).astype(np.int64), 0, BINS - 1)
    return cells


def _folds(ground: Ground) -> Ints:
    """(n,) a fold by the request's own die, or by its group: in whatever order the rows come."""
    if ground.clusters is not None:
        return ground.clusters % FOLDS
    folds: Ints = (ground.visible["chance"].to_numpy() * FOLDS).astype(np.int64)
    return folds
