"""Set a policy's cuts so that they send the shares that were asked for."""

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast  # Any: the fields of a policy differ

import numpy as np
import polars as pl

from routeaudit.comparison import Asked
from routeaudit.errors import ConfigError
from routeaudit.route.limits import how_many, limited
from routeaudit.route.policy import Policy, Untouched, policy_name
from routeaudit.stats.sweep import share_thresholds

_CLOSE = 0.005
DEFAULT_SHARES = {1: (0.8,), 2: (0.5, 0.3)}
"""The founding document's shares, for scores whose scale says nothing by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A policy with its cuts set, what was asked of it, and how the user would write it."""

    policy: Policy
    asked: float | None = None  # share of all requests that stay with a cheaper arm
    warnings: tuple[str, ...] = ()
    shown: Policy | None = None  # where several scores are cut: on the user's scales

    def notes(self, taken: pl.Series) -> dict[str, float]:
        """Set the share that was asked beside the one that came out; ties can part them."""
        if self.asked is None:
            return {}
        cheaper = ~taken.str.ends_with("full")
        return {"share_asked": self.asked, "share_realised": float(cheaper.mean() or 0.0)}  # type: ignore[arg-type]  # the mean of booleans is a float


def fitted(visible: pl.DataFrame, policy: Policy, asked: Asked) -> Fitted:
    """Set the score and the cuts that were asked for.

    What a policy's file or the configuration says is on the user's scale, as flags are.

    Raises:
        ConfigError: the thresholds are not as many as the policy's cuts, or not in order.
    """
    policy = _reading(policy, asked.score)
    several = limited(visible, policy, asked)
    if several is not None:
        return Fitted(policy=several.policy, shown=several.shown, warnings=several.warnings)
    if not policy.cuts or policy.score is None:
        unread = (f"{policy_name(policy)} has no threshold to set",) if asked.thresholds else ()
        return Fitted(policy=policy, warnings=unread)
    if asked.thresholds:
        return Fitted(policy=_cut(policy, _in_order(policy, asked.thresholds, asked)))
    shares, told = _shares(visible, policy, asked)
    if not shares:
        own = tuple(getattr(policy, name) for name in policy.cuts)
        return Fitted(policy=_cut(policy, _in_order(policy, own, asked)), warnings=told)
    return _at_shares(visible, policy, asked, shares, told)


