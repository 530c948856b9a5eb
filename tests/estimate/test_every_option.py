"""Every option changes some figure, or it would not be an option."""

import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec
import polars as pl
import pytest

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.simulate import Replay

Run = Callable[..., Replay]
Calls = Callable[..., pl.DataFrame]
Line = Callable[..., dict[str, Any]]
OWN = Arms(mid=ArmSpec(llm_id="llama-3.1-8b", self_hosted=True))

ON_A_LOG = {
    "prices": "article", "price": "mid=0.5", "latency": "mid=9", "share": "20/80",
    "escalate": "1%", "threshold": "0.05", "calls_per_month": 12.0,
    "context": "none", "retry_rate": 0.5, "classifier_s": 3.0, "classifier_usd": 1.0,
    "curve_points": 3, "sweep": True, "resamples": 100, "seed": 5, "limit": 0.5,
}  # fmt: skip
ON_OWN_GPUS = {"host_view": "marginal", "latency_target_s": 0.0}
ON_A_TABLE = {
    "arms": "mid=strong,full=weak",
    "signal": "signals.other", "signal_means": "easy", "drop": "bad", "target_failure": "50%",
}  # fmt: skip


def test_every_option_is_tried_here() -> None:
    fields = {field.name for field in dataclasses.fields(SimulationSettings)}
    assert fields == {*ON_A_LOG, *ON_OWN_GPUS, *ON_A_TABLE}


@pytest.fixture(name="log", scope="module")
def _log() -> dict[str, list[Any]]:
    n = 24 * 15 + 1
    tokens = [500 + 37 * (i % 41) for i in range(n)]
    return {"p_simple": [(i * 7 % 100) / 100 for i in range(n)], "prompt_tokens": tokens}


@pytest.mark.parametrize("name", ON_A_LOG)
def test_it_changes_what_a_log_gives(
    calls: Calls, run_logs: Run, log: dict[str, list[Any]], name: str
) -> None:
    def run(**chosen: Any) -> bytes:
        policies = ("confidence",) if name == "threshold" else ("binary", "confidence")
        return _bytes(run_logs(calls(**log), *policies, **chosen))

    assert run() != run(**{name: ON_A_LOG[name]})


@pytest.mark.parametrize("name", ON_OWN_GPUS)
def test_it_changes_what_own_gpus_cost(
    calls: Calls, run_logs: Run, log: dict[str, list[Any]], name: str
) -> None:
    def run(**chosen: Any) -> bytes:
        return _bytes(run_logs(calls(**log), arms=OWN, calls_per_month=1_000, **chosen))

    assert run() != run(**{name: ON_OWN_GPUS[name]})


@pytest.mark.parametrize("name", ON_A_TABLE)
def test_it_changes_what_a_table_gives(run_table: Run, outcome: Line, name: str) -> None:
    def run(**chosen: Any) -> bytes:
        rows = [
            outcome(
                i,
                {"weak": {"score": int(i % 3 > 0)}, "strong": {"score": 1}},
                signals={"hardness": i, "other_hardness": -i, "other": i % 5},
                bad=i < 9,
            )
            for i in range(120)
        ]
        means = {} if name == "signal_means" else {"signal_means": "hard"}
        return _bytes(run_table(rows, "binary", **{**means, **chosen}))

    assert run() != run(**{name: ON_A_TABLE[name]})


def _bytes(replay: Replay) -> bytes:
    return msgspec.json.encode(replay.simulation)
