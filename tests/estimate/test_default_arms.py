"""What the arms are when nobody says what they are."""

from collections.abc import Callable

import polars as pl
import pytest

from routeaudit.catalog.arms import Arms, ArmSpec
from routeaudit.catalog.price_settings import OwnPrice, PriceSettings
from routeaudit.catalog.prices import PriceBook
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.simulate import Replay, simulate_logs
from routeaudit.result import ArmUsed, PolicyResult
from routeaudit.route import enter, load_policy

Row = Callable[..., PolicyResult]
Calls = Callable[..., pl.DataFrame]


def run(frame: pl.DataFrame, arms: Arms, price: str = "") -> Replay:
    own = OwnPrice(model="dear", input=10.0, output=20.0)
    return simulate_logs(
        frame,
        SimulationSettings(price=price),
        book=PriceBook(PriceSettings(own=(own,))),
        arms=arms,
        policies=[load_policy("all-micro")],
        enter=enter,
    )


def micro_of(replay: Replay) -> ArmUsed:
    return next(arm for arm in replay.simulation.arms if arm.arm == "micro")


def test_micro_costs_what_mid_costs_until_someone_names_it(calls: Calls, row_of: Row) -> None:
    frame = calls(p_simple=[0.9])
    mid = (1000 * 0.05 + 100 * 0.08) / 1e6  # llama-3.1-8b-instant at Groq
    replay = run(frame, Arms())
    assert row_of(replay, "all-micro").cost_total == pytest.approx(mid)
    assert "it costs what mid costs (llama-3.1-8b-instant)" in micro_of(replay).note
    # Named, it has its own published price: $0.10 in and out at Together.
    named = run(
        frame,
        Arms(micro=ArmSpec(llm_id="google/gemma-2b-it", provider="together", quantised=True)),
    )
    assert row_of(named, "all-micro").cost_total == pytest.approx(1100 * 0.1 / 1e6)
    flat = run(frame, Arms(), price="micro=0.25")
    assert row_of(flat, "all-micro").cost_total == pytest.approx(0.25)


def test_only_costs_that_were_billed_count_as_logged(calls: Calls) -> None:
    # A gateway that knows no price logs 0: that call is priced here, so it is no logged cost.
    replay = run(calls(p_simple=[0.9] * 3, cost_usd=[0.5, 0.0, None]), Arms())
    full = next(arm for arm in replay.simulation.arms if arm.arm == "full")
    assert full.price is not None
    assert full.price.source.startswith("1 logged costs")
    assert full.price.status == "exact"
