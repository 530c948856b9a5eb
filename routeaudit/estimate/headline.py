"""The first line of a result: what to think of it, the bad news first."""

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Floats, Ground
from routeaudit.estimate.settle import Settled
from routeaudit.result import Interval, PolicyResult
from routeaudit.stats.bootstrap import cluster_ratio
from routeaudit.stats.paired import gain_over_shuffle

_CHANCE = "not beat a random router with the same share"
_SLOWER = "not faster: the cheaper arm takes longer"
Row = tuple[Entry, Settled, PolicyResult]


def headline(ground: Ground, rows: list[Row]) -> str:
    """Say the worst that is true of the policies, then what they would save."""
    policies = [row for row in rows if row[0].role == "policy"]
    if not policies:
        return "No policy was compared."
    unmeasured = [r.policy for _, _, r in policies if r.served and not r.quality.n_scored]
    slower = [r.policy for _, _, r in policies if _is_slower(r)]
    costly = [r.policy for _, _, r in policies if _saves_nothing(r)]
    chance = [row[2].policy for row in policies if _is_chance(ground, row, rows)]
    said = [
        _said(chance, f"does {_CHANCE}", f"do {_CHANCE}"),
        _said(costly, "saves nothing", "save nothing"),
        _worse_full(ground, rows),
        "Quality is NOT MEASURED: it may be no better than chance." if unmeasured else "",
        _said(slower, f"is {_SLOWER}", f"are {_SLOWER}"),
    ]
    results = [result for _, _, result in policies]
    return " ".join([*filter(None, said), _figures(ground, results)])


def _said(names: list[str], one: str, several: str) -> str:
    return f"{_listed(names)} {one if len(names) == 1 else several}." if names else ""


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _is_chance(ground: Ground, row: Row, rows: list[Row]) -> bool:
    entry, settled, result = row
    if not result.quality.n_scored:
        return False
    beside = [
        came
        for other, came, _ in rows
        if other.policy == "shuffle" and other.params.get("beside") == entry.policy
    ]
    return bool(beside) and not _beats(ground, settled, beside[0])


def _saves_nothing(result: PolicyResult) -> bool:
    tried = any(n for arm, n in result.calls.items() if arm not in {"full", "logged"})
    return tried and result.saving.net is not None and result.saving.net <= 0


def _is_slower(result: PolicyResult) -> bool:
    speedup = result.latency_s.speedup_served
    return speedup is not None and speedup.value is not None and speedup.value <= 1


def _worse_full(ground: Ground, rows: list[Row]) -> str:
    """The dearer model may be the worse one; then no routing is needed at all."""
    if ground.kind == "logs":
        return ""
    alone = {result.policy: result for _, _, result in rows}
    full, best = alone.get("all-full"), alone.get("best-single")
    if full is None or best is None:
        return ""
    mine, other = full.quality.score_mean, best.quality.score_mean
    if mine is None or other is None or other < mine:
        return ""
    arm = str(best.params["arm"])
    return (
        f"The full arm is not the better one: {ground.arms[arm].llm_id} alone scores"
        f" {other:.4f}, {ground.arms['full'].llm_id} {mine:.4f}."
    )


def _beats(ground: Ground, settled: Settled, shuffled: Settled) -> bool:
    """Say whether a policy's answers are better than chance by more than the interval."""
    cheap = [a for a, n in settled.calls.items() if n and a not in {"full", "logged"}]
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


def _figures(ground: Ground, results: list[PolicyResult]) -> str:
    """Give each policy's saving and failures with their ranges; what all share is said once."""
    flat = is_flat(ground)
    shared = {r.quality.evidence for r in results if r.quality.failure_rate is not None}
    told = [_figure(result, flat=flat, named=len(shared) > 1) for result in results]
    basis = f" ({shared.pop().value.upper()})" if len(shared) == 1 else ""
    return f"{_priced(ground, flat=flat)} against {ground.baseline_name}: {'; '.join(told)}{basis}."


def is_flat(ground: Ground) -> bool:
    """Say whether every price is a flat one: then a share saved is exact arithmetic."""
    prices = [column.price for column in (*ground.arms.values(), ground.baseline)]
    return all(price is not None and price.status == "flat" for price in prices)


def _priced(ground: Ground, *, flat: bool) -> str:
    if flat:
        return "At flat prices,"
    return "Estimated" if ground.kind == "logs" else "On this table,"


def _figure(result: PolicyResult, *, flat: bool, named: bool) -> str:
    saving, quality = result.saving, result.quality
    if not result.served and not result.escalated:
        why = ": no threshold keeps the target" if "target_failure" in result.params else ""
        return f"{result.policy} sends everything to the full arm{why}"
    if saving.share is None:
        told = f"{result.policy}: savings unknown, prices are missing"
    else:
        verb = "cuts" if saving.share >= 0 else "raises"
        amount = f"{saving.share:.2%}" if flat else _ranged(saving.share, saving.interval)
        told = f"{result.policy} {verb} cost {amount.removeprefix('-')}"
    if quality.failure_rate is None:
        return told
    evidence = f" {quality.evidence.value}" if named else ""
    failing = _ranged(quality.failure_rate, quality.interval)
    return f"{told}, {failing} of answers fail{evidence}"


def _ranged(value: float, ends: Interval | None) -> str:
    """Round to whole percents: no replay of the past is surer than that about the future."""
    if ends is None:
        return f"{value:.0%} (no range)"
    low, high = sorted((ends.low, ends.high))
    if value < 0:
        # What saves less than nothing is said as a rise, and so are both ends.
        value, low, high = -value, -high, -low
    shown = f"{low * 100:.0f}", f"{high * 100:.0f}"
    return f"{value:.0%} ({' to '.join(shown) if shown[0] != shown[1] else '±1'})"
