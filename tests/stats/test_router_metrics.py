import gzip
import json
import math
from pathlib import Path
from typing import Any, NamedTuple  # Any: parsed JSON

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.stats import router_curves as rc
from routeaudit.stats import router_metrics as rm
from routeaudit.stats.router_curves import Outcomes, Point

OUTCOMES = Path(__file__).parents[3] / "shared" / "data" / "outcomes"
WEAK, STRONG = "mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"


class Table(NamedTuple):
    outcomes: Outcomes
    prompt_length: npt.NDArray[np.float64]


def lines(name: str) -> list[dict[str, Any]]:
    path = OUTCOMES / name
    if not path.exists():
        pytest.skip(f"the outcome table is not here: {name}")
    with gzip.open(path, "rt") as text:
        return [json.loads(line) for line in text]


def gsm8k(rows: list[dict[str, Any]]) -> Table:
    scores = [[row["models"][name]["score"] for name in (WEAK, STRONG)] for row in rows]
    weak, strong = np.array(scores, dtype=np.float64).T
    length = np.array([len(row["prompt"]) for row in rows], dtype=np.float64)
    return Table(Outcomes(weak=weak, strong=strong), length)


def clean_gsm8k() -> Table:
    rows = lines("routellm_gsm8k.jsonl.gz")
    return gsm8k([row for row in rows if not row.get("contaminated")])


def outcomes(weak: list[float], strong: list[float]) -> Outcomes:
    return Outcomes(weak=np.array(weak), strong=np.array(strong))


# Four calls; the strong model gains on the first two and loses on the last.
FOUR = outcomes([0, 0, 1, 1], [1, 1, 1, 0])


def test_a_curve_sends_the_neediest_calls_first() -> None:
    curve = rc.routing_curve(FOUR, [4, 3, 2, 1])
    assert curve.strong_share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve.quality.tolist() == [0.5, 0.75, 1.0, 1.0, 0.75]
    # PGR 0, 1, 2, 2, 1: trapezoids .25 (.5 + 1.5 + 2 + 1.5)
    assert rm.apgr(curve).value == pytest.approx(1.375)


def test_calls_with_the_same_need_move_together_and_unknown_needs_last() -> None:
    tied = rc.routing_curve(FOUR, [2, 2, 1, math.nan])
    assert tied.strong_share.tolist() == [0, 0.5, 0.75, 1]
    assert tied.quality.tolist() == [0.5, 1.0, 1.0, 0.75]


def test_without_a_signal_the_curve_is_the_random_line() -> None:
    curve = rc.routing_curve(FOUR, [1, 1, 1, 1])
    assert rm.apgr(curve).value == 0.5
    assert rm.cpt(curve, 0.5).value == 0.5
    assert rm.oracle_gain_share(curve, rc.routing_curve(FOUR, rc.oracle_need(FOUR))).value == 0


def test_call_performance_threshold_is_the_first_crossing_in_whole_calls() -> None:
    curve = rc.routing_curve(FOUR, [4, 3, 2, 1])
    # PGR is 1 at a quarter; a half of it lies at an eighth: half a call, so one call
    assert [rm.cpt(curve, x).value for x in (0.0, 0.5, 1.0, 2.0)] == [0, 0.25, 0.25, 0.5]
    assert rm.cpt(curve, 2.5).reason == "no share of strong calls recovers 250 % of the gap"


def test_performance_gap_recovered_is_printed_as_it_is() -> None:
    assert rm.pgr(0.7, 0.6, 0.8).value == pytest.approx(0.5)
    assert rm.pgr(0.5, 0.6, 0.8).value == pytest.approx(-0.5)
    assert rm.pgr(0.9, 0.6, 0.8).value == pytest.approx(1.5)
    assert "no gap" in rm.pgr(0.5, 0.6, 0.6).reason


def test_a_strong_model_that_is_not_better_has_no_apgr() -> None:
    curve = rc.routing_curve(outcomes([1, 1], [0, 1]), [2, 1])
    expected = "the strong model is not better than the weak one (0.5000 <= 1.0000)"
    assert rm.apgr(curve).reason == expected
    assert rm.cpt(curve, 0.5).reason == expected


scores = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=30)


@given(scores, st.data())
def test_no_signal_beats_the_oracle_at_any_share(
    weak: list[float], data: st.DataObject
) -> None:
    n = len(weak)
    strong = data.draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=n, max_size=n))
    need = data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    both = outcomes(weak, strong)
    best = rc.routing_curve(both, rc.oracle_need(both))
    any_curve = rc.routing_curve(both, need)
    ceiling = np.interp(any_curve.strong_share, best.strong_share, best.quality)
    assert (any_curve.quality <= ceiling + 1e-9).all()
    assert any_curve.weak_quality == pytest.approx(np.mean(weak))
    assert any_curve.strong_quality == pytest.approx(np.mean(strong))


