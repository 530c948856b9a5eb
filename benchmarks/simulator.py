# ruff: noqa: INP001, T201 a script that prints its table
"""How fast traffic is replayed: three policies with cost, latency and quality, and the whole.

    python benchmarks/simulator.py [--calls 1000000]

Synthetic calls of three models over five weeks, in sessions with cached prompts. Times are
CPU seconds of this process, so that a busy machine does not count; memory is its peak.
"""

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import polars as pl

from routeaudit.catalog.arms import Arms
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.comparison import Entry
from routeaudit.estimate.assess import assess
from routeaudit.estimate.ground import Ground
from routeaudit.estimate.log_ground import log_ground
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Ledger, settle
from routeaudit.estimate.simulate import replay
from routeaudit.frames import RECORD_COLUMNS, TASKS, VERDICT_COLUMNS, schema
from routeaudit.route import enter, load_policy, paths
from routeaudit.route.policy import Policy

Result = TypeVar("Result")
POLICIES = ("binary", "three-tier", "confidence")
START_S, SPAN_S = 1_770_000_000, 35 * 86_400


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


def timed(name: str, work: Callable[[], Result]) -> Result:
    """Run some work and print what it took."""
    began = time.process_time()
    result = work()
    print(f"{name:<52} {time.process_time() - began:8.2f} s")
    return result


def three(
    ground: Ground,
    policies: Sequence[Policy],
    entries: Sequence[Entry],
    settings: SimulationSettings,
) -> None:
    """Replay the policies alone: paths, outcomes, and what is shown of them."""
    ledger = Ledger(ground)
    for policy, entry in zip(policies, entries, strict=True):
        paths(ground.visible, policy)
        assess(ground, entry, settle(ledger, entry), settings)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    calls = parser.parse_args().calls
    frame, settings = synthetic_calls(calls), SimulationSettings()
    policies = [load_policy(name) for name in POLICIES]
    book = PriceBook(PriceSettings())
    print(f"{calls:,} calls")
    laid = timed("lay the log out", lambda: log_ground(frame, settings, book, Arms()))
    ground = laid.ground
    timed("paths of three policies", lambda: [paths(ground.visible, p) for p in policies])
    entered = timed(
        "paths of three policies and their honesty rows",
        lambda: enter(ground.visible, policies, laid.asked),
    )
    first = [entry for entry in entered.entries if entry.role == "policy"]
    ledger = Ledger(ground)
    settled = timed(
        "cost, latency and score of each call, three policies",
        lambda: [settle(ledger, entry) for entry in first],
    )
    timed(
        "their totals, percentiles, quality and intervals",
        lambda: [assess(ground, e, s, settings) for e, s in zip(first, settled, strict=True)],
    )
    timed("all of the last three, once more", lambda: three(ground, policies, first, settings))
    timed(
        "everything: honesty rows, sweeps, tornado",
        lambda: replay(ground, entered, settings, laid.asked),
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_048_576
    print(f"{'peak memory':<52} {peak:8.2f} GB")


if __name__ == "__main__":
    main()
