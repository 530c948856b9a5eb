"""What is done so that large logs are replayed fast changes no figure."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.catalog.arms import Arms
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.estimate.assess import latency_stats
from routeaudit.estimate.log_columns import narrowed
from routeaudit.estimate.picking import chosen, picked
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.simulate import Replay, simulate_logs
from routeaudit.result import Simulation
from routeaudit.route import columns_read, enter, load_policy

Calls = Callable[..., pl.DataFrame]
SECONDS = st.lists(st.floats(0.001, 1e3) | st.just(float("nan")), max_size=60)


def replayed(frame: pl.LazyFrame, names: list[str], seen: set[str] | None) -> Simulation:
    return simulate_logs(
        frame,
        SimulationSettings(),
        book=PriceBook(PriceSettings()),
        arms=Arms(),
        policies=[load_policy(name) for name in names],
        enter=enter,
        seen=seen,
    ).simulation


def priced(frame: pl.DataFrame) -> pl.LazyFrame:
    return with_cost(frame, PriceBook(PriceSettings())).lazy()


def mixed_log(calls: Calls) -> pl.DataFrame:
    n = 12
    return calls(
        model=["gpt-4o", "claude-sonnet-4-5", "gpt-4o-mini"] * 4,
        prompt_tokens=[1_000, 199_990, 20, 700] * 3,
        cached_tokens=[0, 10, 0, 500] * 3,
        session_id=["a", "b", None, "a"] * 3,
        query_key=["k1", "k2", "k1", None] * 3,
        feature=["f", None, "f"] * 4,
        p_simple=[i / n for i in range(n)],
        novelty=[0.0, 0.6] * 6,
        status=["ok"] * 10 + ["error", "blocked"],
        operation=["chat", "Embeddings", None] * 4,
        cache_hit=[False] * 8 + [True] * 2 + [None] * 2,
        task=["classification", "code", None] * 4,
    )


@pytest.mark.parametrize("nameless", [False, True])
def test_what_a_replay_does_not_read_changes_nothing(calls: Calls, *, nameless: bool) -> None:
    names = ["binary", "three-tier", "confidence", "task-table", "two-stage"]
    seen = columns_read([load_policy(name) for name in names])
    frame = mixed_log(calls)
    if nameless:
        frame = frame.with_columns(
            request_id=pl.lit(None, pl.String),
            source_file=pl.lit("log"),
            source_line=pl.int_range(pl.len(), dtype=pl.UInt64),
        )
    whole = priced(frame)
    part = narrowed(whole, seen)
    kept = part.collect_schema().names()
    assert not {"p_task", "p_tier", "tags", "error_code"} & set(kept)
    assert ("source_line" in kept) is nameless
    assert replayed(part, names, seen) == replayed(whole, names, None)


def test_a_policy_gets_the_columns_it_looks_at(calls: Calls) -> None:
    sure = load_policy("task-table", {"sure": 0.5})
    seen = columns_read([sure])
    assert {"task", "p_task"} <= seen
    assert "p_task" in narrowed(priced(mixed_log(calls)), seen).collect_schema().names()


def test_calls_left_as_they_are_are_counted_once_each(calls: Calls) -> None:
    told = replayed(priced(mixed_log(calls)), ["binary"], None).warnings
    # Rows 10 and 11 failed; 8 and 9 came from a cache; 1, 4 and 7 are embeddings (10 failed first).
    assert [warning.split(" calls")[0] for warning in told[:3]] == ["2", "2", "3"]


@given(SECONDS)
def test_percentiles_are_numpys(seconds: list[float]) -> None:
    known = np.array([one for one in seconds if one == one])  # noqa: PLR0124 NaN is not itself
    found = latency_stats(np.array(seconds))
    assert found.n == len(known)
    if len(known):
        by_numpy = np.percentile(known, [50, 95, 99])
        assert [found.p50, found.p95, found.p99] == pytest.approx(by_numpy.tolist(), rel=1e-14)


@given(st.lists(st.tuples(st.booleans(), st.floats(allow_nan=True)), max_size=40))
def test_rows_are_picked_as_numpy_picks_them(rows: list[tuple[bool, float]]) -> None:
    mask = np.array([here for here, _ in rows], bool)
    values = np.array([value for _, value in rows], np.float64)
    np.testing.assert_array_equal(picked(values, mask), values[mask])
    np.testing.assert_array_equal(
        chosen(mask, values, -values), np.where(mask, values, -values)
    )


def test_routes_are_written_as_they_are_shown(
    calls: Calls, run_logs: Callable[..., Replay], tmp_path: Path
) -> None:
    replay = run_logs(calls(p_simple=[0.1, 0.9, 0.6]), "binary", "confidence")
    path = replay.save_routes(tmp_path / "routes.parquet").result()
    assert pl.read_parquet(path).equals(replay.routes())
