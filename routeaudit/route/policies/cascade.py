"""Any number of arms in turn, each with the confidence that its answer needs to be kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import polars as pl

from routeaudit.errors import ConfigError
from routeaudit.options import check, option
from routeaudit.route.limits import Limit
from routeaudit.route.policy import escalates

SURE = 0.85
"""The confidence that an answer needs, where nobody says."""

KEPT = 0.8
"""The share of an arm's answers that are kept, on a score with a scale of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """Ask each arm of `order` in turn; the last one's answer is always kept."""

    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = False

    order: str = option("micro,mid,full", "arms in the order they are asked, with commas")
    thresholds: str = option(
        "", "confidence that each arm but the last needs \\[default: 0.85 each]"
    )

    def __post_init__(self) -> None:
        check(self)
        if len(self._limits()) != len(self.arms) - 1 or len(set(self.arms)) < len(self.arms):
            raise ConfigError(
                f"cascade: {self.order!r} needs one threshold for each arm but the last,"
                f" not {self.thresholds!r}",
                hint='order = "micro,mid,full", thresholds = "0.9,0.8"',
            )

    def _limits(self) -> tuple[float, ...]:
        parts = [part for part in self.thresholds.split(",") if part.strip()]
        try:
            return tuple(float(part) for part in parts) or (SURE,) * (len(self.arms) - 1)
        except ValueError as error:
            raise ConfigError(f"cascade: {self.thresholds!r} are not numbers") from error

    def limits(self) -> tuple[Limit, ...]:
        """List the threshold of each arm but the last."""
        return tuple(
            Limit(f"{arm}'s threshold", "confidence", arm, value, bool(self.thresholds), KEPT)
            for arm, value in zip(self.arms, self._limits(), strict=False)
        )

    def with_limits(self, values: Sequence[float]) -> "Cascade":
        """Give the same policy with other thresholds."""
        return replace(self, thresholds=",".join(f"{float(value)!r}" for value in values))

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms it may call."""
        return tuple(part.strip() for part in self.order.split(","))

    @property
    def score(self) -> str | None:
        """Nothing: several scores are cut."""
        return None

    def choose(self) -> pl.Expr:
        """Send everything to the first arm."""
        return pl.lit(self.arms[0])

    def after(self, arm: str) -> pl.Expr | None:
        """Ask the next arm when this one is not sure."""
        if arm not in self.arms[:-1]:
            return None
        place = self.arms.index(arm)
        unsure = escalates(self._limits()[place])
        return pl.when(unsure).then(pl.lit(self.arms[place + 1]))


PLUGIN = Cascade
