"""Thresholds of policies that cut several scores: cascades and two stages."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol, cast, runtime_checkable

import numpy as np
import polars as pl

from routeaudit.comparison import Asked
from routeaudit.errors import ConfigError
from routeaudit.route.policy import Policy, policy_name
from routeaudit.stats.sweep import share_thresholds


class Limit(NamedTuple):
    """One threshold: what it cuts, and its value on the user's scale.

    Attributes:
        name: for errors.
        score: the visible column, and `arm` whose own column of it is meant, "" for none.
        value: as set, or the default for scores in 0..1.
        is_set: somebody set it.
        share: of all requests that it keeps where nobody set it on a score of another scale.
    """

    name: str
    score: str
    arm: str
    value: float
    is_set: bool
    share: float


@runtime_checkable
class SeveralScores(Protocol):
    """What a policy can have that cuts more than one score."""

    def limits(self) -> tuple[Limit, ...]:
        """List its thresholds, in the order that `--threshold` gives them."""
        ...

    def with_limits(self, values: Sequence[float]) -> Policy:
        """Give the same policy with other thresholds."""
        ...


class Limited(NamedTuple):
    """A policy on the visible scale, and as the user would write it."""

    policy: Policy
    shown: Policy
    warnings: tuple[str, ...]


def how_many(thresholds: Sequence[float]) -> str:
    """Say how many thresholds were given."""
    one = len(thresholds) == 1
    return "1 threshold was given" if one else f"{len(thresholds)} thresholds were given"


def limited(visible: pl.DataFrame, policy: Policy, asked: Asked) -> Limited | None:
    """Set the thresholds of a policy that cuts several scores; None where it does not.

    Raises:
        ConfigError: there are not as many thresholds as the policy has.
    """
    if not isinstance(policy, SeveralScores):
        return None
    limits = policy.limits()
    if asked.thresholds and len(asked.thresholds) != len(limits):
        named = ", ".join(limit.name for limit in limits)
        raise ConfigError(
            f"{policy_name(policy)}: {how_many(asked.thresholds)}, but it has {len(limits)}: {named}"
        )
    values = list(asked.thresholds) or [limit.value for limit in limits]
    told: list[str] = []
    for at, limit in enumerate(limits):
        if asked.thresholds or limit.is_set:
            continue
        scores = _scores(visible, limit)
        if _fits(scores, asked.sign(limit.score)):
            continue
        values[at] = asked.sign(limit.score) * _quantile(scores, limit.share)
        told.append(f"{limit.name} keeps {limit.share:.0%}")
    signs = [asked.sign(limit.score) for limit in limits]
    turned = [sign * value for sign, value in zip(signs, values, strict=True)]
    for (first, strict), (then, lax) in pairwise(zip(limits, turned, strict=True)):
        if (first.score, first.arm) == (then.score, then.arm) and lax > strict:
            raise ConfigError(
                f"{then.name} lets fewer requests through than {first.name}",
                hint=f"{first.name} is for the easiest requests, {then.name} for the next",
            )
    note = (f"no threshold was asked on this score's own scale: {', '.join(told)}",)
    return Limited(
        policy.with_limits(turned), policy.with_limits(values), note if told else ()
    )  # fmt: skip


def _scores(visible: pl.DataFrame, limit: Limit) -> np.ndarray:
    for column in (f"{limit.score}_{limit.arm}", limit.score):
        if column in visible.columns:
            scores = visible[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
            return cast("np.ndarray", scores)
    return np.full(visible.height, np.nan)


def _fits(scores: np.ndarray, sign: float) -> bool:
    """Say whether a default made for 0..1 means something on this score."""
    known = scores[~np.isnan(scores)]
    within = len(known) == 0 or 0 <= float(known.min()) <= float(known.max()) <= 1
    return sign > 0 and within


def _quantile(scores: np.ndarray, share: float) -> float:
    known = scores[~np.isnan(scores)]
    found = float(share_thresholds(scores, share))
    return float(known.min()) if np.isnan(found) else found
