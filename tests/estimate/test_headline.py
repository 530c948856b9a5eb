"""The first lines of a result: rounded, ranged, and short."""

import re
from collections.abc import Callable
from typing import Any

import polars as pl

from routeaudit.estimate.simulate import Replay

Run = Callable[..., Replay]
Calls = Callable[..., pl.DataFrame]
Line = Callable[..., dict[str, Any]]
DAYS = 24 * 20


def test_figures_are_whole_percents_with_their_ranges(calls: Calls, run_logs: Run) -> None:
    # Two of three calls are simple and alike, so every day saves 2/3 of .0108 in .012: 60 %.
    frame = calls(p_simple=[0.9, 0.9, 0.1] * (DAYS // 3))
    told = run_logs(frame, "binary").simulation.headline
    assert "binary cuts cost 60% (±1)" in told
    assert "of answers fail (ASSUMED)" in told
    assert told.count("against") == 1


def test_a_wide_range_is_said(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.9] * (DAYS // 2) + [0.1] * (DAYS // 2))
    told = run_logs(frame, "binary").simulation.headline
    # Ten days save 90 %, ten nothing: 45 % on average, and far from sure.
    assert "binary cuts cost 45% (" in told
    assert "±" not in told


def test_both_ends_of_a_rise_are_rises(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.9] * (DAYS // 2) + [0.1] * (DAYS // 2))
    told = run_logs(frame, "binary", classifier_usd=0.0058).simulation.headline
    # Ten days save .005 of .012 a call, ten cost .0058 more: 3 % dearer, give or take 20 points.
    found = re.search(r"binary raises cost 3% \((-?\d+) to (\d+)\)", told)
    assert found is not None
    low, high = (int(end) for end in found.groups())
    assert low < 0 < -low < high


def test_three_policies_fit_four_lines_of_a_terminal(calls: Calls, run_logs: Run) -> None:
    frame = calls(p_simple=[0.9, 0.6, 0.1] * (DAYS // 3))
    told = run_logs(frame, "binary", "three-tier", "confidence").simulation.headline
    assert len(told) <= 4 * 80


def test_flat_prices_are_arithmetic_and_keep_their_decimals(
    calls: Calls, run_logs: Run
) -> None:
    frame = calls(p_simple=[i / 10 for i in range(10)])
    told = run_logs(frame, "binary", prices="article", share="80/20").simulation.headline
    assert "At flat prices, against every call at the article's full price" in told
    assert "binary cuts cost 76.67%" in told


def test_an_unknown_price_is_no_saving(run_table: Run, outcome: Line) -> None:
    rows = [
        outcome(i, {"weak": {"score": 1}, "strong": {"score": 1}}, signals={"hardness": i})
        for i in range(4)
    ]
    told = run_table(rows, "binary").simulation.headline
    assert "binary: savings unknown, prices are missing" in told


def test_a_flat_price_of_the_full_arm_names_the_baseline(calls: Calls, run_logs: Run) -> None:
    replay = run_logs(calls(p_simple=[0.9, 0.1]), "binary", price="full=0.03")
    assert "against every call at the flat price:" in replay.simulation.headline
    assert replay.simulation.policies[0].saving.baseline_total == 0.06
