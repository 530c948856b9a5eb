import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from routeaudit.stats import sweep

SCORES = np.array([0.9, 0.5, 0.5, np.nan, 0.1])
KEPT_USD = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
PASSED_USD = np.array([10.0, 20.0, 30.0, 40.0, 50.0])


def test_a_score_on_the_threshold_is_kept_and_an_unknown_one_never() -> None:
    rows = sweep.grid(SCORES, [0.5, 0.0, 1.0])
    assert rows.thresholds.tolist() == [1.0, 0.5, 0.0]
    assert rows.kept.tolist() == [0, 3, 4]


def test_a_float32_score_lies_on_the_threshold_that_it_was_made_from() -> None:
    rows = sweep.grid(np.array([0.7, 0.1], np.float32), [0.7])
    assert (rows.kept.tolist(), rows.thresholds.tolist()) == ([1], [0.7])


def test_totals_are_kept_plus_passed() -> None:
    rows = sweep.grid(SCORES, [0.0, 0.5, 1.0])
    # at 1.0 all are passed: 150; at .5: 1+2+3 + 40+50; at 0: 1+2+3+5 + 40
    assert rows.totals(KEPT_USD, PASSED_USD).tolist() == [150.0, 96.0, 51.0]
    assert rows.totals(1.0, 0.0).tolist() == [0.0, 3.0, 4.0]


def test_every_distinct_threshold_moves_tied_rows_together() -> None:
    rows = sweep.every_threshold(SCORES)
    assert rows.thresholds.tolist() == [np.inf, 0.9, 0.5, 0.1]
    assert rows.kept.tolist() == [0, 1, 3, 4]
    assert rows.totals(KEPT_USD, PASSED_USD).tolist() == [150.0, 141.0, 96.0, 51.0]


def test_no_known_score_leaves_one_threshold_that_keeps_none() -> None:
    rows = sweep.every_threshold([np.nan, np.nan])
    assert (rows.thresholds.tolist(), rows.kept.tolist()) == ([np.inf], [0])
    assert rows.totals(1.0, 2.0).tolist() == [4.0]


@given(
    hnp.arrays(np.float64, st.integers(1, 40), elements=st.sampled_from([0.1, 0.2, 0.3, 0.8])),
    st.integers(0, 2**32 - 1),
)
def test_both_sweeps_equal_brute_force(scores: npt.NDArray[np.float64], seed: int) -> None:
    rng = np.random.default_rng(seed)
    kept, passed = rng.random(len(scores)), rng.random(len(scores))
    for rows in (sweep.grid(scores, [0.0, 0.2, 0.25, 0.8, 1.0]), sweep.every_threshold(scores)):
        brute = [np.where(scores >= cut, kept, passed).sum() for cut in rows.thresholds]
        assert rows.totals(kept, passed) == pytest.approx(brute, rel=1e-12)
        assert (np.diff(rows.kept) >= 0).all()


@given(hnp.arrays(np.float64, st.integers(2, 40), elements=st.floats(0, 1)))
def test_two_halves_add_up_to_all_rows(scores: npt.NDArray[np.float64]) -> None:
    cuts = [0.0, 0.3, 0.6, 1.0]
    cost = np.arange(len(scores), dtype=np.float64)
    halves = [sweep.grid(scores[part::2], cuts).totals(cost[part::2], 1.0) for part in (0, 1)]
    assert halves[0] + halves[1] == pytest.approx(sweep.grid(scores, cuts).totals(cost, 1.0))


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1)))
def test_the_strictest_threshold_keeps_none_and_the_laxest_all(
    scores: npt.NDArray[np.float64],
) -> None:
    rows = sweep.every_threshold(scores)
    totals = rows.totals(1.0, 1_000.0)
    assert (totals[0], totals[-1]) == (1_000.0 * len(scores), 1.0 * len(scores))


def test_whole_number_scores_are_scores_too() -> None:
    assert sweep.every_threshold(np.array([3, 1, 2], np.uint8)).thresholds.tolist() == [
        np.inf,
        3.0,
        2.0,
        1.0,
    ]


