"""The first line of a result: what to think of it, the bad news first."""

import numpy as np

from routeaudit.estimate.ground import Floats, Ground
from routeaudit.estimate.settle import Settled
from routeaudit.frames import Entry
from routeaudit.result import Evidence, PolicyResult

_Z = 1.959964


def headline(ground: Ground, rows: list[tuple[Entry, Settled, PolicyResult]]) -> str:
    """Say the worst that is true of the policies, then what they would save."""
    policies = [row for row in rows if row[0].role == "policy"]
    if not policies:
        return "No policy was compared."
    doubts = [doubt for row in policies for doubt in _doubts(ground, row, rows)]
    savings = [_saving(row[2]) for row in policies]
    measured = any(row[2].quality.n_scored for row in policies)
    unknown = "" if measured else " Quality is NOT MEASURED."
    said = " ".join(dict.fromkeys(doubts))
    return f"{said} {'; '.join(savings)}.{unknown}".strip()


def _doubts(
    ground: Ground,
    row: tuple[Entry, Settled, PolicyResult],
    rows: list[tuple[Entry, Settled, PolicyResult]],
) -> list[str]:
    entry, settled, result = row
    doubts = []
    beside = [
        other
        for other, _, _ in rows
        if other.policy == "shuffle" and other.params.get("beside") == entry.policy
    ]
    if beside and not result.quality.n_scored:
        doubts.append(f"Nothing shows that {entry.policy} beats routing at random.")
    elif beside:
        shuffled = next(s for e, s, _ in rows if e is beside[0])
        if not beats(ground, settled.score, shuffled.score):
            doubts.append(f"{entry.policy} does not beat a random router with the same share.")
    if result.saving.net is not None and result.saving.net <= 0 < result.served:
        doubts.append(f"{entry.policy} saves nothing.")
    speedup = result.latency_s.speedup_served
    if speedup is not None and speedup.value is not None and speedup.value <= 1:
        doubts.append(f"{entry.policy}: the cheaper arm is not faster.")
    return doubts


def beats(ground: Ground, mine: Floats, other: Floats) -> bool:
    """Say whether scores are higher by more than the 95 % interval of the paired gap."""
    gap = mine - other
    known = ~np.isnan(gap)
    n = int(known.sum())
    if n < 2:  # noqa: PLR2004 a spread needs two
        return False
    groups = np.arange(n)
    if ground.clusters is not None:
        _, groups = np.unique(ground.clusters[known], return_inverse=True)
    mean = float(gap[known].mean())
    sums = np.bincount(groups, weights=gap[known] - mean)
    return mean > _Z * float(np.sqrt((sums**2).sum())) / n


def _saving(result: PolicyResult) -> str:
    share = result.saving.share
    if share is None:
        return f"{result.policy}: savings unknown, prices are missing"
    verb = "would cut" if share >= 0 else "would raise"
    basis = _basis(result)
    return f"{result.policy} {verb} the cost of {result.saving.vs} by {abs(share):.2%}{basis}"


def _basis(result: PolicyResult) -> str:
    quality = result.quality
    if quality.failure_rate is None:
        return ""
    kind = "assumed" if quality.evidence is Evidence.ASSUMED else quality.evidence.value
    return f", with {quality.failure_rate:.1%} of served answers failing ({kind})"
