"""Small logs and outcome tables, made by hand."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from routeaudit.catalog.arms import Arms
from routeaudit.catalog.price_settings import OwnPrice, PriceSettings
from routeaudit.catalog.prices import PriceBook
from routeaudit.estimate.outcomes import OutcomeTable, table_from
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.simulate import Replay, simulate_logs, simulate_outcomes
from routeaudit.frames import RECORD_COLUMNS, VERDICT_COLUMNS, schema
from routeaudit.result import PolicyResult
from routeaudit.route import enter, load_policy

START = datetime(2026, 3, 2, tzinfo=UTC)
DEAR = OwnPrice(model="dear", input=10.0, output=20.0, cached=1.0)
SMALL = OwnPrice(model="llama-3.1-8b-instant", input=1.0, output=2.0)
TINY = OwnPrice(model="google/gemma-2b-it", input=0.5, output=0.5)


def calls(**columns: Sequence[Any]) -> pl.DataFrame:
    """Classified calls of the model "dear", an hour apart; what is given replaces the rest."""
    n = len(next(iter(columns.values())))
    base: dict[str, Sequence[Any]] = {
        "ts": [START + timedelta(hours=i) for i in range(n)],
        "request_id": [f"r{i}" for i in range(n)],
        "model": ["dear"] * n,
        "prompt_tokens": [1000] * n,
        "completion_tokens": [100] * n,
        "latency_s": [2.0] * n,
        "status": ["ok"] * n,
        "task": ["classification"] * n,
    }
    wanted = schema({**RECORD_COLUMNS, **VERDICT_COLUMNS})
    given = {**base, **columns}
    series = [
        pl.Series(name, given[name]).cast(dtype)
        if name in given
        else pl.Series(name, [None] * n, dtype=dtype)
        for name, dtype in wanted.items()
    ]
    more = [pl.Series(name, values) for name, values in columns.items() if name not in wanted]
    return pl.DataFrame([*series, *more])


def run_logs(
    frame: pl.DataFrame, *policies: str, arms: Arms | None = None,
    params: dict[str, Any] | None = None, **settings: Any,
) -> Replay:  # fmt: skip
    """Replay calls through policies at hand-made prices."""
    return simulate_logs(
        frame,
        SimulationSettings(**settings),
        book=PriceBook(PriceSettings(own=(DEAR, SMALL, TINY))),
        arms=arms or Arms(),
        policies=[load_policy(name, params) for name in policies or ("binary",)],
        enter=enter,
    )


def outcome(place: int, models: dict[str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """One line of an outcome table."""
    return {"id": f"q{place}", "source": "by hand", "benchmark": "b", "models": models, **more}


def run_table(
    rows: Sequence[dict[str, Any]] | OutcomeTable, *policies: str,
    params: dict[str, Any] | None = None, calibration: OutcomeTable | None = None, **settings: Any,
) -> Replay:  # fmt: skip
    """Replay outcomes through policies."""
    table = rows if isinstance(rows, OutcomeTable) else table_from(rows)
    return simulate_outcomes(
        table,
        SimulationSettings(**settings),
        policies=[load_policy(name, params) for name in policies or ("binary",)],
        enter=enter,
        calibration=calibration,
    )


def row_of(replay: Replay, policy: str, beside: str | None = None) -> PolicyResult:
    """Find a row of the result."""
    return next(
        row
        for row in replay.simulation.policies
        if row.policy == policy and (beside is None or row.params.get("beside") == beside)
    )


@pytest.fixture(name="calls")
def _calls() -> Callable[..., pl.DataFrame]:
    return calls


@pytest.fixture(name="run_logs")
def _run_logs() -> Callable[..., Replay]:
    return run_logs


@pytest.fixture(name="run_table")
def _run_table() -> Callable[..., Replay]:
    return run_table


@pytest.fixture(name="outcome")
def _outcome() -> Callable[..., dict[str, Any]]:
    return outcome


@pytest.fixture(name="row_of")
def _row_of() -> Callable[..., PolicyResult]:
    return row_of
