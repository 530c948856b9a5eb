"""The small arm answers everything; an answer it is not sure of is asked again of the full one."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.options import check, option
from routeaudit.route.policy import Untouched, escalates


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """Keep the small arm's answer when it is confident enough."""

    cuts: ClassVar[tuple[str, ...]] = ("threshold",)
    reads_classifier: ClassVar[bool] = False

    threshold: float = option(Untouched(0.85), "an answer of this confidence or more is kept")
    arm: str = option("mid", "the arm that answers first", choices=("micro", "mid"))

    def __post_init__(self) -> None:
        check(self)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms it may call."""
        return (self.arm, "full")

    @property
    def score(self) -> str | None:
        """The score that is cut."""
        return "confidence"

    def choose(self) -> pl.Expr:
        """Send everything to the small arm."""
        return pl.lit(self.arm)

    def after(self, arm: str) -> pl.Expr | None:
        """Escalate what the small arm is not sure of."""
        if arm != self.arm:
            return None
        return pl.when(escalates(self.threshold)).then(pl.lit("full"))


PLUGIN = Confidence
