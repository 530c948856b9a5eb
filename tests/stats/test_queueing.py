import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.stats import queueing
from routeaudit.stats.latency_fit import TokenSpeed
from routeaudit.stats.queueing import Queue

TRACES = Path(__file__).parents[3] / "shared" / "data" / "traces" / "azure_llm_2023"
# An A100 at its knee: 8 streams of 62 tokens/s each, prompts read at 12,000 tokens/s.
A100 = TokenSpeed(first_token_s=0.1, prefill_tokens_per_s=12_000, decode_tokens_per_s=62)


def azure(kind: str) -> Queue:
    path = TRACES / f"AzureLLMInferenceTrace_{kind}.csv"
    if not path.exists():
        pytest.skip(f"the real trace is not here: {path.name}")
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    stamps = np.array([np.datetime64(row["TIMESTAMP"][:26]) for row in rows])
    arrived = (stamps - stamps[0]) / np.timedelta64(1, "s")
    prompt = [int(row["ContextTokens"]) for row in rows]
    return Queue(arrived, A100.service_s(prompt, [int(row["GeneratedTokens"]) for row in rows]))


def poisson(n: int, slots: int, load_share: float) -> Queue:
    rng = np.random.default_rng(1)
    gaps = rng.exponential(1 / (slots * load_share), n)
    return Queue(np.cumsum(gaps), rng.exponential(1.0, n))


def test_three_calls_on_one_slot_and_on_two() -> None:
    # arrive 0, 1, 2; each takes 3: one slot is free at 3, 6; two at 3, 4
    queue = Queue(np.array([0.0, 1.0, 2.0]), np.array([3.0, 3.0, 3.0]))
    assert queueing.waits(queue, 1).tolist() == [0.0, 2.0, 4.0]
    assert queueing.waits(queue, 2).tolist() == [0.0, 0.0, 1.0]
    assert queueing.waits(queue, 3).tolist() == [0.0, 0.0, 0.0]


def test_an_idle_slot_forgets_the_past() -> None:
    queue = Queue(np.array([0.0, 1.0, 50.0, 51.0]), np.array([10.0, 10.0, 2.0, 1.0]))
    assert queueing.waits(queue, 1).tolist() == [0.0, 9.0, 0.0, 1.0]


def test_no_calls_wait_for_nothing() -> None:
    empty = Queue(np.zeros(0), np.zeros(0))
    assert queueing.waits(empty, 1).tolist() == []
    assert queueing.offered_load(empty) == 0.0


def test_a_queue_out_of_order_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="order of arrival"):
        queueing.waits(Queue(np.array([2.0, 1.0]), np.ones(2)), 2)


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0, 9)), min_size=1, max_size=40),
    st.integers(1, 5),
)
def test_one_more_slot_never_lengthens_a_wait(
    calls: list[tuple[float, float]], slots: int
) -> None:
    queue = Queue(np.cumsum([c[0] for c in calls]), np.array([c[1] for c in calls]))
    fewer, more = queueing.waits(queue, slots), queueing.waits(queue, slots + 1)
    assert (more <= fewer + 1e-9).all()
    assert (fewer >= -1e-9).all()


@pytest.mark.parametrize(("slots", "share", "mean_s"), [(1, 0.8, 4.0), (4, 0.8, 0.7455)])
def test_the_mean_wait_of_poisson_traffic_is_the_theory(
    slots: int, share: float, mean_s: float
) -> None:
    queue = poisson(200_000, slots, share)
    assert queueing.waits(queue, slots).mean() == pytest.approx(mean_s, rel=0.07)
    assert queueing.allen_cunneen_wait(queue, slots).value == pytest.approx(mean_s, rel=0.07)


def test_erlang_c_of_one_slot_is_its_load() -> None:
    assert queueing.erlang_c(1, 0.7).value == pytest.approx(0.7)
    # two slots, load 1: C = (1/2 * 2) / (1 + 1 + 1) = 1/3
    assert queueing.erlang_c(2, 1.0).value == pytest.approx(1 / 3)
    assert "fills" in queueing.erlang_c(2, 2.0).reason


