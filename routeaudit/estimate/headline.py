"""The first line of a result: what to think of it, the bad news first."""

import numpy as np

from routeaudit.estimate.ground import Floats, Ground
from routeaudit.estimate.settle import Settled
from routeaudit.frames import Entry
from routeaudit.result import Evidence, PolicyResult
from routeaudit.stats.bootstrap import cluster_ratio
from routeaudit.stats.paired import gain_over_shuffle


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
        if not _beats(ground, settled, shuffled):
            doubts.append(f"{entry.policy} does not beat a random router with the same share.")
    if result.saving.net is not None and result.saving.net <= 0 < result.served:
        doubts.append(f"{entry.policy} saves nothing.")
    speedup = result.latency_s.speedup_served
    if speedup is not None and speedup.value is not None and speedup.value <= 1:
        doubts.append(f"{entry.policy}: the cheaper arm is not faster.")
    return doubts


def _beats(ground: Ground, settled: Settled, shuffled: Settled) -> bool:
    """Say whether a policy's answers are better than chance by more than the interval."""
    cheap = [arm for arm in settled.calls if arm not in {"full", "logged"}]
    if len(cheap) == 1:
        small, full = ground.column(cheap[0]).score, ground.baseline.score
        known = ~np.isnan(small) & ~np.isnan(full)
        clusters = None if ground.clusters is None else ground.clusters[known]
        found = gain_over_shuffle(settled.served[known], small[known], full[known], clusters)
        return found is not None and found.interval is not None and found.interval.low > 0
    return _better(ground, settled.score - shuffled.score)


def _better(ground: Ground, gap: Floats) -> bool:
    """Several cheaper arms: against the one shuffle that was dealt."""
    known = ~np.isnan(gap)
    clusters = None if ground.clusters is None else ground.clusters[known]
    found = cluster_ratio(gap[known], 1.0, clusters, 0)
    return found is not None and found.interval is not None and found.interval.low > 0


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
