"""What counts as simple work."""

import polars as pl

SIMPLE_CUT = 0.5
NOVEL = 0.5


def is_simple(cut: float = SIMPLE_CUT) -> pl.Expr:
    """Say whether a call is simple work; null where it has no text. The unfamiliar is not."""
    return (pl.col("p_simple") >= cut) & (pl.col("novelty").fill_null(0) < NOVEL)
