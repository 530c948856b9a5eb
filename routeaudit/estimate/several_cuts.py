"""Several cuts at once: the cheapest set of thresholds whose failure rate is guaranteed.

One row is answered by the first arm whose score reaches its threshold. The sets of thresholds
that are tried lie on a few paths, each from strict to lax, laid out from the scores alone; each
path is walked as in `stats.thresholds` with its part of the doubt, so that all that is proven
holds together in 95 of 100 samples (fixed-sequence testing, Bonferroni over the paths).
"""

from typing import NamedTuple

import numpy as np

from routeaudit.comparison import Asked, Entry
from routeaudit.estimate.ground import Bools, Floats, Ints
from routeaudit.estimate.settle import Ledger
from routeaudit.estimate.visible import score_of
from routeaudit.stats.sweep import share_thresholds
from routeaudit.stats.thresholds import (
    DELTA,
    LEVELS,
    one_per_cluster,
    walk,
    walk_p_values,
    walk_p_values_graded,
)

MICRO_PART = 0.625
"""Of what is served, where no shares are asked: 50 of 50 + 30."""

UNSCORED = (
    "no answer of a cheaper arm is scored, so no threshold can be guaranteed; everything goes"
    " to the full arm"
)
Cuts = tuple[float, ...]


class Several(NamedTuple):
    """The cheapest proven thresholds, one for each cheaper arm, or None with the reason."""

    cuts: Cuts | None
    note: str


class Ladder(NamedTuple):
    """The cheaper arms in the order they are asked; (n,) each, NaN where not known.

    `costs` has one more: what a row costs that none of them answers.
    """

    scores: tuple[Floats, ...]
    failures: tuple[Floats, ...]
    costs: tuple[Floats, ...]
    paths: tuple[tuple[Cuts, ...], ...]

    def answered(self, cuts: Cuts) -> Ints:
        """(n,) which arm answers; as many as there are where none does."""
        kept = [score >= cut for score, cut in zip(self.scores, cuts, strict=True)]
        place: Ints = np.argmax([*kept, np.ones(len(kept[0]), bool)], axis=0)
        return place


def several_cuts(ledger: Ledger, entry: Entry, asked: Asked, limit: float) -> Several | None:
    """Find thresholds for a policy of several cuts; None where it has not several.

    Thresholds are on the visible scale, infinity where an arm keeps nothing.
    """
    ground, ladder = ledger.ground, _ladder(ledger, entry, asked)
    if ladder is None:
        return None
    if any(ground.arms[arm].score_low is not None for arm in cheap_arms(entry)):
        return Several(None, UNSCORED)
    rows = np.ones(ground.n, bool)
    if ground.clusters is not None:
        rows = one_per_cluster(ground.clusters, ground.visible["chance"].to_numpy())
    delta = DELTA / len(ladder.paths)
    proven = [
        path[at] for path in ladder.paths for at in _proven(ladder, path, rows, (limit, delta))
    ]
    if not proven:
        return Several(None, "no thresholds can be guaranteed; everything goes to the full arm")
    best = min(proven, key=lambda cuts: _dearness(ladder, cuts))
    return Several(
        best,
        f"failures of served answers stay within {limit:.1%} with 95 % confidence, if the"
        f" traffic is like these rows; the cheapest of {len(proven)} proven sets of thresholds",
    )


def cheap_arms(entry: Entry) -> tuple[str, ...]:
    """Name the arms that a policy of several cuts has below the full one, in its order."""
    if "micro_cut" in entry.params:
        return ("micro", "mid")
    return tuple(part.strip() for part in str(entry.params["order"]).split(","))[:-1]


def _ladder(ledger: Ledger, entry: Entry, asked: Asked) -> Ladder | None:
    ground = ledger.ground
    together = "micro_cut" in entry.params
    if not together and "order" not in entry.params:
        return None
    arms = cheap_arms(entry)
    scores = tuple(score_of(ground, entry, arm) for arm in arms)
    lines = [*arms, "full"] if together else [
        ">".join([*arms, "full"][: at + 1]) for at in range(len(arms) + 1)
    ]  # fmt: skip
    return Ladder(
        scores=scores,
        failures=tuple(1 - ground.acceptability(ground.arms[arm].score) for arm in arms),
        costs=tuple(ledger.line(line).cost for line in lines),
        paths=_one_score(scores[0], asked) if together else _own_scores(scores),
    )


def _one_score(score: Floats, asked: Asked) -> tuple[tuple[Cuts, ...], ...]:
    """Three paths on one score: both arms in the asked ratio, mid alone, micro alone."""
    part = asked.shares[0] / sum(asked.shares) if len(asked.shares) > 1 else MICRO_PART
    shares = np.arange(1, LEVELS + 1) / LEVELS
    lax, strict = _levels(score, shares), _levels(score, part * shares)
    both = tuple(zip(strict, lax, strict=True))
    return both, tuple((np.inf, cut) for cut in lax), tuple((cut, cut) for cut in lax)


def _own_scores(scores: tuple[Floats, ...]) -> tuple[tuple[Cuts, ...], ...]:
    """All arms together, the later ones keeping more of what reaches them, and each alone."""
    shares, last = np.arange(1, LEVELS + 1) / LEVELS, len(scores) - 1
    together = [
        _levels(score, MICRO_PART ** (last - place) * shares)
        for place, score in enumerate(scores)
    ]
    alone = [
        tuple(
            tuple(cut if at == place else np.inf for at in range(len(scores)))
            for cut in _levels(score, shares)
        )
        for place, score in enumerate(scores)
    ]
    return (tuple(zip(*together, strict=True)), *(alone if last else ()))


def _levels(score: Floats, shares: Floats) -> list[float]:
    """Thresholds that keep these shares, or all that has a score where that is less."""
    known = score[~np.isnan(score)]
    if not len(known):
        return [np.inf] * len(shares)
    found = share_thresholds(score, shares)
    return [float(cut) for cut in np.where(np.isnan(found), known.min(), found)]


def _proven(
    ladder: Ladder, path: tuple[Cuts, ...], rows: Bools, promise: tuple[float, float]
) -> set[int]:
    limit, delta = promise
    none = np.full(len(rows), np.nan)
    served, losses, graded = [], [], False
    for cuts in path:
        answered = ladder.answered(cuts)
        lost = np.choose(answered, [*ladder.failures, none])[rows]
        lost = np.clip(lost[~np.isnan(lost)], 0.0, 1.0)
        graded = graded or bool(((lost > 0) & (lost < 1)).any())
        served.append(len(lost))
        losses.append(float(lost.sum()))
    p_values = walk_p_values_graded if graded else walk_p_values
    return walk(p_values(np.array(served), np.array(losses), limit, delta), 0, delta)


def _dearness(ladder: Ladder, cuts: Cuts) -> tuple[float, float]:
    """Rank by mean cost where every arm has one; then by what is served."""
    answered = ladder.answered(cuts)
    known = ~np.isnan(np.sum(ladder.costs, axis=0))
    cost = np.choose(answered, ladder.costs)[known]
    kept = float((answered < len(ladder.scores)).mean())
    return (float(cost.mean()) if len(cost) else 0.0), -kept
