"""People's feedback as scores: it speaks only of the arm whose answer was rated."""

from dataclasses import replace

import numpy as np
import polars as pl

from routeaudit.estimate.ground import ArmColumns, Tried
from routeaudit.result import Evidence


def rated(column: ArmColumns, place: int, tried: Tried) -> ArmColumns:
    """Score a cheaper arm by the feedback on calls that it answered in this log.

    As it is where answers were scored already, or none of its own was rated. People choose what
    they rate, so the share of rated answers is said.
    """
    own = tried.arm == place
    known = own & ~np.isnan(tried.reward)
    if not known.any() or (column.score_low is None and not np.isnan(column.score).all()):
        return column
    told = f"feedback on {int(known.sum()):,} of its {int(own.sum()):,} logged answers"
    return replace(
        column,
        score=np.where(known, tried.reward, np.nan),
        score_low=None,
        score_high=None,
        quality_evidence=Evidence.MEASURED,
        note="; ".join(filter(None, (column.note, told))),
    )


def rated_logged(
    column: ArmColumns, found: pl.DataFrame, place: int, tried: Tried
) -> ArmColumns:
    """Score the logged answers where that was measured; by definition the others do."""
    known = (tried.arm == place) & ~np.isnan(tried.reward)
    score = np.where(known, tried.reward, column.score) if known.any() else column.score
    if "score_full" in found.columns:
        measured = found["score_full"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        score = np.where(np.isnan(measured), score, measured)
    return replace(column, score=score)
