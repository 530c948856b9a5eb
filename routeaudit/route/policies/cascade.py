"""Any number of arms in turn, each with the confidence that its answer needs to be kept."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.errors import ConfigError
from routeaudit.frames import TIERS
from routeaudit.options import check, option
from routeaudit.plugins import hint_for
from routeaudit.route.policy import escalates


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """Ask each arm of `order` in turn; the last one's answer is always kept."""

    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = False

    order: str = option("micro,mid,full", "arms in the order they are asked, with commas")
    thresholds: str = option("0.85,0.85", "confidence that each arm but the last needs")

    def __post_init__(self) -> None:
        check(self)
        for arm in self.arms:
            if arm not in TIERS:
                raise ConfigError(f"cascade: no arm {arm!r}", hint=hint_for(arm, TIERS))
        if len(self._limits()) != len(self.arms) - 1 or len(set(self.arms)) < len(self.arms):
            raise ConfigError(
                f"cascade: {self.order!r} needs one threshold for each arm but the last,"
                f" not {self.thresholds!r}",
                hint='order = "micro,mid,full", thresholds = "0.9,0.8"',
            )

    def _limits(self) -> tuple[float, ...]:
        try:
            return tuple(float(part) for part in self.thresholds.split(",") if part.strip())
        except ValueError as error:
            raise ConfigError(f"cascade: {self.thresholds!r} are not numbers") from error

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
