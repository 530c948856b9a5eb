"""The classifier decides what is clear; in the grey zone the small arm tries first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import polars as pl

from routeaudit.options import check, option
from routeaudit.route.limits import Limit
from routeaudit.route.policy import Untouched, escalates


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage:
    """Easy to the small arm, hard to the full one, the rest by the small arm's confidence."""

    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = True

    easy: float = option(
        Untouched(0.8), "a score at or above this: the small arm's answer is kept"
    )
    hard: float = option(Untouched(0.3), "a score below this: straight to the full arm")
    threshold: float = option(
        Untouched(0.85), "in between, an answer of this confidence is kept"
    )
    arm: str = option("mid", "the small arm", choices=("micro", "mid"))
    by: str = option("p_simple", "the score that is cut", choices=("p_simple", "signal"))

    def __post_init__(self) -> None:
        check(self)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms it may call."""
        return (self.arm, "full")

    @property
    def score(self) -> str | None:
        """Nothing: several scores are cut."""
        return None

    def limits(self) -> tuple[Limit, ...]:
        """List the thresholds: both of the first score, and the confidence."""
        shares = {"easy": (self.by, "", 0.5), "hard": (self.by, "", 0.8),
                  "threshold": ("confidence", self.arm, 0.8)}  # fmt: skip
        return tuple(
            Limit(name, score, arm, value, not isinstance(value, Untouched), share)
            for name, (score, arm, share) in shares.items()
            for value in [getattr(self, name)]
        )

    def with_limits(self, values: Sequence[float]) -> "TwoStage":
        """Give the same policy with other thresholds."""
        easy, hard, threshold = values
        return replace(self, easy=easy, hard=hard, threshold=threshold)

    def choose(self) -> pl.Expr:
        """Send what is not hard to the small arm; null where the score is."""
        score = pl.col(self.by)
        small = pl.when(score >= self.hard).then(pl.lit(self.arm))
        return small.when(score.is_not_null()).then(pl.lit("full"))

    def after(self, arm: str) -> pl.Expr | None:
        """Escalate unsure answers of the grey zone."""
        if arm != self.arm:
            return None
        grey = pl.col(self.by) < self.easy
        return pl.when(grey & escalates(self.threshold)).then(pl.lit("full"))


PLUGIN = TwoStage
