"""Baselines that send every request to the same arm."""

from typing import ClassVar

import polars as pl

from routeaudit.route.policy import OneShot


class Single(OneShot):
    """Everything to one arm, whatever it is; no classifier is needed."""

    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = False
    target: ClassVar[str] = "full"

    @property
    def arms(self) -> tuple[str, ...]:
        """The one arm it calls."""
        return (self.target,)

    @property
    def score(self) -> str | None:
        """Nothing is cut."""
        return None

    def choose(self) -> pl.Expr:
        """Name the arm."""
        return pl.lit(self.target)
