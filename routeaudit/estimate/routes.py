"""Every request's path under every policy: what routes.parquet holds. No text is in it."""

from collections.abc import Iterator, Sequence

import polars as pl

from routeaudit.comparison import Asked, Entry
from routeaudit.estimate.ground import Ground
from routeaudit.estimate.settle import Settled
from routeaudit.frames import PATH

SHOWN = ("task", "tier", "p_simple", "signal")


def routes(
    ground: Ground, settled: Sequence[tuple[Entry, Settled]], asked: Asked
) -> pl.DataFrame:
    """Lay the policies' rows under each other; the honesty rows are left out.

    Returns:
        (policies x n,) with policy, request_id, query_key, task, tier, p_simple or signal,
        path, cost, latency_s, score, served, escalated, baseline_cost and evidence (of the
        score); null where not known.
    """
    frames = list(_frames(ground, settled, asked))
    return pl.concat(frames) if frames else pl.DataFrame()


def _frames(
    ground: Ground, settled: Sequence[tuple[Entry, Settled]], asked: Asked
) -> Iterator[pl.DataFrame]:
    shown = ground.visible.select(name for name in SHOWN if name in ground.visible.columns)
    if "signal" in shown.columns:
        shown = shown.with_columns(pl.col("signal") * asked.sign("signal"))
    evidence = {arm: column.quality_evidence.value for arm, column in ground.arms.items()}
    evidence["logged"] = ground.baseline.quality_evidence.value
    for entry, came in settled:
        if entry.role != "policy":
            continue
        last = pl.col("path").str.split(">").list.last()
        yield (
            pl.select(pl.repeat(entry.policy, ground.n).alias("policy"))
            .hstack(pl.DataFrame({"request_id": ground.ids, "query_key": ground.keys}))
            .hstack(shown)
            .with_columns(
                pl.Series("path", entry.paths).cast(PATH),
                pl.Series("cost", came.cost),
                pl.Series("latency_s", came.latency_s),
                pl.Series("score", came.score),
                pl.Series("served", came.served),
                pl.Series("escalated", came.escalated),
                pl.Series("baseline_cost", ground.baseline.cost),
            )
            .with_columns(
                last.replace_strict(list(evidence), list(evidence.values())).alias("evidence"),
                pl.col("cost", "latency_s", "score", "baseline_cost").fill_nan(None),
            )
        )
