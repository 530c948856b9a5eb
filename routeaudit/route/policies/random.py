"""A share of the requests to the small arm, by a die thrown for each."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.options import check, option
from routeaudit.route.policy import OneShot


@dataclass(frozen=True, slots=True, kw_only=True)
class Random(OneShot):
    """What a router that knows nothing does; its APGR is one half."""

    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = False

    share: float = option(0.5, "share of requests for the small arm", low=0, high=1)
    arm: str = option("mid", "the small arm", choices=("micro", "mid"))

    def __post_init__(self) -> None:
        check(self)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms it may call."""
        return (self.arm, "full")

    @property
    def score(self) -> str | None:
        """Nothing can be swept."""
        return None

    def choose(self) -> pl.Expr:
        """Throw the die of each request."""
        small = pl.col("chance") < self.share
        return pl.when(small).then(pl.lit(self.arm)).otherwise(pl.lit("full"))


PLUGIN = Random