def test_the_oracle_captures_all_of_its_own_gain() -> None:
    best = rc.routing_curve(FOUR, rc.oracle_need(FOUR))
    assert rm.oracle_gain_share(best, best).value == pytest.approx(1)
    same = outcomes([1, 0], [1, 0])
    flat = rc.routing_curve(same, [1, 2])
    assert "gains nothing" in rm.oracle_gain_share(flat, flat).reason


def test_aiq_of_two_models_is_the_line_between_them() -> None:
    weak, strong = Point(1.0, 0.4), Point(3.0, 0.8)
    assert rm.aiq([], weak, strong).value == pytest.approx(0.6)
    # a point (2, .8) lifts it: (.6 + .8) / 2; one dearer than the strong model is dropped
    assert rm.aiq([Point(2.0, 0.8), Point(9.0, 1.0)], weak, strong).value == pytest.approx(0.7)


def test_aiq_never_falls_when_the_dear_model_is_worse() -> None:
    assert rm.aiq([], Point(1.0, 0.8), Point(3.0, 0.4)).value == pytest.approx(0.8)


def test_aiq_of_equal_costs_is_the_better_quality_and_of_unknown_ones_none() -> None:
    assert rm.aiq([], Point(1.0, 0.4), Point(1.0, 0.8)).value == 0.8
    assert "not known" in rm.aiq([], Point(math.nan, 0.4), Point(1.0, 0.8)).reason


def test_aiq_of_a_curve_needs_its_costs() -> None:
    need = [4, 3, 2, 1]
    assert "not known" in rm.aiq_of_curve(rc.routing_curve(FOUR, need)).reason
    priced = Outcomes(
        weak=FOUR.weak, strong=FOUR.strong, weak_cost=np.ones(4), strong_cost=np.full(4, 3.0)
    )
    curve = rc.routing_curve(priced, need)
    # (1, .5) (1.5, .75) (2, 1) and then level: (.75 + 1) / 2
    assert curve.cost is not None
    assert curve.cost.tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert rm.aiq_of_curve(curve).value == pytest.approx(0.875)
    assert curve.at(0.5) == Point(2.0, 1.0)
    drawn = rc.resampled_curves(priced, need, None, seed=1, resamples=20)
    assert all(c.cost is not None and c.cost[0] == 1 and c.cost[-1] == 3 for c in drawn)
    assert math.isnan(rc.routing_curve(FOUR, need).at(0.5).cost)


def test_aiq_reads_every_point_of_a_curve() -> None:
    first = np.arange(100) == 0
    priced = Outcomes(
        weak=1.0 - first,
        strong=np.ones(100),
        weak_cost=np.ones(100),
        strong_cost=np.full(100, 2),
    )
    curve = rc.routing_curve(priced, 100 - np.arange(100))
    # The first of 100 strong calls mends the only fault: (1, .99) (1.01, 1) and then level.
    assert rm.aiq_of_curve(curve).value == pytest.approx(0.01 * 0.995 + 0.99, abs=1e-12)


def test_benefit_per_cost_and_its_lift() -> None:
    small, large, router = Point(1.0, 0.5), Point(3.0, 0.7), Point(2.0, 0.7)
    # router .2 per 1, base .2 per 2
    assert rm.ibc(router, small).value == pytest.approx(0.2)
    assert rm.ibc_lift(router, small, large).value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("router", "large", "words"),
    [
        (Point(1.0, 0.6), Point(3.0, 0.7), "exactly as much"),
        (Point(0.5, 0.6), Point(3.0, 0.7), "flips the sign"),
        (Point(2.0, 0.6), Point(1.0, 0.7), "not dearer"),
        (Point(2.0, 0.6), Point(3.0, 0.5), "not better"),
    ],
)
def test_lift_is_refused_by_name(router: Point, large: Point, words: str) -> None:
    assert words in rm.ibc_lift(router, Point(1.0, 0.5), large).reason


def test_the_arena_score_rewards_thrift_on_a_log_scale() -> None:
    # at $0.0044 the thrift is 1: 1.1 * .5 * 1 / (.05 + 1)
    assert rm.arena_score(0.5, 0.0044).value == pytest.approx(0.55 / 1.05)
    assert rm.arena_score(0.5, 200.0).value == 0
    assert rm.arena_score(0.5, 0.0).value == 0
    assert "$200" in rm.arena_score(0.0, 300.0).reason


