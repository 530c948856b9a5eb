"""What is kept of each row of a comparison while the others are worked out."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.catalog.priors import QUANTISED_LOW, prior
from routeaudit.estimate.assumed import chances
from routeaudit.estimate.log_ground import log_ground
from routeaudit.estimate.log_sessions import sessions_of
from routeaudit.estimate.picking import chosen, constant, picked
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.simulate import Replay, simulate_logs
from routeaudit.frames import TASKS
from routeaudit.route import enter, load_policy
from tests.estimate.conftest import DEAR, SMALL, START

Run = Callable[..., Replay]
Calls = Callable[..., pl.DataFrame]


def test_only_policies_keep_their_arrays(calls: Calls, run_logs: Run) -> None:
    replay = run_logs(calls(p_simple=[0.1, 0.9]), "binary", "confidence")
    kept = {entry.policy: settled for entry, settled in replay.replayed.settled}
    assert set(kept) == {"binary", "confidence"}
    for settled in kept.values():
        assert len(settled.cost) == len(settled.latency_s) == len(settled.score) == 2
        assert len(settled.score_low()) == len(settled.score_high()) == 0
        assert settled.parts == {}


def test_what_no_route_shows_is_given_back(calls: Calls, run_logs: Run) -> None:
    replay = run_logs(calls(p_simple=[0.1, 0.9]), "binary")
    assert replay.replayed.shown.columns == ["task", "tier", "p_simple"]
    assert not hasattr(replay, "ground")


def test_an_assumed_score_has_its_ends_and_none_where_the_call_does_not_fit() -> None:
    spec = ArmSpec(llm_id="llama-3.1-8b-instant", quantised=True)
    tasks = np.array([TASKS.index("classification"), len(TASKS), 0], np.uint8)
    found = chances(spec, tasks, np.array([True, True, False]))
    told = [prior("llama-3.1-8b", task) for task in ("classification", None)]
    assert found.score.tolist() == [*(one.mid for one in told), 0.0]
    assert found.low().tolist() == [*(one.low - QUANTISED_LOW for one in told), 0.0]
    assert found.high().tolist() == [*(one.high for one in told), 0.0]


def test_a_constant_is_picked_and_chosen_as_an_array_of_it_is() -> None:
    one, rows = constant(0.1, 5), np.array([True, False, True, True, False])
    assert one.strides == (0,)
    assert picked(one, rows).tolist() == [0.1] * 3
    values = np.arange(5.0)
    assert chosen(rows, one, values).tolist() == [0.1, 1.0, 0.1, 0.1, 4.0]
    assert chosen(rows, values, one).tolist() == [0.0, 0.1, 2.0, 3.0, 0.1]
    assert chosen(rows, one, constant(0.2, 5)).tolist() == [0.1, 0.2, 0.1, 0.1, 0.2]


def test_conversations_keep_their_first_turns_and_what_warm_turns_lose(calls: Calls) -> None:
    frame = calls(
        session_id=["b", None, "a", "b", "a", None],
        # The second row of b was sent before the first.
        ts=[START + timedelta(hours=hour) for hour in (3, 0, 1, 2, 4, 5)],
        cached_tokens=[500, 500, 0, 0, 1000, 0],
    )
    book = PriceBook(PriceSettings(own=(DEAR,)))
    found = sessions_of(with_cost(frame, book), book, SimulationSettings())
    assert found is not None
    assert found.first_turns.tolist() == [3, 1, 2, 3, 2, 5]
    warm = sorted(zip(found.warm_turns.tolist(), found.turns_before.tolist(), strict=True))
    assert warm == [(0, 3), (4, 2)]
    # Cached input costs 1 and not 10 dollars per million.
    lost = dict(zip(found.warm_turns.tolist(), found.cold_cost.tolist(), strict=True))
    assert lost == pytest.approx({0: 500 * 9 / 1e6, 4: 1000 * 9 / 1e6})


def test_drafts_hold_the_hops_that_were_named_and_no_others(calls: Calls) -> None:
    frame = with_cost(
        calls(p_simple=[0.1]), book := PriceBook(PriceSettings(own=(DEAR, SMALL)))
    )
    laid = log_ground(frame, SimulationSettings(), book, Arms())
    before = laid.ground.extras.between("mid", "full")
    assert before is not None
    laid.ground.extras.hold({("mid", "full")})
    after = laid.ground.extras.between("mid", "full")
    assert after is not None
    assert after.cost.tolist() == before.cost.tolist()
    with pytest.raises(KeyError):
        laid.ground.extras.between("micro", "full")


def test_of_two_policies_of_one_name_each_pays_its_own_gpus(calls: Calls) -> None:
    n = 400
    frame = calls(
        p_simple=np.linspace(0, 1, n, endpoint=False),
        ts=[START + timedelta(seconds=place // 40) for place in range(n)],
    )
    replay = simulate_logs(
        frame,
        SimulationSettings(calls_per_month=1e7),
        book=PriceBook(PriceSettings(own=(DEAR,))),
        arms=Arms(mid=ArmSpec(llm_id="llama-3.1-8b", self_hosted=True, gpu_usd_per_hour=2.0)),
        policies=[load_policy("binary", {"cut": cut}) for cut in (0.05, 0.95)],
        enter=enter,
    )
    lax, strict = [p for p in replay.simulation.policies if p.role == "policy"]
    costs = replay.routes()["cost"].to_numpy()
    assert costs[:n].sum() == pytest.approx(lax.cost_total)
    assert costs[n:].sum() == pytest.approx(strict.cost_total)