def test_allen_cunneen_refuses_traffic_without_a_span() -> None:
    at_once = Queue(np.zeros(3), np.ones(3))
    assert "no time" in queueing.allen_cunneen_wait(at_once, 1).reason
    overloaded = Queue(np.array([0.0, 1.0, 2.0]), np.full(3, 9.0))
    assert "fills" in queueing.allen_cunneen_wait(overloaded, 1).reason


def test_p95_needs_400_rows_and_p99_needs_2000() -> None:
    assert (queueing.rows_needed(0.95), queueing.rows_needed(0.99)) == (400, 2_000)
    few = Queue(np.arange(399.0), np.ones(399))
    sizing = queueing.fewest_replicas(few, slots_per_replica=1, target_s=5)
    assert (sizing.replicas, sizing.floor_s) == (None, 1.0)
    assert "399 rows are too few for p95: it needs 400" in sizing.reason


def test_fewest_replicas_is_the_first_that_keeps_the_target() -> None:
    queue = poisson(3_000, 20, 0.9)
    sizing = queueing.fewest_replicas(queue, slots_per_replica=1, target_s=3.2)
    by_one = [
        float(np.quantile(queueing.waits(queue, c) + queue.service_s, 0.95))
        for c in range(1, 40)
    ]
    assert sizing.replicas == next(c for c, p95 in enumerate(by_one, 1) if p95 <= 3.2)
    assert sizing.reached_s == by_one[sizing.replicas - 1]


def test_one_replica_may_be_enough() -> None:
    queue = Queue(np.arange(500.0), np.full(500, 0.1))
    sizing = queueing.fewest_replicas(queue, slots_per_replica=4, target_s=0.2)
    assert sizing.replicas == 1
    assert sizing.reached_s == pytest.approx(0.1)


def test_two_replicas_serve_the_azure_code_trace() -> None:
    queue = azure("code")
    for target_s in (3.0, 10.0):
        found = queueing.fewest_replicas(queue, slots_per_replica=8, target_s=target_s)
        assert found.replicas == 2
    wait_s = queueing.waits(queue, 16)
    assert np.quantile(wait_s, [0.95, 0.99]) == pytest.approx([1.23, 5.7], abs=0.06)


def test_the_azure_conversation_trace_needs_three_and_never_reaches_five_seconds() -> None:
    queue = azure("conv")
    never = queueing.fewest_replicas(queue, slots_per_replica=8, target_s=5)
    assert (never.replicas, never.reached_s) == (None, None)
    assert never.floor_s == pytest.approx(7.44, abs=0.02)
    assert never.reason.startswith("not reachable at any size")
    found = queueing.fewest_replicas(queue, slots_per_replica=8, target_s=10)
    assert found.replicas == 3
    assert found.offered_load == pytest.approx(19.7, abs=0.2)


def test_shuffled_service_times_tell_another_story() -> None:
    queue = azure("conv")
    assert np.quantile(queueing.waits(queue, 24), 0.95) == pytest.approx(2.6, abs=0.1)
    shuffled = np.random.default_rng(0).permutation(queue.service_s)
    assert np.quantile(queueing.waits(Queue(queue.arrived_s, shuffled), 24), 0.95) > 40


def test_ties_are_spread_inside_their_tick() -> None:
    spread = queueing.spread_ties([0.0, 0.0, 1.0, 3.0, 3.0, 3.0, 3.0], 1.0)
    assert spread.tolist() == [0.0, 0.5, 1.0, 3.0, 3.25, 3.5, 3.75]


def test_copies_of_a_sample_carry_their_own_service_times() -> None:
    sample = Queue(np.array([10.0, 12.0, 20.0]), np.array([1.0, 2.0, 3.0]))
    full = queueing.superpose(sample, 2)
    # 10 s, 3 calls: a period of 15 s; the second copy is 7.5 s later: 17.5, 19.5, 27.5 - 15
    assert full.arrived_s.tolist() == [10.0, 12.0, 12.5, 17.5, 19.5, 20.0]
    assert full.service_s.tolist() == [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
    at_once = queueing.superpose(Queue(np.ones(1), np.ones(1)), 2)
    assert at_once.arrived_s.tolist() == [1.0, 1.0]
