"""A few logged queries of each task, for people who want to see what a task is made of."""

from dataclasses import dataclass, field

import msgspec
import polars as pl

from routeaudit.result import AuditResult, Example
from routeaudit.stats.sampling import hash_uniform

PER_TASK = 3
LONGEST = 2_000  # characters kept of a query
COLUMNS = ("task", "model", "p_simple", "query", "query_key")


@dataclass(slots=True, kw_only=True)
class ExampleQueries:
    """Keeps the queries with the lowest hash of each task, batch by batch.

    The choice depends on the seed and the texts only: not on the order or size of the batches.
    """

    seed: int
    asked: bool
    """Nothing is kept unless the user asked for text."""
    kept: pl.DataFrame | None = field(default=None)

    def add(self, calls: pl.DataFrame) -> None:
        """Look at one batch.

        Args:
            calls: (n,) records with their verdicts; rows without a query are passed over.
        """
        if not self.asked:
            return
        rows = (
            calls.select(COLUMNS)
            .filter(pl.col("query").is_not_null())
            .unique("query_key", keep="first", maintain_order=True)
            .with_columns(pl.col("query").str.slice(0, LONGEST), pl.col("task").cast(pl.String))
        )
        die = hash_uniform(rows["query_key"].to_list(), self.seed)
        drawn = rows.with_columns(pl.Series("die", die, dtype=pl.Float64))
        both = drawn if self.kept is None else pl.concat([self.kept, drawn])
        self.kept = (
            both.unique("query_key", keep="first", maintain_order=True)
            .sort("die", "query_key")
            .group_by("task", maintain_order=True)
            .head(PER_TASK)
        )

    def given_to(self, result: AuditResult) -> AuditResult:
        """Give a result the queries that were kept."""
        return msgspec.structs.replace(result, examples=self.examples())

    def examples(self) -> tuple[Example, ...]:
        """Give what was kept, by task."""
        if self.kept is None:
            return ()
        rows = self.kept.sort("task", "die", "query_key", nulls_last=True)
        return tuple(
            Example(
                task=row["task"], llm=row["model"], p_simple=row["p_simple"], query=row["query"]
            )
            for row in rows.to_dicts()
        )
