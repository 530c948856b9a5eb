"""How far the mix of tasks moved from one result to another."""

from routeaudit.result import AuditResult, Slice
from routeaudit.stats.drift import population_stability_index

MOVED, SHIFTED = 0.1, 0.25  # the index: below hardly anything, above another mix


def task_stability(before: AuditResult, after: AuditResult) -> float | None:
    """Give the population stability index of the calls by task; None without both audits."""
    if before.audit is None or after.audit is None:
        return None
    old, new = _calls(before.audit.by_task), _calls(after.audit.by_task)
    keys = sorted({*old, *new}, key=str)
    shares = ([found.get(key, 0) for key in keys] for found in (old, new))
    return population_stability_index(*shares).value


def stability_sentence(index: float | None) -> str:
    """Say in words how far the mix of tasks moved."""
    if index is None:
        return "not known"
    words = "hardly moved" if index < MOVED else "moved" if index < SHIFTED else "shifted"
    return f"{words} (population stability index {index:.2f})"


def _calls(rows: tuple[Slice, ...]) -> dict[str | None, int]:
    return {row.key: row.calls for row in rows}
