"""The table of router metrics, and of what can be guaranteed."""

import msgspec

from routeaudit.report import swept
from routeaudit.result import SweepPoint
from tests.report.conftest import simulation, sweep


def test_a_grid_of_pairs_promises_nothing() -> None:
    note = "proven for 4 % of the traffic"
    mine = msgspec.structs.replace(sweep(), metrics=(), guaranteed=0.9, guarantee_note=note)
    pair = SweepPoint(
        threshold=0.5, upper_threshold=0.8, served_share=0.8, cost_per_call=0.01,
        failure_rate=None, score_mean=None,
    )  # fmt: skip
    grid = msgspec.structs.replace(
        mine, policy="three-tier-grid", points=(pair,), guarantee_note="only some are listed"
    )
    made = msgspec.structs.replace(simulation(), sweeps=(mine, grid))
    row = (mine.policy, "guaranteed threshold", 0.9, None, None, note)
    assert swept.metrics(made).rows == (row,)
