"""The audit: who spends what on which kind of work. Reads the calls lazily, column by column."""

import math
from dataclasses import dataclass
from typing import Any  # Any: cells of a one-row frame

import polars as pl

from routeaudit.estimate.month import DAYS_PER_MONTH, month_of
from routeaudit.estimate.simple import NOVEL, SIMPLE_CUT, is_simple
from routeaudit.estimate.slices import TOP, slices
from routeaudit.result import (
    Audit,
    Evidence,
    Figure,
    Interval,
    PriceUsed,
    Users,
    Week,
)

SURE, POSSIBLE = 0.8, 0.2
TWO_SIDED = 1.96
NO_TEXT = "the log holds no text to classify"
NOT_JUDGED = "nothing was classified"
DAYS_PER_WEEK = 7

KEYS = {
    "task": pl.col("task"),
    "tier": pl.col("tier"),
    "llm": pl.coalesce("llm_id", "model"),
    "team": pl.col("team"),
    "feature": pl.col("feature"),
    "user": pl.col("user"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """When the calls were made, as far as the log says."""

    first: str | None
    last: str | None
    days: float | None


def period(calls: pl.LazyFrame) -> Period:
    """Give the first and last call, ISO UTC, and the days between; None without times."""
    row = calls.select(first=pl.col("ts").min(), last=pl.col("ts").max()).collect().row(0)
    first, last = row
    if first is None:
        return Period(first=None, last=None, days=None)
    days = (last - first).total_seconds() / 86_400
    return Period(first=first.isoformat(), last=last.isoformat(), days=days)


def audit(
    calls: pl.LazyFrame,
    *,
    calls_per_month: float | None,
    seed: int,
    sampled: float = 1.0,
    users: Users = "clear",
) -> Audit:
    """Sum the calls up.

    Args:
        calls: (n,) RECORD_COLUMNS, VERDICT_COLUMNS and the columns of `with_cost`.
        calls_per_month: the volume to project to; None: as observed.
        seed: for the bootstrap of the monthly figure.
        sampled: the share of the log's calls that `calls` are.
        users: what the user ids of `calls` are.

    Returns:
        The audit; every sum of money leaves out the calls whose price is
        unknown.
    """
    total = calls.select(*_totals()).collect(engine="streaming").to_dicts()[0]
    span = period(calls)
    volume = calls_per_month
    if volume is None and span.days is not None and span.days >= 1:
        volume = total["calls"] / sampled * DAYS_PER_MONTH / span.days
    by = slices(calls, KEYS, total["spend"])
    return Audit(
        calls=total["calls"],
        spend_usd=total["spend"],
        spend_logged_usd=total["logged"],
        spend_computed_usd=total["computed"],
        month_usd=month_of(
            calls, span.days, calls_per_month=calls_per_month, sampled=sampled, seed=seed
        ),
        calls_per_month=volume,
        simple_calls_share=_share(total, "calls"),
        simple_spend_share=_share(total, "spend"),
        novel_calls_share=_part(total["novel"], total["known_calls"]),
        by_task=by["task"],
        by_tier=by["tier"],
        by_llm=by["llm"],
        by_team=by["team"],
        by_feature=by["feature"],
        by_user=by["user"],
        users=users,
        weeks=_weeks(calls),
        prices=_prices(calls),
    )


def _totals() -> list[pl.Expr]:
    p = pl.col("p_simple").cast(pl.Float64)
    spend = pl.col("billed_usd")
    text = p.is_not_null()
    found = [
        pl.len().alias("calls"),
        pl.col("query_key").count().alias("texts"),
        _sum(spend).alias("spend"),
        _sum(pl.col("cost_usd")).alias("logged"),
        _sum(pl.col("cost_computed_usd")).alias("computed"),
        # A GGUF model cannot tell what is novel: unknown, not none.
        pl.when(pl.col("novelty").count() > 0)
        .then((pl.col("novelty") >= NOVEL).sum())
        .alias("novel"),
    ]
    for what, weight in (("calls", pl.lit(1.0)), ("spend", spend.fill_null(0.0))):
        found += [
            pl.when(text).then(weight).sum().alias(f"known_{what}"),
            (weight * p).sum().alias(f"expected_{what}"),
            (weight**2 * p * (1 - p)).sum().alias(f"variance_{what}"),
        ]
        found += [
            pl.when(is_simple(cut)).then(weight).sum().alias(f"{name}_{what}")
            for name, cut in (("simple", SIMPLE_CUT), ("sure", SURE), ("possible", POSSIBLE))
        ]
    return found


def _sum(column: pl.Expr) -> pl.Expr:
    return pl.when(column.count() > 0).then(column.sum())


def _share(total: dict[str, Any], what: str) -> Figure:
    known = total[f"known_{what}"]
    if not known:
        unjudged = NOT_JUDGED if total["texts"] else NO_TEXT
        reason = "no call with text has a price" if total["known_calls"] else unjudged
        return Figure(value=None, evidence=Evidence.NONE, note=reason)
    spread = TWO_SIDED * math.sqrt(max(total[f"variance_{what}"], 0.0))
    low = min(total[f"sure_{what}"], total[f"expected_{what}"] - spread)
    high = max(total[f"possible_{what}"], total[f"expected_{what}"] + spread)
    return Figure(
        value=total[f"simple_{what}"] / known,
        interval=Interval(
            low=max(low / known, 0.0),
            high=min(high / known, 1.0),
            level=None,
            method=f"from p_simple >= {SURE} to p_simple >= {POSSIBLE}, and 95 % of what the "
            "calibrated probabilities leave open",
        ),
        evidence=Evidence.ESTIMATED,
        note=f"simple: p_simple >= {SIMPLE_CUT}, of the {what} whose text is known",
    )


def _part(value: float | None, whole: float | None) -> float | None:
    return value / whole if value is not None and whole else None


def _weeks(calls: pl.LazyFrame) -> tuple[Week, ...]:
    rows = (
        calls.filter(pl.col("ts").is_not_null())
        .group_by(pl.col("ts").dt.truncate("1w").alias("start"))
        .agg(
            pl.len().alias("calls"),
            _sum(pl.col("billed_usd")).alias("spend"),
            is_simple().mean().alias("simple"),
            pl.col("ts").dt.date().n_unique().alias("days"),
        )
        .sort("start")
        .collect(engine="streaming")
        .to_dicts()
    )
    ends = {0, len(rows) - 1}
    return tuple(
        Week(
            start=row["start"].date().isoformat(),
            calls=row["calls"],
            spend_usd=row["spend"],
            simple_calls_share=row["simple"],
            partial=i in ends and row["days"] < DAYS_PER_WEEK,
        )
        for i, row in enumerate(rows)
    )


def _prices(calls: pl.LazyFrame) -> tuple[PriceUsed, ...]:
    name = pl.coalesce("llm_id", "model").fill_null("(no model logged)").alias("name")
    rows = (
        calls.group_by(
            name, "provider", "price_status", "price_source", "input_usd_per_mtok",
            "output_usd_per_mtok", "cached_usd_per_mtok",
        )
        .agg(pl.len().alias("calls"))
        .sort("calls", "name", "input_usd_per_mtok", descending=[True, False, False])
        .head(TOP)
        .collect(engine="streaming")
    )  # fmt: skip
    return tuple(
        PriceUsed(
            llm_id=row["name"],
            provider=row["provider"],
            input_usd_per_mtok=row["input_usd_per_mtok"],
            output_usd_per_mtok=row["output_usd_per_mtok"],
            cached_usd_per_mtok=row["cached_usd_per_mtok"],
            status=row["price_status"],
            source=row["price_source"] or "",
            calls=row["calls"],
        )
        for row in rows.to_dicts()
    )
