"""The score that a policy cuts, as numbers: unknown where the policy would not trust it."""

import numpy as np
import polars as pl

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Floats, Ground
from routeaudit.frames import NOVEL


def score_of(ground: Ground, entry: Entry, arm: str) -> Floats:
    """(n,) the score of a policy's cut for an arm; NaN where it is unknown or not to be trusted.

    What the classifier has never seen, or failed on, goes to the full arm whatever its score;
    so does an answer that was cut off or refused.
    """
    visible, name = ground.visible, entry.score or "confidence"
    column = f"{name}_{arm}" if f"{name}_{arm}" in visible.columns else name
    if column not in visible.columns:
        return np.full(ground.n, np.nan)
    scores: Floats = visible[column].cast(pl.Float64).fill_null(np.nan).to_numpy().copy()
    doubts = [("novelty", NOVEL), ("classifier_error", 1.0)] if entry.reads_classifier else []
    if name == "confidence":
        doubts = [(f"must_escalate_{arm}", 1.0)]
    for doubt, most in doubts:
        if doubt in visible.columns:
            scores[visible[doubt].cast(pl.Float64).fill_null(0.0).to_numpy() >= most] = np.nan
    return scores
