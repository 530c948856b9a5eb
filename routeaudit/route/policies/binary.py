"""Two arms: simple requests to the small one, the rest to the full one."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.options import check, option
from routeaudit.route.policy import OneShot, Untouched


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(OneShot):
    """Simple to the small arm, the rest to the full one."""

    cuts: ClassVar[tuple[str, ...]] = ("cut",)
    reads_classifier: ClassVar[bool] = True

    cut: float = option(Untouched(0.5), "a score at or above this goes to the cheaper arm")
    arm: str = option("mid", "the cheaper arm", choices=("micro", "mid"))
    by: str = option("p_simple", "the score that is cut", choices=("p_simple", "signal"))

    def __post_init__(self) -> None:
        check(self)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms it may call."""
        return (self.arm, "full")

    @property
    def score(self) -> str | None:
        """The score that is cut."""
        return self.by

    def choose(self) -> pl.Expr:
        """Name the arm of each request; null where the score is."""
        simple = pl.col(self.by) >= self.cut
        return pl.when(simple).then(pl.lit(self.arm)).when(~simple).then(pl.lit("full"))


PLUGIN = Binary
