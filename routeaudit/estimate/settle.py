"""Settle what paths cost, take and answer: arms add up, the last one's answer counts."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Bools, Floats, Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The outcome of one policy; all arrays (n,), NaN where not known.

    Attributes:
        cost: everything: the calls, the classifier, the cold prompt cache; NaN as well where
            the ground counts no cost.
        served: a cheaper arm gave the answer.
        escalated: a cheaper arm was asked first, and its answer was not kept.
        parts: (n,) what is in `cost` besides the answers, by name.
    """

    cost: Floats
    latency_s: Floats
    score: Floats
    score_low: Floats
    score_high: Floats
    served: Bools
    escalated: Bools
    calls: dict[str, int]
    parts: dict[str, Floats]


def kept_of(entry: Entry, settled: Settled) -> Settled:
    """Keep of an honesty row's outcome what is still read once it is assessed: its scores.

    There are several for each policy, and on millions of requests they would fill the memory.
    """
    if entry.role == "policy":
        return settled
    none = np.empty(0)
    return replace(
        settled, cost=none, latency_s=none, score_low=none, score_high=none, parts={},
        score=settled.score if entry.policy == "shuffle" else none,
    )  # fmt: skip


class Line(NamedTuple):
    """What one path comes to on every request; (n,) each, NaN where not known.

    `drafts` is what its calls but the last cost, and what the last costs more for them.
    """

    cost: Floats
    latency_s: Floats
    score: Floats
    score_low: Floats
    score_high: Floats
    drafts: Floats


class Ledger:
    """Adds up each path once, however many policies take it."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._lines: dict[str, Line] = {}
        self._nothing = np.zeros(ground.n)

    def still(self) -> "Ledger":
        """The same sums without what a switch of arms loses, which hangs on the turn before."""
        other = Ledger(replace(self.ground, sessions=None))
        other._lines = self._lines
        return other

    def line(self, path: str) -> Line:
        """Give the line of a path: arms joined by ">"."""
        if path not in self._lines:
            self._lines[path] = self._add_up(path.split(">"))
        return self._lines[path]

    def _add_up(self, arms: list[str]) -> Line:
        last = self.ground.column(arms[-1])
        cost, latency_s, drafts = last.cost, last.latency_s, self._nothing
        for first, then in pairwise(arms):
            draft, extra = self.ground.column(first), self.ground.extras.between(first, then)
            more = draft.cost if extra is None else draft.cost + extra.cost
            wait = draft.latency_s if extra is None else draft.latency_s + extra.latency_s
            cost, latency_s, drafts = cost + more, latency_s + wait, drafts + more
        low, high = last.score_low, last.score_high
        return Line(
            cost,
            latency_s,
            last.score,
            last.score if low is None else low,
            last.score if high is None else high,
            drafts,
        )


def settle(ledger: Ledger, entry: Entry) -> Settled:
    """Add up every request's path.

    A request that a later arm answers pays and waits for every arm before it too.
    """
    ground, kinds, codes = ledger.ground, entry.kinds, entry.codes
    line = _mixed([ledger.line(kind) for kind in kinds], codes)
    cost, latency_s, parts = line.cost, line.latency_s, {"escalation": line.drafts}
    if entry.reads_classifier:
        cost = cost + ground.classifier.cost
        latency_s = latency_s + ground.classifier.latency_s
        parts["classifier"] = np.broadcast_to(ground.classifier.cost, (ground.n,))
    cold = _cold(ground, kinds, codes)
    if cold is not None:
        cost = cost + cold
        parts["cache"] = cold
    if ground.counted is not None:
        cost = np.where(ground.counted, cost, np.nan)
    last = [kind.rsplit(">", 1)[-1] for kind in kinds]
    cheap = np.array([arm not in {"full", "logged"} for arm in last], bool)
    asked_twice = np.array([">" in kind for kind in kinds], bool)
    return Settled(
        cost=cost,
        latency_s=latency_s,
        score=line.score,
        score_low=line.score_low,
        score_high=line.score_high,
        served=cheap[codes],
        escalated=(asked_twice & ~cheap)[codes],
        calls=_calls(ground, kinds, codes),
        parts=parts,
    )


def _mixed(lines: list[Line], codes: np.ndarray) -> Line:
    """Take each request's values from the line of its own path."""
    here = [codes == code for code in range(1, len(lines))]
    made: dict[tuple[int, ...], Floats] = {}
    fields = []
    for values in zip(*lines, strict=True):
        # The ends of a measured score are the score: the same arrays are mixed once.
        same = tuple(map(id, values))
        if same not in made:
            made[same] = _mixed_field(values, here)
        fields.append(made[same])
    return Line(*fields)


def _mixed_field(values: tuple[Floats, ...], here: list[Bools]) -> Floats:
    if all(other is values[0] for other in values):
        return values[0]
    mixed = values[0].copy()
    for rows, other in zip(here, values[1:], strict=True):
        np.copyto(mixed, other, where=rows)
    return mixed


def _cold(ground: Ground, kinds: tuple[str, ...], codes: np.ndarray) -> Floats | None:
    sessions = ground.sessions
    if sessions is None or not any(kind.endswith("full") for kind in kinds):
        return None
    asks_full = np.array(["full" in kind.split(">") for kind in kinds], bool)
    asked_full = asks_full[codes]
    cold = np.zeros(ground.n)
    # The provider's cache holds what the turn before left there; a cheaper arm leaves nothing.
    here, before = sessions.warm_turns, sessions.turns_before
    switched = here[asked_full[here] & ~asked_full[before]]
    cold[switched] = sessions.cold_cost[switched]
    return cold


def _calls(ground: Ground, kinds: tuple[str, ...], codes: np.ndarray) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(kinds))
    calls = dict.fromkeys(ground.arms, 0)
    for kind, count in zip(kinds, counts.tolist(), strict=True):
        for arm in kind.split(">"):
            calls[arm] = calls.get(arm, 0) + count
    return calls
