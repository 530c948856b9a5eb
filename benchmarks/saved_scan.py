# ruff: noqa: INP001 a script that is run by its path
"""Make a saved scan of any size, with the calls of sample_logs/ as its pattern.

    python benchmarks/saved_scan.py FOLDER [--calls 1000000]

The sample logs are scanned for real; their calls are drawn again and again, each with ids, a time, a session,
a query and counts of its own, are priced, and are saved in parts as a scan saves them. What
`simulate` reads is the whole width of a real scan: 64 columns, 14 + 3 class probabilities.
"""

import argparse
import binascii
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.estimate.traffic import Piles
from routeaudit.frames import MERGED_COLUMNS, REJECT_COLUMNS, empty
from routeaudit.pipeline import ScanRequest, scan, summarise
from routeaudit.result import to_json
from routeaudit.workspace import Scan, Workspace

SAMPLES = Path(__file__).parents[1] / "sample_logs"
PART_ROWS = 20_000
START_S, SPAN_S = 1_770_000_000, 35 * 86_400
TURNS = 4
REPEATED = 0.16
PRICED = (
    "llm_id", "price_status", "price_source", "input_usd_per_mtok", "output_usd_per_mtok",
    "cached_usd_per_mtok", "cost_computed_usd", "billed_usd",
)  # fmt: skip


def sample_calls() -> pl.DataFrame:
    """Scan the sample logs; give their calls without prices."""
    with tempfile.TemporaryDirectory() as name:
        done = scan(ScanRequest(sources=[str(SAMPLES)]), Workspace(root=Path(name)))
        return done.scan.records().collect().drop(PRICED)


def parts(pattern: pl.DataFrame, calls: int, seed: int = 0) -> Iterator[pl.DataFrame]:
    """Draw calls by the pattern, as many at a time as a scan saves."""
    random = np.random.default_rng(seed)
    for start in range(0, calls, PART_ROWS):
        size = min(PART_ROWS, calls - start)
        yield _part(pattern, random, start, size, calls)


def _part(
    pattern: pl.DataFrame, random: np.random.Generator, start: int, size: int, calls: int
) -> pl.DataFrame:
    drawn = pattern[random.integers(0, pattern.height, size)]
    place = np.arange(start, start + size)
    at_s = START_S + SPAN_S * (place + random.random(size)) / calls
    ts = pl.Series((at_s * 1e6).astype(np.int64)).cast(pl.Datetime("us", "UTC"))
    asked = np.where(
        random.random(size) < REPEATED, random.integers(0, start + size, size), place
    )
    # Conversations run beside each other: a turn is one of the last few hundred.
    talk = (place - random.integers(0, 400, size)).clip(0) // TURNS
    factor = pl.Series(random.lognormal(0.0, 0.4, size))
    longer = pl.Series(random.lognormal(0.0, 0.3, size))
    # Failed calls of the sample have a logged cost of 0 and no counts; they stay as they are.
    return drawn.with_columns(
        ts=ts,
        request_id="req_" + _hexed(place, 1, 20),
        response_id="msg_" + _hexed(place, 2, 20),
        session_id=pl.when(pl.col("session_id").is_not_null()).then(_hexed(talk, 3, 32)),
        query_key=_hexed(asked, 4, 32),
        prompt_tokens=(pl.col("prompt_tokens") * factor).ceil().cast(pl.UInt32),
        cached_tokens=(pl.col("cached_tokens") * factor).floor().cast(pl.UInt32),
        cache_write_tokens=(pl.col("cache_write_tokens") * factor).floor().cast(pl.UInt32),
        cache_write_1h_tokens=(pl.col("cache_write_1h_tokens") * factor)
        .floor()
        .cast(pl.UInt32),
        completion_tokens=(pl.col("completion_tokens") * longer).ceil().cast(pl.UInt32),
        cost_usd=pl.col("cost_usd") * factor,
        latency_s=pl.col("latency_s") * longer,
        p_simple=pl.Series(
            np.clip(drawn["p_simple"].to_numpy() + random.normal(0, 0.05, size), 0.001, 0.999)
        ).cast(pl.Float32),
        p_task=_stirred(drawn["p_task"], random),
        p_tier=_stirred(drawn["p_tier"], random),
        source_line=pl.Series(place + 1).cast(pl.UInt64),
    )


def _stirred(column: pl.Series, random: np.random.Generator) -> pl.Series:
    """(n,) probabilities that are like the drawn ones, and none like another."""
    values = column.to_numpy() * random.uniform(0.9, 1.1, (len(column), 1)).astype(np.float32)
    return pl.Series(values, dtype=column.dtype)


def _hexed(numbers: np.ndarray, salt: int, letters: int) -> pl.Series:
    """(n,) hexadecimal names, one for each number, as hard to compress as real ones."""
    word = numbers.astype(np.uint64) * np.uint64(8) + np.uint64(salt)
    halves = np.empty((len(word), 2), np.uint64)
    for half in range(2):
        mixed = word + np.uint64(half) * np.uint64(0x632BE59BD9B4E019)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        halves[:, half] = mixed ^ (mixed >> np.uint64(31))
    digits = np.frombuffer(binascii.hexlify(halves.tobytes()), dtype="S32")
    return pl.Series(digits.astype(f"U{letters}"))


def save(calls: int, root: Path) -> Scan:
    """Save a scan of so many calls in a workspace, with its result."""
    pattern, book = sample_calls(), PriceBook(PriceSettings())
    saved, piles = Workspace(root=root).new_scan(), Piles()
    none = empty(REJECT_COLUMNS), empty(MERGED_COLUMNS)
    for number, drawn in enumerate(parts(pattern, calls)):
        priced = with_cost(drawn, book)
        piles.add(priced, *none)
        saved.write_part(number, priced)
    request = ScanRequest(sources=[str(SAMPLES)])
    result = summarise(saved, piles, request, "the sample logs, drawn again")
    saved.result_file.write_bytes(to_json(result))
    return Workspace(root=root).finish(saved)


def main() -> None:
    """Save one."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path, help="the workspace, made if need be")
    asked.add_argument("--calls", type=int, default=1_000_000)
    told = asked.parse_args()
    print(save(told.calls, told.folder).folder)  # noqa: T201 the next command needs it


if __name__ == "__main__":
    main()