def _shares(
    visible: pl.DataFrame, policy: Policy, asked: Asked
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """The shares that set the cuts, and what is to be said of them; none: the cuts stay."""
    cuts = len(policy.cuts)
    shares, told = asked.shares, ""
    if policy.score == "confidence" and asked.kept is not None:
        shares = (asked.kept,)
    if len(shares) > cuts:
        # Fewer arms: what the cheaper ones were to have together.
        shares = (*shares[: cuts - 1], sum(shares[cuts - 1 :]))
    elif shares and len(shares) < cuts:
        told = f"a share of {len(shares) + 1} parts was asked, but this policy has {cuts + 1}"
        shares = ()
    own = (f"{told}: its own thresholds were used",) if told else ()
    set_by_someone = any(not isinstance(getattr(policy, n), Untouched) for n in policy.cuts)
    if shares or set_by_someone or not _has_own_scale(visible, policy):
        return shares, own
    shares = DEFAULT_SHARES[cuts]
    said = "/".join(f"{share:.0%}" for share in shares)
    why = told or "no threshold was asked on this score's own scale"
    return shares, (f"{why}: {said} to the cheaper arms",)


def _at_shares(
    visible: pl.DataFrame,
    policy: Policy,
    asked: Asked,
    shares: tuple[float, ...],
    told: tuple[str, ...],
) -> Fitted:
    other = asked.calibration
    scores = _scores(visible if other is None else other, policy)
    cumulated = np.cumsum(shares)
    cuts = share_thresholds(scores, cumulated)
    lowest = np.nanmin(scores) if np.isfinite(scores).any() else np.inf
    cuts = np.where(np.isnan(cuts), lowest, cuts)
    chosen = tuple(float(cut) for cut in cuts)
    wholes = [float(share) for share in cumulated]
    where = "" if other is None else " where the cuts were set"
    # The last cut first: it says what leaves the full arm.
    for cut, wanted in reversed(list(zip(chosen, wholes, strict=True))):
        whom = "the cheaper arms" if wanted == wholes[-1] else "the cheapest arm"
        told += _told(_kept(scores, cut), wanted, whom, where)
        if other is not None:
            told += _told_here(_kept(_scores(visible, policy), cut), wanted, whom)
    return Fitted(policy=_cut(policy, chosen), asked=wholes[-1], warnings=told)


def _kept(scores: np.ndarray[Any, Any], cut: float) -> float:
    return float(np.mean(scores >= cut)) if len(scores) else 0.0


def _has_own_scale(visible: pl.DataFrame, policy: Policy) -> bool:
    """Say whether a policy's own thresholds, made for 0..1, mean nothing on this score."""
    if policy.score == "signal":
        return True
    if policy.score != "confidence":
        return False
    scores = _scores(visible, policy)
    known = scores[~np.isnan(scores)]
    return bool(len(known)) and not (0 <= float(known.min()) <= float(known.max()) <= 1)


def _told(kept: float, wanted: float, whom: str, where: str) -> tuple[str, ...]:
    if abs(kept - wanted) <= _CLOSE:
        return ()
    why = "requests with the same score move together" if kept > wanted else (
        "some requests have no score and go to the full arm"
    )  # fmt: skip
    return (f"asked {wanted:.1%} for {whom}, {kept:.1%} came out{where}: {why}",)


def _told_here(kept: float, wanted: float, whom: str) -> tuple[str, ...]:
    if abs(kept - wanted) <= _CLOSE:
        return ()
    why = "the thresholds come from another table"
    return (f"asked {wanted:.1%} for {whom}, {kept:.1%} came out here: {why}",)


def _reading(policy: Policy, score: str) -> Policy:
    if getattr(policy, "by", None) != "p_simple" or score == "p_simple":
        return policy
    return cast("Policy", dataclasses.replace(cast("Any", policy), by=score))


def _in_order(policy: Policy, values: tuple[float, ...], asked: Asked) -> tuple[float, ...]:
    """Turn thresholds of the user's scale; they go from strict to lax."""
    if len(values) != len(policy.cuts):
        raise ConfigError(
            f"{policy_name(policy)}: {how_many(values)}, but it has {len(policy.cuts)}:"
            f" {', '.join(policy.cuts)}",
            hint="--policy NAME replays one policy alone; a cut of each can stand in its TOML file",
        )
    turned = tuple(asked.sign(policy.score) * value for value in values)
    if any(lax > strict for strict, lax in pairwise(turned)):
        said = " and ".join(f"{value:g}" for value in values)
        raise ConfigError(
            f"{policy_name(policy)}: {' >= '.join(policy.cuts)} does not hold for {said}",
            hint="from the easiest requests to the harder ones: 0.9,0.5, or where a high"
            " signal means hard, 0.1,0.5",
        )
    return turned


def _cut(policy: Policy, values: tuple[float, ...]) -> Policy:
    changes = dict(zip(policy.cuts, values, strict=True))
    return cast("Policy", dataclasses.replace(cast("Any", policy), **changes))


def _scores(visible: pl.DataFrame, policy: Policy) -> np.ndarray[Any, np.dtype[np.float64]]:
    name = policy.score or ""
    for column in (f"{name}_{policy.arms[0]}", name):
        if column in visible.columns:
            scores = visible[column].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
            break
    else:
        return np.full(visible.height, np.nan)
    if policy.reads_classifier:
        for doubt in ("novelty", "classifier_error"):
            if doubt in visible.columns:
                unsure = visible[doubt].cast(pl.Float64).fill_null(0.0).to_numpy() >= 0.5  # noqa: PLR2004 NOVEL, and true
                scores[unsure] = np.nan
    return cast("np.ndarray[Any, np.dtype[np.float64]]", scores)