def test_a_share_is_met_by_its_quantile_and_ties_keep_more() -> None:
    scores = [0.9, 0.8, 0.8, 0.1]
    # 1 of 4; 2 of 4 (a tie: keeps 3); all; none
    found = sweep.share_thresholds(scores, [0.25, 0.5, 1.0, 0.0])
    assert found.tolist() == [0.9, 0.8, 0.1, np.inf]


def test_a_share_out_of_reach_is_nan() -> None:
    assert np.isnan(sweep.share_thresholds([0.9, np.nan], [1.0])).all()
    assert np.isnan(sweep.share_thresholds([], [0.5, 1.0])).all()


def test_latency_quantiles_of_every_threshold_are_within_a_third_of_a_percent() -> None:
    rng = np.random.default_rng(5)
    scores, kept_s = rng.random(4_000), rng.lognormal(-1, 0.5, 4_000)
    passed_s = kept_s + rng.lognormal(1, 0.8, 4_000)
    rows = sweep.grid(scores, np.linspace(0, 1, 11))
    found = sweep.latency_quantiles(rows, kept_s, passed_s)
    for at, cut in enumerate(rows.thresholds):
        inside = scores >= cut
        mixed = np.where(inside, kept_s, passed_s)
        assert found.everyone[at] == pytest.approx(
            np.quantile(mixed, sweep.QUANTILES), rel=0.0034
        )
        if inside.any():
            exact = np.quantile(kept_s[inside], sweep.QUANTILES)
            assert found.kept[at] == pytest.approx(exact, rel=0.0034)
        if not inside.all():
            exact = np.quantile(passed_s[~inside], sweep.QUANTILES)
            assert found.passed[at] == pytest.approx(exact, rel=0.0034)


def test_a_quantile_of_no_rows_is_nan_and_an_unknown_time_is_left_out() -> None:
    rows = sweep.grid([0.9, 0.9, 0.1], [1.0, 0.5])
    found = sweep.latency_quantiles(rows, [2.0, np.nan, 2.0], 8.0, (0.5,))
    assert np.isnan(found.kept[0, 0])
    assert found.kept[1, 0] == pytest.approx(2.0, rel=0.0034)
    assert found.passed[:, 0] == pytest.approx([8.0, 8.0], rel=0.0034)


def test_three_tiers_are_paid_by_the_cut_they_clear() -> None:
    scores = np.array([0.9, 0.6, 0.3, 0.1])
    rows = sweep.grid(scores, [0.9, 0.3])
    totals = sweep.three_tier_totals(rows, 1.0, 10.0, 100.0)
    # micro cut .9, mid cut .9: 1 micro, 3 full; micro .9, mid .3: 1 micro, 2 mid, 1 full;
    # both .3: 3 micro, 1 full
    assert totals[0].tolist() == [301.0, 121.0]
    assert totals[1, 1] == 103.0
    assert np.isnan(totals[1, 0])


def test_the_front_keeps_the_cheapest_of_equals_and_drops_what_is_beaten() -> None:
    cost = [1.0, 2.0, 3.0, 3.0, 0.5, np.nan]
    quality = [0.5, 0.7, 0.7, 0.9, 0.2, 1.0]
    assert sweep.pareto_front(cost, quality).tolist() == [4, 0, 1, 3]


def test_the_hull_drops_a_point_that_a_mix_of_two_beats() -> None:
    # (2, .55) lies under the line from (1, .5) to (3, .9), which passes (2, .7).
    assert sweep.upper_hull([1.0, 2.0, 3.0], [0.5, 0.55, 0.9]).tolist() == [0, 2]
    assert sweep.upper_hull([1.0, 2.0, 3.0], [0.5, 0.8, 0.9]).tolist() == [0, 1, 2]
    assert sweep.upper_hull([1.0, 2.0, 3.0], [0.5, 0.7, 0.9]).tolist() == [0, 2]
