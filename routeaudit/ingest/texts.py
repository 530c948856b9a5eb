"""Single values as text columns, read as `values` reads them, but a whole column at a time."""

import polars as pl

from routeaudit.ingest.values import (
    EARLIEST_US,
    LATEST_US,
    MICROSECONDS_END,
    MILLISECONDS_END,
    SECONDS_END,
)

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
    iso = _iso_us(text)
    plausible = pl.coalesce(_plausible(iso), epoch_us(text))
    naive = iso.is_not_null() & (text.str.slice(19).str.strip_chars("0123456789.") == "")
    return plausible.alias(f"{name}_us"), naive.alias(f"{name}_naive")


def _iso_us(text: pl.Expr) -> pl.Expr:
    """Read YYYY-MM-DDTHH:MM:SS[.f][Z|+HH:MM], with T or a space between."""
    day_and_time, rest = text.str.slice(0, 19), text.str.slice(19)
    forms = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
    read = pl.coalesce(
        *(day_and_time.str.to_datetime(form, time_unit="us", strict=False) for form in forms)
    ).dt.epoch("us")
    usual = rest.is_in(["", "Z"])
    return pl.when(usual).then(read).otherwise(read + _odd_rest_us(rest))


def _odd_rest_us(rest: pl.Expr) -> pl.Expr:
    parts = rest.str.extract_groups(r"^(?:[.](\d{1,9}))?(Z|[+-]\d\d:\d\d)?$")
    fraction, zone = parts.struct.field("1"), parts.struct.field("2")
    micros = fraction.str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64).fill_null(0)
    minutes = zone.str.slice(1, 2).cast(pl.Int64, strict=False) * 60 + zone.str.slice(
        4, 2
    ).cast(pl.Int64, strict=False)
    east = pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes).fill_null(0)
    known_rest = fraction.is_not_null() | zone.is_not_null()
    return pl.when(known_rest).then(micros - east * 60_000_000)


def epoch_us(text: pl.Expr) -> pl.Expr:
    """Read epoch numbers, their unit told by their size, as microseconds since 1970."""
    value = numeric(text)
    us = (
        pl.when(value <= 0).then(None)
        .when(value < SECONDS_END).then((value * 1e6).round())
        .when(value < MILLISECONDS_END).then((value * 1e3).round())
        .when(value < MICROSECONDS_END).then(value.floor())
        .cast(pl.Int64)
    )  # fmt: skip
    return _plausible(us)


def _plausible(us: pl.Expr) -> pl.Expr:
    return pl.when((us >= EARLIEST_US) & (us < LATEST_US)).then(us)
