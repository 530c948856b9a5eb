"""Three arms by two cuts on one score: micro, mid, full."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.options import check, option
from routeaudit.route.policy import OneShot, Untouched


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeTier(OneShot):
    """The simplest to micro, the simple to mid, the rest to full."""

    cuts: ClassVar[tuple[str, ...]] = ("micro_cut", "mid_cut")
    reads_classifier: ClassVar[bool] = True

    micro_cut: float = option(Untouched(0.85), "a score at or above this goes to the micro arm")
    mid_cut: float = option(
        Untouched(0.5), "below that, a score at or above this goes to the mid arm"
    )
    by: str = option("p_simple", "the score that is cut", choices=("p_simple", "signal"))

    def __post_init__(self) -> None:
        check(self)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms it may call."""
        return ("micro", "mid", "full")

    @property
    def score(self) -> str | None:
        """The score that is cut."""
        return self.by

    def choose(self) -> pl.Expr:
        """Name the arm of each request; null where the score is."""
        score = pl.col(self.by)
        return (
            pl.when(score >= self.micro_cut)
            .then(pl.lit("micro"))
            .when(score >= self.mid_cut)
            .then(pl.lit("mid"))
            .when(score.is_not_null())
            .then(pl.lit("full"))
        )


PLUGIN = ThreeTier
