"""An arm for each kind of work."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.errors import ConfigError
from routeaudit.frames import SIMPLE_TASKS, TASKS, TIERS
from routeaudit.options import check, option
from routeaudit.plugins import hint_for
from routeaudit.route.policy import OneShot

DEFAULT_TABLE = dict.fromkeys(SIMPLE_TASKS, "mid")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTable(OneShot):
    """Send each task to its arm; tasks that the table does not name go to the full arm."""

    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = True

    table: dict[str, str] = option(DEFAULT_TABLE, "arm of each task")
    sure: float = option(0.0, "the task must have this probability, else full", low=0, high=1)

    def __post_init__(self) -> None:
        check(self)
        for task, arm in self.table.items():
            if task not in TASKS:
                raise ConfigError(f"task-table: no task {task!r}", hint=hint_for(task, TASKS))
            if arm not in TIERS:
                raise ConfigError(f"task-table: no arm {arm!r}", hint=hint_for(arm, TIERS))

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms it may call."""
        named = {*self.table.values(), "full"}
        return tuple(arm for arm in TIERS if arm in named)

    @property
    def score(self) -> str | None:
        """Nothing is cut."""
        return None

    def choose(self) -> pl.Expr:
        """Look the task up; null where it is unknown."""
        arm = pl.col("task").cast(pl.String).replace_strict(
            list(self.table), list(self.table.values()), default="full", return_dtype=pl.String
        )  # fmt: skip
        if self.sure <= 0:
            return arm
        return pl.when(pl.col("p_task").arr.max() >= self.sure).then(arm)


PLUGIN = TaskTable
