"""A log scaled to a month (docs/method.md, monthly and annual figures)."""

import polars as pl

from routeaudit.result import Evidence, Figure, Interval
from routeaudit.stats.bootstrap import DAYS_PER_MONTH, monthly

LEAST_DAYS = 1.0
LEAST_CALLS = 30
MICROSECONDS = 1e6


def month_of(
    calls: pl.LazyFrame,
    observed_days: float | None,
    *,
    calls_per_month: float | None,
    sampled: float = 1.0,
    seed: int,
) -> Figure:
    """Scale the bill to a month: mean bill times the volume, or the log's own rate.

    Args:
        calls: (n,) with `ts`, `billed_usd` and `status`; a call without a bill counts as a mean one,
            and as nothing where it failed.
        observed_days: between the first and the last call.
        calls_per_month: the real volume; None: the log's own rate, from one day on.
        sampled: the share of the log's calls that `calls` are.
        seed: of the bootstrap over days (from 14 days on) or hours.
    """
    failed = pl.col("status").fill_null("ok") != "ok"
    # Providers bill no call that failed, unless the log itself says so.
    billed = pl.when(failed).then(pl.col("billed_usd").fill_null(0.0)).otherwise("billed_usd")
    bills = calls.select("ts", billed_usd=billed)
    n, n_known, spend_usd = _summed(bills)
    if not n_known:
        return _unknown("no call has a price")
    if calls_per_month is not None:
        volume, told = calls_per_month, "at the volume you gave"
    elif observed_days is None or observed_days < LEAST_DAYS:
        return _unknown("under a day of traffic: say --calls-per-month")
    elif n_known < LEAST_CALLS:
        return _unknown(f"{n_known} calls with a price are too few: say --calls-per-month")
    else:
        volume = n / sampled * DAYS_PER_MONTH / observed_days
        told = "at the log's own rate"
    value = spend_usd / n_known * volume
    return Figure(
        value=value,
        interval=_interval(bills, value, calls_per_month, seed),
        evidence=Evidence.ESTIMATED,
        note=told,
    )


def _summed(bills: pl.LazyFrame) -> tuple[int, int, float]:
    """Give all calls, those with a bill, and what these add up to."""
    bill = bills.select("billed_usd").collect().to_series()
    known = bill.drop_nulls()
    return len(bill), len(known), float(known.sum())


def _interval(
    bills: pl.LazyFrame, value: float, calls_per_month: float | None, seed: int
) -> Interval | None:
    at_s = pl.col("ts").dt.epoch("us") / MICROSECONDS
    timed = bills.drop_nulls().select("billed_usd", at_s=at_s).collect(engine="streaming")
    found = monthly(timed["billed_usd"], timed["at_s"], seed, calls_per_month)
    if found is None or found.interval is None or not found.value:
        return None
    # Calls without a time, and those that a sample left out, vary as the others do.
    scale = value / found.value
    return Interval(
        low=found.interval.low * scale,
        high=found.interval.high * scale,
        method=f"bootstrap over {found.blocks} {found.block}s",
    )


def _unknown(reason: str) -> Figure:
    return Figure(value=None, evidence=Evidence.NONE, note=reason)


__all__ = ["DAYS_PER_MONTH", "month_of"]
