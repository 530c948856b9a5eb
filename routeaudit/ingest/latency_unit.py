"""Latencies whose key names no unit: one unit for a whole log, told by its first values."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Literal

import polars as pl

from routeaudit.ingest.lines import Block
from routeaudit.ingest.parse import UnreadableError, parsed
from routeaudit.ingest.values import number
from routeaudit.ingest.wrapper import PLAIN_SECONDS_BELOW, UNIT_UNKNOWN

MOST_CANDIDATES = 200  # lines that are parsed to see where a large value stands
_LARGE = re.compile(
    rb'"(?:' + "|".join(UNIT_UNKNOWN).encode() + rb')"\s*:\s*"?(?:[5-9]\d|\d{3})'
)


def with_unit(blocks: Iterable[Block]) -> Iterator[Block]:
    """Note on each block of one source the unit that its first block tells."""
    unit: Literal["s", "ms"] | None = None
    for block in blocks:
        unit = unit or unit_of(block.text)
        yield block._replace(latency_unit=unit)


def unit_of(text: bytes) -> Literal["s", "ms"]:
    """Say milliseconds if any value of unknown unit is 50 or more, else seconds."""
    for found in islice(_LARGE.finditer(text), MOST_CANDIDATES):
        start, end = text.rfind(b"\n", 0, found.start()) + 1, text.find(b"\n", found.end())
        try:
            value = parsed(text[start : end if end >= 0 else len(text)])
        except UnreadableError:
            continue
        if isinstance(value, dict) and _is_large(value):
            return "ms"
    return "s"


def _is_large(value: Mapping[str, object]) -> bool:
    told = (number(value.get(key)) for key in UNIT_UNKNOWN)
    return any(n is not None and n >= PLAIN_SECONDS_BELOW for n in told)


def in_seconds(calls: pl.DataFrame, unit: Literal["s", "ms"]) -> pl.DataFrame:
    """Turn `latency_raw` into seconds where nothing better is known, and mark those calls."""
    raw = pl.col("latency_raw") / (1000 if unit == "ms" else 1)
    guessed = pl.col("latency_s").is_null() & raw.is_not_null()
    return calls.with_columns(
        latency_s=pl.coalesce("latency_s", raw),
        latency_unit_assumed=pl.when(guessed)
        .then(pl.lit(value=True))
        .otherwise("latency_unit_assumed"),
    ).drop("latency_raw")
