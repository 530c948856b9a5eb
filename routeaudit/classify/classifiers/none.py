"""No classifier: every verdict is unknown. For a bill by team and model, and for speed."""

from dataclasses import dataclass

import polars as pl

from routeaudit.frames import VERDICT_COLUMNS, Verdicts, as_verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclassified:
    """Judges nothing: which work is simple stays unknown."""

    @property
    def fingerprint(self) -> str:
        """Name that nothing was judged."""
        return "none"

    def classify(self, queries: pl.Series) -> Verdicts:
        """Give null verdicts.

        Args:
            queries: (n,) strings, none null.

        Returns:
            (n,) verdicts, all null.
        """
        nulls = {
            name: pl.Series([None], dtype=column.dtype).extend_constant(None, len(queries) - 1)
            if len(queries)
            else pl.Series([], dtype=column.dtype)
            for name, column in VERDICT_COLUMNS.items()
        }
        return as_verdicts(pl.DataFrame(nulls))


PLUGIN = Unclassified
