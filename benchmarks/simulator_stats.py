# noqa: INP001 a script, not a package
"""Time the statistics behind a simulation: python benchmarks/simulator_stats.py [rows].

By hand, not in the tests: a shared machine's clock decides nothing. Targets, for a million
rows on two cores: sweep of 101 thresholds with latency quantiles 0.4 s, every threshold 0.6 s,
queue with 16 slots 0.5 s.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from routeaudit.stats import sweep
from routeaudit.stats.latency_fit import fit_latency
from routeaudit.stats.queueing import Queue, waits
from routeaudit.stats.router_curves import Outcomes, routing_curve
from routeaudit.stats.sampling import hash_uniform


def timed(name: str, target_s: float | None, work: Callable[[], object]) -> None:
    """Write how long the best of three runs took, beside its target."""
    took_s = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        took_s.append(time.perf_counter() - start)
    goal = "" if target_s is None else f"  (target {target_s:.1f} s)"
    sys.stdout.write(f"{name:<52}{min(took_s):8.3f} s{goal}\n")


def sweeps(rows: int) -> None:
    """Time the sweeps on random rows of a fixed seed."""
    random = np.random.default_rng(1)
    score = random.random(rows, dtype=np.float32)
    small_s = random.lognormal(-0.5, 0.4, rows).astype(np.float32)
    full_s = random.lognormal(1.0, 0.8, rows).astype(np.float32)
    weak, strong = (random.random((2, rows)) < np.array([[0.7], [0.9]])).astype(np.float64)
    outcomes = Outcomes(weak=weak, strong=strong)

    def on_a_grid() -> None:
        cuts = sweep.grid(score, np.linspace(0, 1, 101))
        totals(cuts)
        sweep.latency_quantiles(cuts, small_s, small_s + full_s)

    def totals(cuts: sweep.Grid | sweep.EveryThreshold) -> None:
        cuts.totals(small_s, full_s)
        cuts.totals(weak, strong)
        cuts.totals(weak, 0.0)

    def three_tiers() -> None:
        cuts = sweep.grid(score, np.linspace(0, 1, 51))
        sweep.three_tier_totals(cuts, small_s, small_s, full_s)

    timed("101 thresholds: 3 totals, 9 latency quantiles", 0.4, on_a_grid)
    timed("every threshold: 3 totals", 0.6, lambda: totals(sweep.every_threshold(score)))
    timed("three tiers on a 51 x 51 grid", None, three_tiers)
    timed("routing curve", None, lambda: routing_curve(outcomes, -score))


def latencies(rows: int) -> None:
    """Time queues, fits and hashes on random rows of a fixed seed."""
    random = np.random.default_rng(1)
    gaps, service = random.exponential(1 / (16 * 0.9), rows), random.exponential(1.0, rows)
    queue = Queue(np.cumsum(gaps), service)
    tokens, logged_s = random.integers(1, 900, rows), random.lognormal(1.0, 0.8, rows)
    ids = [f"request-{row}" for row in range(rows)]
    timed("queue, 16 slots", 0.5, lambda: waits(queue, 16))
    timed("queue, 1 slot", None, lambda: waits(queue, 1))
    timed("latency fit", None, lambda: fit_latency(tokens, logged_s))
    timed("a hashed number for each id", None, lambda: hash_uniform(ids, 1))


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    sys.stdout.write(f"{asked:,} rows, best of three\n")
    sweeps(asked)
    latencies(asked)
