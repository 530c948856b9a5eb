"""Everything to one cheaper arm: the best of them, or the one that is named."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.options import check, option
from routeaudit.route.policy import OneShot


@dataclass(frozen=True, slots=True, kw_only=True)
class BestSingle(OneShot):
    """Everything to one cheaper arm.

    A policy cannot know which arm is best; what is known of them is measured elsewhere and
    the arm is handed in.
    """

    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = False

    arm: str = option("mid", "the arm", choices=("micro", "mid", "full"))

    def __post_init__(self) -> None:
        check(self)

    @property
    def arms(self) -> tuple[str, ...]:
        """The one arm it calls."""
        return (self.arm,)

    @property
    def score(self) -> str | None:
        """Nothing is cut."""
        return None

    def choose(self) -> pl.Expr:
        """Name the arm."""
        return pl.lit(self.arm)


PLUGIN = BestSingle
