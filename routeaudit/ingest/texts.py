"""Single values as text columns, read as `values` reads them, but a whole column at a time."""

import polars as pl

from routeaudit.ingest.values import (
    EARLIEST_US,
    LATEST_US,
    MICROSECONDS_END,
    MILLISECONDS_END,
    SECONDS_END,
)

_ISO = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.]\d{1,9})?(?:Z|[+-]\d\d:\d\d)?$"
_NUMBER = r"^\d{1,16}(?:[.]\d+)?$"
MOST = 2**32


def known(text: pl.Expr) -> pl.Expr:
    """Keep a text that is not blank."""
    return pl.when(text.str.strip_chars() != "").then(text)


def numeric(text: pl.Expr) -> pl.Expr:
    """Read finite numbers; null for anything else."""
    found = text.cast(pl.Float64, strict=False)
    return pl.when(found.is_finite()).then(found)


def counted(text: pl.Expr) -> pl.Expr:
    """Read whole numbers >= 0 that fit 32 bits; null for anything else."""
    found = numeric(text)
    whole = (found >= 0) & (found < MOST) & (found == found.floor())
    return pl.when(whole).then(found).cast(pl.UInt32, strict=False)


def seconds_between(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Give the seconds between two times in microseconds; null when they cross."""
    return pl.when(end >= start).then((end - start) / 1e6)


def timed(text: pl.Expr, name: str) -> tuple[pl.Expr, pl.Expr]:
    """Read the usual forms of time: ISO text and epoch numbers.

    Returns:
        `{name}_us`, microseconds since 1970 UTC, null for any other form, and `{name}_naive`,
        whether the text named no zone.
    """
    is_iso = text.str.contains(_ISO)
    naive = is_iso & ~text.str.contains(r"(?:Z|[+-]\d\d:\d\d)$")
    us = pl.when(is_iso).then(_iso_us(text)).otherwise(_epoch_us(text))
    plausible = pl.when((us >= EARLIEST_US) & (us < LATEST_US)).then(us)
    return plausible.alias(f"{name}_us"), naive.alias(f"{name}_naive")


def _iso_us(text: pl.Expr) -> pl.Expr:
    day_and_time = text.str.slice(0, 10) + "T" + text.str.slice(11, 8)
    read = day_and_time.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    fraction = text.str.extract(r"[.](\d+)").str.pad_end(6, "0").str.slice(0, 6)
    zone = text.str.extract(r"([+-]\d\d:\d\d)$")
    minutes = zone.str.slice(1, 2).cast(pl.Int64) * 60 + zone.str.slice(4, 2).cast(pl.Int64)
    east = pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes).fill_null(0)
    return read.dt.epoch("us") + fraction.cast(pl.Int64).fill_null(0) - east * 60_000_000


def _epoch_us(text: pl.Expr) -> pl.Expr:
    value = pl.when(text.str.contains(_NUMBER)).then(numeric(text))
    return (
        pl.when(value < SECONDS_END).then((value * 1e6).round())
        .when(value < MILLISECONDS_END).then((value * 1e3).round())
        .when(value < MICROSECONDS_END).then(value.floor())
        .cast(pl.Int64)
    )  # fmt: skip
