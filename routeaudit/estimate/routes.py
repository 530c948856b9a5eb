"""Every request's path under every policy: what routes.parquet holds. No text is in it."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import polars as pl

from routeaudit.comparison import Asked, Entry
from routeaudit.estimate.ground import Floats, Ground
from routeaudit.estimate.settle import Settled
from routeaudit.frames import PATH

ROWS_AT_ONCE = 65_536
"""Rows of a group: as many are held back until their group is whole."""

SHOWN = ("task", "tier", "p_simple", "signal")


class Replayed(NamedTuple):
    """What routes are made of; nothing else of a large log needs to be held while they are written.

    Attributes:
        named: (n,) `request_id` and `query_key`.
        shown: (n,) what of each request is shown.
        baseline_cost: (n,) NaN where not known.
        evidence: of the answers of each arm.
        settled: the policies, and what each comes to.
    """

    named: pl.LazyFrame
    shown: pl.DataFrame
    baseline_cost: Floats
    evidence: dict[str, str]
    settled: tuple[tuple[Entry, Settled], ...]


def replayed(
    ground: Ground, settled: Iterable[tuple[Entry, Settled]], asked: Asked
) -> Replayed:
    """Keep what routes are made of; the honesty rows are left out."""
    shown = ground.visible.select(name for name in SHOWN if name in ground.visible.columns)
    if "signal" in shown.columns:
        shown = shown.with_columns(pl.col("signal") * asked.sign("signal"))
    columns = {**ground.arms, "logged": ground.baseline}
    return Replayed(
        named=ground.named(),
        shown=shown,
        baseline_cost=ground.baseline.cost,
        evidence={arm: column.quality_evidence.value for arm, column in columns.items()},
        settled=tuple((entry, came) for entry, came in settled if entry.role == "policy"),
    )


def routes(done: Replayed) -> pl.LazyFrame:
    """Lay the policies' rows under each other.

    Lazily: three policies are three times the log, which is written as it is made.

    Returns:
        (policies x n,) with policy, request_id, query_key, task, tier, p_simple or signal,
        path, cost, latency_s, score, served, escalated, baseline_cost and evidence (of the
        score); null where not known.
    """
    frames = list(_frames(done))
    return pl.concat(frames) if frames else pl.LazyFrame()


def _frames(done: Replayed) -> Iterator[pl.LazyFrame]:
    # Once for all policies: a scan that each of them reads again takes more memory than its names.
    named = done.named.collect(engine="streaming").hstack(done.shown)
    baseline = pl.Series("baseline_cost", done.baseline_cost)
    for entry, came in done.settled:
        kinds = {kind: done.evidence[kind.rsplit(">", 1)[-1]] for kind in entry.kinds}
        outcome = [
            entry.paths.rename("path"),
            pl.Series("cost", came.cost),
            pl.Series("latency_s", came.latency_s),
            pl.Series("score", came.score),
            pl.Series("served", came.served),
            pl.Series("escalated", came.escalated),
            baseline,
        ]
        yield (
            named.hstack(outcome)
            .lazy()
            .select(
                pl.lit(entry.policy).alias("policy"),
                *named.columns,
                *(column.name for column in outcome),
            )
            .with_columns(
                pl.col("path").cast(PATH),
                pl.col("cost", "latency_s", "score", "baseline_cost").fill_nan(None),
                pl.col("path")
                .replace_strict(list(kinds), list(kinds.values()), return_dtype=pl.String)
                .alias("evidence"),
            )
        )


def written_beside(laid_out: Callable[[], pl.LazyFrame], path: Path) -> Future[Path]:
    """Write routes in a thread: Polars needs no lock of Python's, so charts are drawn meanwhile."""

    def write() -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Level 1: half the time, and no larger, as ids hardly compress at all.
        laid_out().sink_parquet(
            path, compression="zstd", compression_level=1, row_group_size=ROWS_AT_ONCE
        )
        return path

    return _beside(write)


def copied_beside(writing: Future[Path], path: Path) -> Future[Path]:
    """Copy routes in a thread, as soon as they are written."""

    def copy() -> Path:
        written = writing.result()
        path.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(written, path))

    return _beside(copy)


def _beside(work: Callable[[], Path]) -> Future[Path]:
    beside = ThreadPoolExecutor(1)
    done = beside.submit(work)
    beside.shutdown(wait=False)
    return done
