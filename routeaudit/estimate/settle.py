"""Settle what paths cost, take and answer: arms add up, the last one's answer counts."""

from dataclasses import dataclass

import numpy as np

from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.frames import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The outcome of one policy; all arrays (n,), NaN where not known.

    Attributes:
        cost: everything: the calls, the classifier, the cold prompt cache.
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

    def parts_on(self, rows: Bools) -> dict[str, float]:
        """Sum each part over some rows; what is not known there counts in no part."""
        return {name: float(np.nansum(part[rows])) for name, part in self.parts.items()}


def settle(ground: Ground, entry: Entry) -> Settled:
    """Add up every request's path.

    A request that a later arm answers pays and waits for every arm before it too.
    """
    kinds, codes = entry.kinds, entry.codes
    lines = _lines(ground, kinds, codes)
    first_calls = lines.pop("drafts")
    cost, latency_s = lines["cost"], lines["latency_s"]
    parts = {"escalation": first_calls}
    if entry.reads_classifier:
        cost = cost + ground.classifier.cost
        latency_s = latency_s + ground.classifier.latency_s
        parts["classifier"] = np.full(ground.n, ground.classifier.cost)
    cold = _cold(ground, kinds, codes)
    if cold is not None:
        cost = cost + cold
        parts["cache"] = cold
    last = [kind.rsplit(">", 1)[-1] for kind in kinds]
    cheap = np.array([arm not in {"full", "logged"} for arm in last], bool)
    asked_twice = np.array([">" in kind for kind in kinds], bool)
    return Settled(
        cost=cost,
        latency_s=latency_s,
        score=lines["score"],
        score_low=lines["score_low"],
        score_high=lines["score_high"],
        served=cheap[codes],
        escalated=asked_twice[codes] & ~cheap[codes],
        calls=_calls(ground, kinds, codes),
        parts=parts,
    )


def _lines(ground: Ground, kinds: tuple[str, ...], codes: np.ndarray) -> dict[str, Floats]:
    names = ("cost", "latency_s", "score", "score_low", "score_high", "drafts")
    lines = {name: np.zeros(ground.n) for name in names}
    for code, kind in enumerate(kinds):
        rows = np.flatnonzero(codes == code) if len(kinds) > 1 else slice(None)
        arms = kind.split(">")
        for place, arm in enumerate(arms):
            column = ground.column(arm)
            lines["cost"][rows] += column.cost[rows]
            lines["latency_s"][rows] += column.latency_s[rows]
            if place:
                _add_extra(ground, (arms[place - 1], arm), lines, rows)
            if place < len(arms) - 1:
                lines["drafts"][rows] += column.cost[rows]
        answer = ground.column(arms[-1])
        lines["score"][rows] = answer.score[rows]
        low, high = answer.score_low, answer.score_high
        lines["score_low"][rows] = (answer.score if low is None else low)[rows]
        lines["score_high"][rows] = (answer.score if high is None else high)[rows]
    return lines


def _add_extra(
    ground: Ground,
    hop: tuple[str, str],
    lines: dict[str, Floats],
    rows: np.ndarray | slice,
) -> None:
    extra = ground.extras.between(*hop)
    if extra is not None:
        lines["cost"][rows] += extra.cost[rows]
        lines["latency_s"][rows] += extra.latency_s[rows]
        lines["drafts"][rows] += extra.cost[rows]


def _cold(ground: Ground, kinds: tuple[str, ...], codes: np.ndarray) -> Floats | None:
    sessions = ground.sessions
    if sessions is None or not any(kind.endswith("full") for kind in kinds):
        return None
    asked_full = np.array(["full" in kind.split(">") for kind in kinds], bool)[codes]
    here, before = sessions.order[1:], sessions.order[:-1]
    same = (sessions.key[here] >= 0) & (sessions.key[here] == sessions.key[before])
    cold = np.zeros(ground.n)
    # The provider's cache holds what the call before left there; a cheaper arm leaves nothing.
    switched = here[same & asked_full[here] & ~asked_full[before]]
    cold[switched] = np.nan_to_num(sessions.cold_cost[switched])
    return cold


def _calls(ground: Ground, kinds: tuple[str, ...], codes: np.ndarray) -> dict[str, int]:
    counts = np.bincount(codes, minlength=len(kinds))
    calls = dict.fromkeys(ground.arms, 0)
    for kind, count in zip(kinds, counts.tolist(), strict=True):
        for arm in kind.split(">"):
            calls[arm] = calls.get(arm, 0) + count
    return calls
