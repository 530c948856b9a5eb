"""Carry the scored sample's failures to all of the traffic (PPI++).

The guesses are made from what is known before a request is sent: its task, tier, p_simple and
length; each sampled request is guessed without having been seen.
"""

from typing import NamedTuple

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Bools, Floats, Ground, Ints
from routeaudit.estimate.settle import Settled
from routeaudit.frames import TASKS, TIERS
from routeaudit.result import Evidence, Figure, Interval
from routeaudit.stats.carried import CarriedRate, Sides, carried_rate
from routeaudit.stats.logistic import fit_logistic

FOLDS = 5
_SIMPLE_BINS, _LENGTH_BINS = 21, 64
_HALF_DOUBLINGS = 2.0
_EDGE = 0.02


class Carried(NamedTuple):
    """Failures over all traffic: of the served answers, and of all requests as calls."""

    rate: Figure
    calls: Figure


class _Cells(NamedTuple):
    """(n,) the cell of each request, and (cells, k) what is known of each cell."""

    of: Ints
    columns: Floats


def carried_of(
    ground: Ground, entry: Entry, settled: Settled, evidence: Evidence
) -> Carried | None:
    """Carry a policy's failures to the traffic that its sample speaks of.

    None where there is no sample drawn for it (feedback is none: people choose what they rate),
    where several cheaper arms answer, or where the sample is too small to bear it.
    """
    cheap = {kind.rsplit(">", 1)[-1] for kind in entry.kinds} - {"full", "logged"}
    if entry.role != "policy" or len(cheap) != 1 or ground.clusters is None:
        return None
    column = ground.column(cheap.pop())
    if column.evidence_rank is None:
        return None
    failing = 1 - ground.acceptability(column.score)
    sampled = ~np.isnan(failing)
    cells = _cells(ground)
    covered = _covered(ground, sampled)
    guesses = _guesses(entry, settled.served, failing, sampled, ground.clusters, cells)
    rest = covered & ~sampled
    found = carried_rate(
        Sides(
            np.where(settled.served, failing, 0.0)[sampled],
            settled.served[sampled].astype(float),
        ),
        Sides(guesses.failing[sampled], guesses.served[sampled]),
        Sides(guesses.failing[rest], guesses.served[rest]),
        ground.clusters[sampled],
    )
    return None if found is None else _figures(found, int(covered.sum()), ground.n, evidence)


def _figures(found: CarriedRate, covered: int, n: int, evidence: Evidence) -> Carried:
    method = f"prediction-powered inference (PPI++), guesses weigh {found.trust:.2f}"
    part = (
        "" if covered == n else f"over {covered:,} of {n:,} calls; no answer speaks of the rest"
    )
    low, high = found.rate_interval
    few, many = (end * covered for end in found.share_interval)
    return Carried(
        rate=Figure(
            value=found.rate,
            interval=Interval(low=low, high=high, method=method),
            evidence=evidence,
            note=part,
        ),
        calls=Figure(
            value=found.share * covered,
            interval=Interval(low=few, high=many, method=method),
            evidence=evidence,
            note=part,
        ),
    )


def _covered(ground: Ground, sampled: Bools) -> Bools:
    """(n,) requests of a task and tier that some scored answer speaks of."""
    kind = _codes(ground, "task", len(TASKS)) * (len(TIERS) + 1) + _codes(
        ground, "tier", len(TIERS)
    )
    found: Bools = np.isin(kind, np.unique(kind[sampled]))
    return found


def _codes(ground: Ground, name: str, unknown: int) -> Ints:
    codes: Ints = ground.visible[name].to_physical().cast(int).fill_null(unknown).to_numpy()
    return codes


def _cells(ground: Ground) -> _Cells:
    """Group requests that look alike: guesses are made once a cell, however large the log."""
    simple = ground.visible["p_simple"].cast(float).fill_null(0.5).to_numpy()
    tokens = ground.visible["prompt_tokens"].cast(float).fill_null(0.0).to_numpy()
    parts = (
        _codes(ground, "task", len(TASKS)),
        _codes(ground, "tier", len(TIERS)),
        np.clip(np.rint(simple * (_SIMPLE_BINS - 1)), 0, _SIMPLE_BINS - 1).astype(np.int64),
        np.clip(np.rint(_HALF_DOUBLINGS * np.log2(1 + tokens)), 0, _LENGTH_BINS - 1).astype(
            np.int64
        ),
    )
    sizes = (len(TASKS) + 1, len(TIERS) + 1, _SIMPLE_BINS, _LENGTH_BINS)
    codes, of = np.unique(np.ravel_multi_index(parts, sizes), return_inverse=True)
    task, tier, simple_bin, length_bin = np.unravel_index(codes, sizes)
    inside = np.clip(simple_bin / (_SIMPLE_BINS - 1), _EDGE, 1 - _EDGE)
    columns = np.column_stack(
        [
            task[:, None] == np.arange(len(TASKS)),
            tier[:, None] == np.arange(len(TIERS)),
            np.log(inside / (1 - inside)),
            length_bin / _HALF_DOUBLINGS,
        ]
    ).astype(np.float64)
    return _Cells(of.astype(np.int64), columns)


def _guesses(
    entry: Entry, served: Bools, failing: Floats, sampled: Bools, clusters: Ints, cells: _Cells
) -> Sides:
    """(n,) guesses of every request.

    Whether it is served is known where that was decided before sending; where an answer's
    confidence decides, it is guessed as well.
    """
    fold = clusters % FOLDS
    if entry.score != "confidence" and not any(">" in kind for kind in entry.kinds):
        known = served.astype(np.float64)
        return Sides(_guessed(failing, sampled, fold, cells) * known, known)
    both = np.where(served, np.nan_to_num(failing), 0.0)
    return Sides(
        _guessed(both, sampled, fold, cells),
        _guessed(served.astype(np.float64), sampled, fold, cells),
    )


def _guessed(target: Floats, sampled: Bools, fold: Ints, cells: _Cells) -> Floats:
    """(n,) guesses of a target by curves that were fitted to the other folds of the sample."""
    guesses, everyone = np.zeros(len(target)), np.zeros(len(cells.columns))
    for one in range(FOLDS):
        fits = sampled & (fold != one)
        mine = sampled & (fold == one)
        if not fits.any():
            continue
        curve = fit_logistic(cells.columns[cells.of[fits]], target[fits])
        by_cell = curve.apply(cells.columns)
        guesses[mine] = by_cell[cells.of[mine]]
        everyone += by_cell / FOLDS
    guesses[~sampled] = everyone[cells.of[~sampled]]
    return guesses
