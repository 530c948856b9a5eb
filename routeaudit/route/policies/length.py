"""Short prompts to the small arm: the rule that a real classifier has to beat."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.options import check, option
from routeaudit.route.policy import OneShot


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(OneShot):
    """Up to `longest` tokens (or characters) to the small arm, the rest to the full one."""

    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = False

    longest: float = option(500, "the longest prompt for the small arm", low=0)
    arm: str = option("mid", "the small arm", choices=("micro", "mid"))
    by: str = option(
        "prompt_tokens", "how length is counted", choices=("prompt_tokens", "prompt_chars")
    )

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
        """Name the arm; null where the length is unknown."""
        short = pl.col(self.by) <= self.longest
        return pl.when(short).then(pl.lit(self.arm)).when(~short).then(pl.lit("full"))


PLUGIN = Length
