"""Verdicts as plain rows, for JSON lines."""

from collections.abc import Iterable, Iterator

from routeaudit.frames import TASKS, Verdicts

Row = dict[str, object]


def verdict_rows(ids: Iterable[object], verdicts: Verdicts) -> Iterator[Row]:
    """Give one row for each verdict: id, task, tier, p_simple, p (task to probability), novelty.

    Args:
        ids: (n,) what the caller calls each text.
        verdicts: (n,) in the same order.

    Yields:
        Plain dicts that any JSON writer takes; null where there was no text.
    """
    for name, row in zip(ids, verdicts.iter_rows(named=True), strict=True):
        p_task = row["p_task"]
        yield {
            "id": name,
            "task": row["task"],
            "tier": row["tier"],
            "p_simple": _rounded(row["p_simple"]),
            "p": None
            if p_task is None
            else {task: _rounded(p) for task, p in zip(TASKS, p_task, strict=True)},
            "novelty": _rounded(row["novelty"]),
        }


def _rounded(value: float | None) -> float | None:
    # Six digits are all that a float32 holds; more would print noise.
    return None if value is None else round(value, 6)
