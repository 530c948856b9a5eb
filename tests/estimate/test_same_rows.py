"""Totals that are set against each other rest on the same rows."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from routeaudit.estimate.simulate import Replay
from routeaudit.result import PolicyResult

Run = Callable[..., Replay]
Row = Callable[..., PolicyResult]
Calls = Callable[..., pl.DataFrame]
Line = Callable[..., dict[str, Any]]

FULL = (1000 * 10 + 100 * 20) / 1e6  # 0.012 a call
MID = (1000 * 1 + 100 * 2) / 1e6


def test_a_call_without_a_price_leaves_both_totals(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    # The second call's model has no price, though the arm it would go to has one.
    frame = calls(p_simple=[0.9, 0.9, 0.1], model=["dear", "nobody-knows-this", "dear"])
    replay = run_logs(frame, "binary", calls_per_month=300)
    binary, full = row_of(replay, "binary"), row_of(replay, "all-full")
    assert binary.cost_total == pytest.approx(MID + FULL)
    assert full.cost_total == pytest.approx(2 * FULL)
    assert row_of(replay, "all-mid").cost_total == pytest.approx(2 * MID)
    assert binary.saving.baseline_total == full.cost_total
    assert full.cost_total is not None
    assert binary.cost_total is not None
    assert full.cost_total - binary.cost_total == binary.saving.net
    assert binary.cost_per_call == pytest.approx((MID + FULL) / 2)
    assert binary.cost_month is not None
    assert binary.cost_month.value == pytest.approx(300 * (MID + FULL) / 2)
    assert "1 of 3 calls have no price: outside both totals" in replay.simulation.warnings
    last = max(replay.simulation.sweeps[0].points, key=lambda point: point.served_share)
    assert last.cost_per_call == pytest.approx(MID)
    net = {row.factor: row.net_base for row in replay.simulation.sensitivity}
    assert net["volume"] == pytest.approx(300 / 2 * (FULL - MID))


def test_a_logged_cost_without_tokens_leaves_both_totals(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    # The bill is known, but nobody can say what an arm would have charged for it.
    frame = calls(p_simple=[0.9, 0.9], prompt_tokens=[1000, None], cost_usd=[0.012, 5.0])
    replay = run_logs(frame, "binary")
    binary, full = row_of(replay, "binary"), row_of(replay, "all-full")
    assert full.cost_total == pytest.approx(0.012)
    assert binary.cost_total == pytest.approx(MID)
    assert binary.saving.net == pytest.approx(0.012 - MID)


def test_a_missing_model_leaves_only_the_policies_that_need_it(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    def line(i: int, *names: str) -> dict[str, Any]:
        cost = {"weak": 1.0, "strong": 10.0}
        models = {name: {"score": 1, "cost": cost[name]} for name in names}
        return outcome(i, models, signals={"hardness": float(i)})

    rows = [line(0, "weak", "strong"), line(1, "strong"), line(2, "weak"), line(3, "strong")]
    replay = run_table(rows, "binary", threshold="2")
    binary, full = row_of(replay, "binary"), row_of(replay, "all-full")
    # 0 to weak (1), 1 to weak (missing), 2 to weak (its baseline is missing), 3 to strong (10).
    assert binary.cost_total == 11.0
    assert binary.saving.baseline_total == 20.0
    assert binary.saving.net == 9.0
    assert full.cost_total == 30.0
    assert "2 of 4 calls have no price: outside both totals" in binary.warnings
