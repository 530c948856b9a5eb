# ruff: noqa: INP001, T201 a script that prints its table
"""How fast traffic is replayed: every target of the simulator beside its figure, in one run.

    python benchmarks/simulator.py [--calls 1000000] [--large 10000000] [--scan FOLDER]
        [--routellm VENV] [--toolkit VENV]

Wall and CPU seconds, the best of three runs; memory is the peak of the process and its children.
`--scan` takes a scan that `saved_scan.py` made instead of making one. VENV is a virtual environment with the other
tool (see simulator_peers.py); without it that row is left out, and is said to be.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
import saved_scan
import simulator_peers
import simulator_stats
from measured import measured

from routeaudit.catalog.arms import Arms
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.comparison import Entry
from routeaudit.estimate.assess import assess
from routeaudit.estimate.ground import Ground
from routeaudit.estimate.log_ground import log_ground
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Ledger, settle
from routeaudit.estimate.simulate import AT_ONCE, replay
from routeaudit.frames import RECORD_COLUMNS, TASKS, VERDICT_COLUMNS, schema
from routeaudit.route import enter, load_policy, paths
from routeaudit.route.policy import Policy

Result = TypeVar("Result")
ROOT = Path(__file__).parents[1]
POLICIES = ("binary", "three-tier", "confidence")
START_S, SPAN_S = 1_770_000_000, 35 * 86_400
RUNS = 3


def synthetic_calls(n: int, seed: int = 0) -> pl.DataFrame:
    """Make n priced calls; half of them in sessions with a cached prompt."""
    random = np.random.default_rng(seed)
    at = np.sort(random.integers(0, SPAN_S, n)) + START_S
    given = {
        "ts": at * 1_000_000,
        "request_id": [f"r{i}" for i in range(n)],
        "provider": ["openai"] * n,
        "model": random.choice(["gpt-4o", "gpt-4.1", "gpt-4o-mini"], n),
        "prompt_tokens": random.integers(20, 4_000, n),
        "completion_tokens": random.integers(1, 800, n),
        "cached_tokens": random.choice([0, 10], n),
        "latency_s": random.lognormal(0.5, 0.6, n),
        "status": ["ok"] * n,
        "session_id": random.integers(0, n // 5 + 1, n).astype(str),
        "task": random.choice(TASKS, n),
        "p_simple": random.random(n),
        "novelty": random.random(n) * 0.52,
    }
    frame = pl.DataFrame(given)
    wanted = schema({**RECORD_COLUMNS, **VERDICT_COLUMNS})
    columns = [
        pl.col(name).cast(dtype) if name in given else pl.lit(None, dtype).alias(name)
        for name, dtype in wanted.items()
    ]
    return with_cost(frame.select(columns), PriceBook(PriceSettings()))


def timed(name: str, work: Callable[[], Result], goal: str = "") -> Result:
    """Run some work three times and print what the fastest took."""
    runs = []
    for _ in range(RUNS):
        wall, busy = time.perf_counter(), time.process_time()
        result = work()
        runs.append((time.perf_counter() - wall, time.process_time() - busy))
    wall_s, busy_s = min(runs)
    print(f"{name:<58}{wall_s:7.2f} s{busy_s:8.2f} s  {goal}", flush=True)
    return result


def three(
    ground: Ground,
    policies: Sequence[Policy],
    entries: Sequence[Entry],
    settings: SimulationSettings,
) -> None:
    """Replay the policies alone: paths, outcomes, and what is shown of them."""
    ledger = Ledger(ground)

    def one(policy: Policy, entry: Entry) -> None:
        paths(ground.visible, policy)
        assess(ground, entry, settle(ledger, entry), settings)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, policies, entries))


def parts(calls: int) -> None:
    """Time the parts of a replay."""
    frame, settings = synthetic_calls(calls), SimulationSettings()
    policies = [load_policy(name) for name in POLICIES]
    book = PriceBook(PriceSettings())
    laid = timed("lay the log out", lambda: log_ground(frame, settings, book, Arms()))
    ground = laid.ground
    entered = timed(
        "paths of three policies and their honesty rows",
        lambda: enter(ground.visible, policies, laid.asked),
    )
    first = [entry for entry in entered.entries if entry.role == "policy"]
    timed(
        "three policies: paths, cost, latency, quality",
        lambda: three(ground, policies, first, settings),
        "0.5 s",
    )
    timed(
        "everything: honesty rows, sweeps, tornado",
        lambda: replay(ground, entered, settings, laid.asked),
    )


def whole(scan: Path, goal: str) -> None:
    """Time the command that a user types on a saved scan, charts and all."""
    policies = ("--policy", "all")
    command = [sys.executable, "-m", "routeaudit", "simulate", str(scan.resolve()), *policies]
    around = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    # As an installed package has it: compiled once, not by every run.
    around.pop("PYTHONDONTWRITEBYTECODE", None)
    runs = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(measured([*command, "--reports", folder], cwd=ROOT, env=around))
    best = min(runs)
    peak_mb = max(run.peak_mb for run in runs)
    print(
        f"{'simulate --policy all --reports, from a saved scan':<58}{best.wall_s:7.2f} s"
        f"{best.cpu_s:8.2f} s  {goal}; peak {peak_mb:,.0f} MB",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=0, help="calls of a second saved scan")
    parser.add_argument("--scan", type=Path, help="a saved scan of --calls calls")
    parser.add_argument("--large-scan", type=Path, help="a saved scan of --large calls")
    parser.add_argument("--routellm", type=Path, help="a venv with RouteLLM")
    parser.add_argument("--toolkit", type=Path, help="a venv with toolkit-cost-optimizer")
    told = parser.parse_args()
    print(f"{told.calls:,} calls, {os.cpu_count()} cores, best of {RUNS}")
    print(f"{'':<58}{'wall':>9}{'CPU':>10}  aim", flush=True)
    parts(told.calls)
    simulator_stats.sweeps(told.calls)
    simulator_stats.latencies(told.calls)
    with tempfile.TemporaryDirectory() as folder:
        scan = told.scan or saved_scan.save(told.calls, Path(folder)).folder
        whole(scan, "5 s, 1 GB")
    if told.large:
        with tempfile.TemporaryDirectory() as folder:
            scan = told.large_scan or saved_scan.save(told.large, Path(folder)).folder
            whole(scan, f"45 s, 4 GB, {told.large:,} calls")
    simulator_peers.beside(told.calls, told.routellm, told.toolkit)


if __name__ == "__main__":
    main()
