"""What every policy is: a few numbers and a few expressions (see docs/policies.md).

A policy decides each request by itself and is handed only what is known at that moment. Scores
are on a scale where high means easy; a score exactly at a cut goes to the cheaper side.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import polars as pl


class Untouched(float):
    """A threshold that nobody set: on a score with a scale of its own it means nothing."""


class Policy(Protocol):
    """Who gets which request."""

    cuts: ClassVar[tuple[str, ...]]
    """The fields that are thresholds on one score, strict to lax; shares can set them."""

    reads_classifier: ClassVar[bool]
    """Whether it needs a verdict; then what the classifier is unsure of goes to the full arm."""

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms it may call, cheapest first."""

    @property
    def score(self) -> str | None:
        """The column that `cuts` are thresholds of; None when there are none."""

    def choose(self) -> pl.Expr:
        """Name the first arm of each request; null goes to the full arm."""

    def after(self, arm: str) -> pl.Expr | None:
        """Name the arm that is asked next once `arm` has answered.

        Returns:
            Null on the rows whose answer is kept; None when this arm's answers always are.
        """


def policy_name(policy: Policy) -> str:
    """Give the name users type: the name of the policy's file."""
    return type(policy).__module__.rsplit(".", 1)[-1].replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """A policy under the name that a comparison shows it by, which no other row of it has."""

    title: str
    policy: Policy


class OneShot:
    """A policy that keeps the first answer."""

    def after(self, arm: str) -> pl.Expr | None:  # noqa: ARG002 part of the protocol
        """Keep every answer."""
        return None


def escalates(theta: float, column: str = "confidence") -> pl.Expr:
    """Say which answers are not good enough to keep; unknown confidence is not enough."""
    sure = (pl.col(column) >= theta).fill_null(value=False) & pl.col(column).is_not_nan()
    return ~sure.fill_null(value=False) | pl.col("must_escalate").fill_null(value=False)