def test_published_accuracy_on_gsm8k() -> None:
    everything, clean = gsm8k(lines("routellm_gsm8k.jsonl.gz")), clean_gsm8k()
    assert (len(everything.prompt_length), len(clean.prompt_length)) == (1_319, 1_307)
    both = everything.outcomes
    assert (both.weak.mean(), both.strong.mean()) == pytest.approx((0.63836, 0.85671), abs=5e-6)
    both = clean.outcomes
    assert (both.weak.mean(), both.strong.mean()) == pytest.approx((0.63734, 0.85769), abs=5e-6)


def test_published_metrics_on_gsm8k() -> None:
    table = clean_gsm8k()
    best = rc.routing_curve(table.outcomes, rc.oracle_need(table.outcomes))
    assert rm.apgr(best).value == pytest.approx(1.1208, abs=5e-5)
    assert rm.cpt(best, 0.5).value == pytest.approx(0.1102, abs=5e-5)
    assert rm.cpt(best, 0.8).value == pytest.approx(0.1767, abs=5e-5)
    by_length = rc.routing_curve(table.outcomes, table.prompt_length)
    assert rm.apgr(by_length).value == pytest.approx(0.598, abs=5e-4)


def test_published_costs_on_routerarena() -> None:
    rows = lines("routerarena_sub10.jsonl.gz")
    names = sorted({name for row in rows for name in row["models"]})
    scores = np.array([[row["models"][n]["score"] for n in names] for row in rows], np.float64)
    costs = np.array([[row["models"][n]["cost"] for n in names] for row in rows], np.float64)
    per_1000 = dict(zip(names, 1_000 * costs.mean(axis=0), strict=True))
    quality = dict(zip(names, scores.mean(axis=0), strict=True))
    haiku = next(name for name in names if "haiku" in name)
    flash = next(name for name in names if "flash" in name)
    assert (quality[haiku], per_1000[haiku]) == pytest.approx((0.5234, 0.17599), abs=5e-5)
    assert (quality[flash], per_1000[flash]) == pytest.approx((0.6901, 0.04749), abs=5e-5)
    best = scores >= scores.max(axis=1, keepdims=True)
    picked = np.where(best, costs, np.inf).argmin(axis=1)[:, None]
    assert np.take_along_axis(scores, picked, 1).mean() == pytest.approx(0.7408, abs=5e-5)
    cost = 1_000 * np.take_along_axis(costs, picked, 1).mean()
    assert cost == pytest.approx(0.05678, abs=5e-6)


def test_the_interval_of_a_metric_contains_it_and_repeats_with_its_seed() -> None:
    rng = np.random.default_rng(1)
    both = Outcomes(
        weak=(rng.random(2_000) < 0.6).astype(float),
        strong=(rng.random(2_000) < 0.85).astype(float),
    )
    need = rng.random(2_000) + 0.3 * rc.oracle_need(both)
    value = rm.apgr(rc.routing_curve(both, need)).value
    curves = rc.resampled_curves(both, need, None, seed=5)
    interval = rc.metric_interval(rm.apgr, curves)
    assert value is not None
    assert interval is not None
    assert interval.low < value < interval.high
    assert rc.metric_interval(rm.apgr, rc.resampled_curves(both, need, None, 5)) == interval


def test_calls_of_one_template_count_as_one() -> None:
    rng = np.random.default_rng(2)
    gain = np.repeat(rng.random(40) < 0.3, 25).astype(float)
    both = Outcomes(weak=np.zeros(1_000), strong=gain)
    need, template = rng.random(1_000), np.repeat(np.arange(40), 25)

    def width(clusters: npt.NDArray[np.int64] | None) -> float:
        curves = rc.resampled_curves(both, need, clusters, seed=1, resamples=100)
        low, high = np.quantile([curve.strong_quality for curve in curves], [0.025, 0.975])
        return float(high - low)

    # 25 equal calls each: five times as wide
    assert width(template) == pytest.approx(5 * width(None), rel=0.35)


def test_a_metric_that_is_mostly_refused_has_no_interval() -> None:
    worse = outcomes([1, 1, 1, 0], [0, 0, 0, 1])
    curves = rc.resampled_curves(worse, [1, 2, 3, 4], None, seed=1, resamples=50)
    assert rc.metric_interval(rm.apgr, curves) is None
    assert rc.metric_interval(rm.apgr, []) is None
