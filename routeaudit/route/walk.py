"""Give each request its path, showing a policy only what it may know at each step."""

from collections.abc import Sequence

import polars as pl

from routeaudit.frames import BEFORE_SENDING, NOVEL, PATH, Classified, Routed, as_routed
from routeaudit.route.policy import Policy


def route(classified: Classified, policy: Policy) -> Routed:
    """Give each record its path. Rows stay where they are."""
    return as_routed(classified.with_columns(path=paths(classified, policy)))


def paths(frame: pl.DataFrame, policy: Policy) -> pl.Series:
    """Give each request its path.

    Args:
        frame: (n,) with what the policy reads; `confidence_<arm>` (0..1) and
            `must_escalate_<arm>` hold what is known once that arm has answered, or plain
            `confidence` and `must_escalate` for any arm. Other columns are hidden from it.
        policy: who gets which request.

    Returns:
        (n,) of PATH, never null: what a policy cannot decide goes to the full arm.
    """
    visible = frame.select(pl.col(name) for name in BEFORE_SENDING if name in frame.columns)
    visible = visible if visible.width else frame.select(pl.lit(None).alias("signal"))
    first = pl.lit("full") if _blind(visible, policy) else policy.choose()
    if policy.reads_classifier:
        first = pl.when(_undecided(visible)).then(pl.lit("full")).otherwise(first)
    walked = visible.with_columns(path=first.cast(PATH).fill_null("full"))
    for arm in policy.arms:
        walked = _answered(walked, frame, policy, arm)
    return walked["path"]


def columns_read(policies: Sequence[Policy]) -> set[str]:
    """Name every column that one of some policies looks at; what else there is need not be read."""
    names: set[str] = set()
    for policy in policies:
        steps = (policy.choose(), *(policy.after(arm) for arm in policy.arms))
        names.update(
            name for step in steps if step is not None for name in step.meta.root_names()
        )
        names.update(() if policy.score is None else (policy.score,))
    return names


def _blind(visible: pl.DataFrame, policy: Policy) -> bool:
    needed = policy.choose().meta.root_names()
    return any(name not in visible.columns for name in needed)


def _undecided(visible: pl.DataFrame) -> pl.Expr:
    doubts = [pl.lit(value=False)]
    if "novelty" in visible.columns:
        doubts.append((pl.col("novelty") >= NOVEL).fill_null(value=False))
    if "classifier_error" in visible.columns:
        doubts.append(pl.col("classifier_error").fill_null(value=False))
    return pl.any_horizontal(doubts)


def _answered(
    walked: pl.DataFrame, frame: pl.DataFrame, policy: Policy, arm: str
) -> pl.DataFrame:
    following = policy.after(arm)
    known = {"confidence", "must_escalate", *walked.columns}
    if following is None or not known.issuperset(following.meta.root_names()):
        return walked
    seen = walked.with_columns(
        _known_after(frame, "confidence", arm).cast(pl.Float64).alias("confidence"),
        _known_after(frame, "must_escalate", arm).cast(pl.Boolean).alias("must_escalate"),
    )
    here = (pl.col("path") == arm) | pl.col("path").str.ends_with(f">{arm}")
    further = pl.concat_str(pl.col("path"), pl.lit(">"), following)
    path = pl.when(here & following.is_not_null()).then(further).otherwise(pl.col("path"))
    return walked.with_columns(seen.select(path=path))


def _known_after(frame: pl.DataFrame, what: str, arm: str) -> pl.Series:
    for name in (f"{what}_{arm}", what):
        if name in frame.columns:
            return frame[name]
    return pl.Series(what, [None] * frame.height, dtype=pl.Float64)
