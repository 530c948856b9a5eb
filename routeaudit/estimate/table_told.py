"""What has to be said of an outcome table before any figure of it: gaps, groups, odd joins."""

from itertools import combinations

import numpy as np
import polars as pl

from routeaudit.estimate.ground import ArmColumns, Floats, Ints
from routeaudit.estimate.outcomes import OutcomeTable
from routeaudit.stats.paired import looks_misaligned, right_together

GROUPS = ("conversation_id", "session_id", "template_id", "template")
"""Fields that say which rows are no independent evidence; without them, equal prompts do."""


def missing_told(table: OutcomeTable, columns: dict[str, ArmColumns]) -> list[str]:
    """Count the rows that lack a model, its score or its cost, or have an odd cost or time."""
    told = []
    for arm, column in columns.items():
        absent = int((~table.present[column.llm_id]).sum())
        unscored = int(np.isnan(column.score).sum()) - absent
        if absent:
            told.append(f"{arm} ({column.llm_id}) is missing in {absent:,} of {table.n:,} rows")
        if unscored > 0:
            told.append(f"{arm} ({column.llm_id}) has no score in {unscored:,} rows")
        unpriced = int(np.isnan(column.cost).sum()) - absent
        if 0 < unpriced < table.n - absent:
            told.append(f"{arm} ({column.llm_id}) has no cost in {unpriced:,} rows")
        refunds = int((column.cost < 0).sum())
        if refunds:
            told.append(
                f"{arm} ({column.llm_id}) costs less than nothing in {refunds:,} rows:"
                " added up as it stands"
            )
        timeless = int((table.models[column.llm_id]["latency_s"] <= 0).sum())
        if timeless:
            told.append(
                f"{arm} ({column.llm_id}) took 0 seconds or less in {timeless:,} rows:"
                " no time is known there"
            )
    return told


def above_nothing(seconds: Floats) -> Floats:
    """(n,) the times that can be; NaN where a table says 0 or less."""
    return np.where(seconds > 0, seconds, np.nan)


def misjoined_told(columns: dict[str, ArmColumns]) -> list[str]:
    """Warn where the scores of two arms have nothing to do with each other.

    That is what a table looks like whose columns were joined by position: every figure about
    both arms is then wrong.
    """
    told = []
    for (one, first), (other, second) in combinations(columns.items(), 2):
        both = ~np.isnan(first.score) & ~np.isnan(second.score)
        found = right_together(first.score[both], second.score[both])
        if looks_misaligned(found, int(both.sum())):
            told.append(
                f"{one} and {other} are right on unrelated rows (phi {found.value:.3f} over"
                f" {int(both.sum()):,} rows): were their scores joined by position? then no"
                " figure about both is true"
            )
    return told


def groups_of(table: OutcomeTable) -> Ints | None:
    """(n,) rows of one conversation, template or prompt; None where each is its own."""
    named = [
        pl.Series(["" if value is None else str(value) for value in table.flags[name]])
        for name in GROUPS
        if name in table.flags
    ]
    keys = table.prompt_keys.fill_null("")
    for name in reversed(named):
        keys = name.zip_with(name != "", keys)
    # A row that says nothing of its origin is its own.
    alone = pl.Series([f"row {place}" for place in range(table.n)])
    keys = keys.zip_with(keys != "", alone)
    if keys.n_unique() == table.n:
        return None
    return keys.rank("dense").cast(pl.Int64).to_numpy() - 1


def groups_told(table: OutcomeTable) -> list[str]:
    """Say that rows repeat a prompt, where they do."""
    clusters = groups_of(table)
    if clusters is None:
        return []
    distinct = int(clusters.max()) + 1
    by = next((name for name in GROUPS if name in table.flags), "prompt")
    return [
        f"{table.n - distinct:,} rows repeat a {by}: intervals draw {distinct:,} groups, not rows"
    ]
