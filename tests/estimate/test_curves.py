"""A policy's curve: over every threshold, and beside the policy it belongs to."""

import math

import pytest

from routeaudit.errors import ConfigError
from tests.estimate.outcome_rows import FOUR, Line, Row, Run, pair


def test_a_sweep_tries_every_threshold(run_table: Run, outcome: Line, row_of: Row) -> None:
    rows = pair(outcome, [FOUR[i % 4] for i in range(300)], [float(i % 60) for i in range(300)])
    short = row_of(run_table(rows, "binary", curve_points=5), "binary").sweep
    every = row_of(run_table(rows, "binary", sweep=True, curve_points=5), "binary").sweep
    assert short is not None
    assert every is not None
    # four even shares, the chosen cut, and one that keeps nothing
    assert len(short.points) == 6
    assert [p.threshold for p in every.points[1:]] == [float(i) for i in range(60)]
    # Signals of 0 come from every 60th row, and those are of the first kind: no failure.
    assert every.points[1].served_share == 5 / 300
    assert every.points[1].failure_rate == 0.0


def test_a_long_sweep_is_cut_to_even_shares(run_table: Run, outcome: Line, row_of: Row) -> None:
    rows = pair(outcome, [(1, 1)] * 2_500)
    sweep = row_of(run_table(rows, "binary", sweep=True), "binary").sweep
    assert sweep is not None
    assert 1_900 < len(sweep.points) <= 2_002


def test_the_curve_of_three_tiers_keeps_the_upper_cut_on_a_hard_signal(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = [
        outcome(
            i,
            {name: {"score": 1, "cost": cost} for name, cost in (("a", 1), ("b", 3), ("c", 9))},
            signals={"hardness": i},
        )
        for i in range(10)
    ]
    row = row_of(run_table(rows, "three-tier", threshold="3,6"), "three-tier")
    assert row.calls == {"micro": 4, "mid": 3, "full": 3}
    assert row.sweep is not None
    chosen = next(p for p in row.sweep.points if p.threshold == 6.0)
    assert chosen.cost_per_call is not None
    assert math.isclose(chosen.cost_per_call, (4 * 1 + 3 * 3 + 3 * 9) / 10)
    assert row.n_priced == 10
    # Its grid of pairs is no policy's own curve.
    replay = run_table(rows, "binary", "three-tier", "confidence")
    curves = {row.policy: row.sweep and row.sweep.policy for row in replay.simulation.policies}
    assert {name: curve for name, curve in curves.items() if curve} == {
        name: name for name in ("binary", "three-tier", "confidence")
    }


def test_a_cascade_has_any_number_of_arms(run_table: Run, outcome: Line, row_of: Row) -> None:
    # Arm k answers rows from 10 (3 - k) on with confidence .9, the others with .1.
    rows = [
        outcome(
            i,
            {
                name: {"score": 1, "cost": 10.0**k, "latency_s": k + 1.0,
                       "confidence": 0.9 if i >= 10 * (3 - k) else 0.1}
                for k, name in enumerate(("m0", "m1", "m2", "m3"))
            },
        )
        for i in range(40)
    ]  # fmt: skip
    replay = run_table(
        rows, "cascade", arms="micro=m0,mid=m1,large=m2,full=m3",
        params={"order": "micro,mid,large,full", "thresholds": "0.9,0.9,0.9"},
    )  # fmt: skip
    row = row_of(replay, "cascade")
    assert row.calls == {"micro": 40, "mid": 30, "large": 20, "full": 10}
    assert (row.served, row.escalated) == (30, 10)
    assert row.cost_total == 40 * 1 + 30 * 10 + 20 * 100 + 10 * 1_000
    assert row.latency_s.escalated.p50 == 1 + 2 + 3 + 4
    names = [other.policy for other in replay.simulation.policies]
    assert {"all-micro", "all-mid", "all-large", "all-full"} <= set(names)
    shuffled = row_of(replay, "shuffle").calls
    assert shuffled == row.calls


def test_an_arm_that_is_nearly_a_name_of_ours_is_a_slip(run_table: Run, outcome: Line) -> None:
    rows = pair(outcome, FOUR)
    with pytest.raises(ConfigError, match="no arm 'midd'"):
        run_table(rows, arms="midd=weak,full=strong")
