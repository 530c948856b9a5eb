"""A log scaled to a month (docs/method.md, monthly and annual figures)."""

import polars as pl

from routeaudit.result import Evidence, Figure, Interval
from routeaudit.stats.bootstrap import DAYS_PER_MONTH, monthly

LEAST_DAYS = 1.0
MICROSECONDS = 1e6


def month_of(
    calls: pl.LazyFrame,
    observed_days: float | None,
    *,
    calls_per_month: float | None,
    seed: int,
    amount: str = "billed_usd",
) -> Figure:
    """Scale the bill to a month.

    Args:
        calls: (n,) with `ts` and the amount; calls without an amount are left out.
        observed_days: between the first and the last call.
        calls_per_month: the real volume; None: the log's own rate, from one day on.
        seed: of the bootstrap over days (from 14 days on) or hours.
        amount: the column to sum.
    """
    known = calls.filter(pl.col(amount).is_not_null()).select("ts", amount).collect()
    if known.is_empty():
        return _unknown("no call has a price")
    if calls_per_month is None and (observed_days is None or observed_days < LEAST_DAYS):
        return _unknown("under a day of traffic: say --calls-per-month")
    timed = known.drop_nulls()
    seconds = timed["ts"].dt.epoch("us").to_numpy() / MICROSECONDS
    found = monthly(timed[amount].to_numpy(), seconds, seed, calls_per_month)
    if found is None:
        mean = known[amount].mean()
        value = (
            float(mean) * calls_per_month
            if isinstance(mean, float) and calls_per_month
            else None
        )
        return Figure(value=value, evidence=Evidence.ESTIMATED, note="without times, no range")
    ranged = found.interval and Interval(
        low=found.interval.low,
        high=found.interval.high,
        method=f"bootstrap over {found.blocks} {found.block}s",
    )
    volume = "the volume you gave" if calls_per_month else "the log's own rate"
    return Figure(
        value=found.value, interval=ranged, evidence=Evidence.ESTIMATED, note=f"at {volume}"
    )


def _unknown(reason: str) -> Figure:
    return Figure(value=None, evidence=Evidence.NONE, note=reason)


__all__ = ["DAYS_PER_MONTH", "month_of"]
