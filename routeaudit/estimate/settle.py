"""Settle what paths cost, take and answer: arms add up, the last one's answer counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.estimate.picking import chosen

OWN_GPUS = "own GPUs"
"""The part of the cost that GPUs of one's own are paid beyond the seconds used."""

_UNKNOWN = np.array([np.nan])


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The outcome of one policy; all arrays (n,), NaN where not known.

    Attributes:
        cost: everything: the calls, the classifier, the cold prompt cache; NaN as well where
            the ground counts no cost.
        served: a cheaper arm gave the answer.
        escalated: a cheaper arm was asked first, and its answer was not kept.
        score_low: gives the low ends of the scores: they are looked at once, and not held.
        score_high: gives the high ends.
        parts: (n,) what is in `cost` besides the answers, by name.
    """

    cost: Floats
    latency_s: Floats
    score: Floats
    score_low: Callable[[], Floats]
    score_high: Callable[[], Floats]
    served: Bools
    escalated: Bools
    calls: dict[str, int]
    parts: dict[str, Floats]


def kept_of(settled: Settled) -> Settled:
    """Keep of a policy's outcome what is read once it is assessed."""
    none = np.empty(0)
    gpus = {name: part for name, part in settled.parts.items() if name == OWN_GPUS}
    return replace(settled, score_low=lambda: none, score_high=lambda: none, parts=gpus)


def scores_of(ground: Ground, entry: Entry, settled: Settled) -> Settled:
    """Keep of a row's outcome what policies are compared with: measured scores of a shuffle.

    There are several rows for each policy, and on millions of requests they would fill the memory.
    """
    none, unmarked = np.empty(0), np.empty(0, bool)
    cheap = (column for arm, column in ground.arms.items() if arm != "full")
    compared = entry.policy == "shuffle" and any(arm.score_low is None for arm in cheap)
    return replace(
        kept_of(settled), cost=none, latency_s=none, score=settled.score if compared else none,
        served=unmarked, escalated=unmarked, parts={},
    )  # fmt: skip


class Line(NamedTuple):
    """What one path comes to on every request; (n,) each, NaN where not known.

    `drafts` is what its calls but the last cost, and what the last costs more for them.
    """

    cost: Floats
    latency_s: Floats
    score: Floats
    score_low: Callable[[], Floats]
    score_high: Callable[[], Floats]
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
        measured = lambda: last.score  # noqa: E731 as the ends of an assumed one are given
        return Line(
            cost,
            latency_s,
            last.score,
            last.score_low or measured,
            last.score_high or measured,
            drafts,
        )


def settle(ledger: Ledger, entry: Entry) -> Settled:
    """Add up every request's path.

    A request that a later arm answers pays and waits for every arm before it too.
    """
    ground, kinds, codes = ledger.ground, entry.kinds, entry.codes
    # A mask for each path: comparing codes is many times faster than looking them up.
    here = [codes == code for code in range(len(kinds))]
    lines = [ledger.line(kind) for kind in kinds]

    def mixed(name: str) -> Floats:
        return _mixed(tuple(getattr(line, name) for line in lines), here)

    cost, latency_s, parts = mixed("cost"), mixed("latency_s"), dict[str, Floats]()
    if any(">" in kind for kind in kinds):
        parts["escalation"] = mixed("drafts")
    if entry.reads_classifier:
        cost = cost + ground.classifier.cost
        latency_s = latency_s + ground.classifier.latency_s
        parts["classifier"] = np.broadcast_to(ground.classifier.cost, (ground.n,))
    cold = _cold(ground, kinds, here)
    if cold is not None:
        cost = cost + cold
        parts["cache"] = cold
    if ground.counted is not None:
        cost = chosen(ground.counted, cost, _UNKNOWN)
    last = [kind.rsplit(">", 1)[-1] for kind in kinds]
    cheap = [arm not in {"full", "logged"} for arm in last]
    asked_twice = [">" in kind for kind in kinds]
    return Settled(
        cost=cost,
        latency_s=latency_s,
        score=mixed("score"),
        score_low=lambda: _mixed(tuple(line.score_low() for line in lines), here),
        score_high=lambda: _mixed(tuple(line.score_high() for line in lines), here),
        served=_any_of(here, cheap),
        escalated=_any_of(here, [a and not b for a, b in zip(asked_twice, cheap, strict=True)]),
        calls=_calls(ground, kinds, here),
        parts=parts,
    )


def _any_of(here: list[Bools], wanted: list[bool]) -> Bools:
    """(n,) requests whose path is one of those wanted."""
    found = np.zeros(len(here[0]), bool)
    for rows, is_wanted in zip(here, wanted, strict=True):
        if is_wanted:
            found |= rows
    return found


def _mixed(values: tuple[Floats, ...], here: list[Bools]) -> Floats:
    """Take each request's value from the line of its own path."""
    mixed = values[0]
    for rows, other in zip(here[1:], values[1:], strict=True):
        if other is not values[0] or mixed is not values[0]:
            mixed = chosen(rows, other, mixed)
    return mixed


def _cold(ground: Ground, kinds: tuple[str, ...], here: list[Bools]) -> Floats | None:
    sessions = ground.sessions
    if sessions is None or not any(kind.endswith("full") for kind in kinds):
        return None
    asked_full = _any_of(here, ["full" in kind.split(">") for kind in kinds])
    cold = np.zeros(ground.n)
    # The provider's cache holds what the turn before left there; a cheaper arm leaves nothing.
    warm, before = sessions.warm_turns, sessions.turns_before
    switched = asked_full[warm] & ~asked_full[before]
    cold[warm[switched]] = sessions.cold_cost[switched]
    return cold


def _calls(ground: Ground, kinds: tuple[str, ...], here: list[Bools]) -> dict[str, int]:
    calls = dict.fromkeys(ground.arms, 0)
    for kind, rows in zip(kinds, here, strict=True):
        count = int(np.count_nonzero(rows))
        for arm in kind.split(">"):
            calls[arm] = calls.get(arm, 0) + count
    return calls
