"""How far the mix of tasks moved from one result to another."""

from typing import NamedTuple

from routeaudit.result import AuditResult, Slice
from routeaudit.stats.drift import stability_parts

MOVED, SHIFTED = 0.1, 0.25  # the index: below hardly anything, above another mix


class TaskShift(NamedTuple):
    """A task's share of the calls, before and after, and what it adds to the index."""

    task: str | None
    before: float
    after: float
    part: float


def task_shifts(before: AuditResult, after: AuditResult) -> tuple[TaskShift, ...]:
    """Give each task's part of the population stability index, the largest first.

    The parts add up to the index. Empty without both audits.
    """
    if before.audit is None or after.audit is None:
        return ()
    old, new = _calls(before.audit.by_task), _calls(after.audit.by_task)
    keys = sorted({*old, *new}, key=str)
    counts = [[found.get(key, 0) for key in keys] for found in (old, new)]
    parts = stability_parts(*counts)
    if parts is None:
        return ()
    totals = [sum(count) for count in counts]
    shifts = [
        TaskShift(key, counts[0][n] / totals[0], counts[1][n] / totals[1], float(parts[n]))
        for n, key in enumerate(keys)
    ]
    return tuple(sorted(shifts, key=lambda shift: -shift.part))


def task_stability(before: AuditResult, after: AuditResult) -> float | None:
    """Give the population stability index of the calls by task; None without both audits."""
    shifts = task_shifts(before, after)
    return sum(shift.part for shift in shifts) if shifts else None


def stability_sentence(index: float | None) -> str:
    """Say in words how far the mix of tasks moved."""
    if index is None:
        return "not known"
    words = "hardly moved" if index < MOVED else "moved" if index < SHIFTED else "shifted"
    return f"{words} (population stability index {index:.2f})"


def _calls(rows: tuple[Slice, ...]) -> dict[str | None, int]:
    return {row.key: row.calls for row in rows}
