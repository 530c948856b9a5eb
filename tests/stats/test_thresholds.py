import math

import numpy as np
import numpy.typing as npt
import pytest

from routeaudit.stats import thresholds
from routeaudit.stats.thresholds import Guarantee

Array = npt.NDArray[np.float64]
LEVELS = 1 - np.arange(1, 21) / 20  # of a score that is uniform in all traffic


def rising(score: Array) -> Array:
    # The top share s fails at 0.29 s / 2 on average: 5 % at s = 34.5 %.
    return 0.29 * (1 - score)


def flat(score: Array) -> Array:
    return np.full_like(score, 0.0501)


def u_shaped(score: Array) -> Array:
    return np.where(score > 0.9, 0.30, 0.02)


def true_rate(world: str, threshold: float) -> float:
    share = 1 - threshold
    if world == "flat":
        return 0.0501
    if world == "rising":
        return 0.29 * share / 2
    return (0.30 * min(share, 0.1) + 0.02 * max(share - 0.1, 0)) / share


WORLDS = {"rising": rising, "flat": flat, "u_shaped": u_shaped}


def drawn(world: str, rows: int, seed: int) -> tuple[Array, npt.NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    score = rng.random(rows)
    return score, rng.random(rows) < WORLDS[world](score)


def broken(world: str, found: list[Guarantee]) -> float:
    passed = [g.threshold for g in found if g.threshold is not None]
    return sum(true_rate(world, cut) > 0.05 for cut in passed) / len(found)


@pytest.mark.parametrize(
    ("world", "rows"), [("rising", 1_000), ("rising", 3_000), ("flat", 1_500)]
)
def test_over_a_thousand_samples_the_promise_breaks_in_at_most_five_percent(
    world: str, rows: int
) -> None:
    found = [
        thresholds.fixed_sequence(LEVELS, *drawn(world, rows, seed), 0.05)
        for seed in range(1_000)
    ]
    assert broken(world, found) <= 0.05
    if world == "rising":
        shares = [1 - g.threshold if g.threshold is not None else 0 for g in found]
        # Labels buy reach: the best possible share is 34.5 %.
        assert np.mean(shares) > (0.05 if rows == 1_000 else 0.15)


def test_picking_what_looks_good_would_break_it_about_half_the_time() -> None:
    bad = 0
    for seed in range(300):
        score, failed = drawn("rising", 1_000, seed)
        served = score[:, None] >= LEVELS
        rates = (served & failed[:, None]).sum(axis=0) / np.maximum(served.sum(axis=0), 1)
        looks_good = np.flatnonzero(rates <= 0.05)
        bad += len(looks_good) > 0 and true_rate("rising", LEVELS[looks_good[-1]]) > 0.05
    assert bad / 300 > 0.3


def test_where_the_most_confident_fail_the_walk_cannot_start_but_four_starts_can() -> None:
    plain, several = [], []
    for seed in range(300):
        sample = drawn("u_shaped", 3_000, seed)
        plain.append(thresholds.fixed_sequence(LEVELS, *sample, 0.08))
        several.append(thresholds.multi_start(LEVELS, *sample, 0.08))
    assert all(g.threshold is None for g in plain)
    assert plain[0].reason == "no threshold can be guaranteed; everything goes to the full arm"
    assert not thresholds.is_monotone(plain[0])
    assert np.mean([g.threshold is not None for g in several]) > 0.9
    worst = [true_rate("u_shaped", g.threshold) for g in several if g.threshold is not None]
    assert np.mean(np.array(worst) > 0.08) <= 0.05


def test_59_clean_answers_prove_five_percent_and_58_prove_nothing() -> None:
    # .95^59 = 4.85 %, .95^58 = 5.1 %
    assert thresholds.rows_to_prove(0.05) == 59
    score = np.concatenate([np.full(59, 0.9), np.full(40, 0.5)])
    failed = np.zeros(99, dtype=bool)
    failed[59:] = True
    found = thresholds.fixed_sequence(np.array([0.95, 0.9, 0.5]), score, failed, 0.05)
    assert found.threshold == 0.9
    first, second, third = found.levels
    assert (first.served, first.p_value, first.proven) == (0, None, False)
    assert second.p_value == pytest.approx(0.95**59)
    assert (third.served, third.loss, third.proven) == (99, 40, False)
    few = thresholds.fixed_sequence(np.array([0.9]), score[1:59], failed[1:59], 0.05)
    assert few.threshold is None
    assert few.reason.startswith("too few scored answers")


def test_the_walk_stops_at_the_first_failure_even_if_later_levels_look_good() -> None:
    score = np.concatenate([np.full(100, 0.9), np.full(5_000, 0.1)])
    failed = np.arange(5_100) < 20
    # 20 of 100 fails; 20 of 5,100 would pass
    found = thresholds.fixed_sequence(np.array([0.9, 0.1]), score, failed, 0.05)
    assert found.threshold is None
    assert (found.levels[1].p_value or 0) < 1e-9


def test_rows_on_the_threshold_are_served() -> None:
    score, failed = np.full(59, 0.7), np.zeros(59, dtype=bool)
    assert thresholds.fixed_sequence(np.array([0.7]), score, failed, 0.05).threshold == 0.7


def test_levels_serve_twentieths_of_all_traffic_and_ties_leave_fewer() -> None:
    levels = thresholds.served_levels(np.arange(100) / 100)
    assert levels == pytest.approx(0.95 - np.arange(20) / 20)
    assert thresholds.served_levels([0.5] * 9 + [0.9]).tolist() == [0.9, 0.5]
    # 5 of 10 unknown: shares above a half are out of reach
    half = thresholds.served_levels([0.9, 0.8, 0.7, 0.6, 0.5] + [math.nan] * 5)
    assert half.tolist() == [0.9, 0.8, 0.7, 0.6, 0.5]


def test_hoeffding_bentkus_by_hand() -> None:
    # no loss in 100: Hoeffding .95^100 is smaller than e * .95^100
    assert thresholds.hoeffding_bentkus(0.0, 100, 0.05) == pytest.approx(0.95**100)
    assert thresholds.hoeffding_bentkus(0.06, 100, 0.05) == 1.0
    # one half of ten at .9: h = .5 ln(.5/.9) + .5 ln(.5/.1) = .5108; exp(-5.108) = .00605;
    # e * P(Bin(10, .9) <= 5) = e * .0016349 = .004444
    assert thresholds.hoeffding_bentkus(0.5, 10, 0.9) == pytest.approx(0.004444, abs=1e-6)
    assert thresholds.hoeffding_bentkus(1.0, 10, 1 - 1e-9) == 1.0


def test_graded_losses_keep_the_promise_too() -> None:
    rng = np.random.default_rng(3)
    bad = 0
    for _ in range(300):
        score = rng.random(1_000)
        losses = rng.random(1_000) * 2 * rising(score)  # mean .29 (1 - score)
        found = thresholds.fixed_sequence_graded(LEVELS, score, losses, 0.05)
        bad += found.threshold is not None and true_rate("rising", found.threshold) > 0.05
    assert bad <= 15


def test_an_even_failure_rate_counts_as_monotone() -> None:
    score, failed = drawn("rising", 2_000, 1)
    assert thresholds.is_monotone(thresholds.fixed_sequence(LEVELS, score, failed, 0.05))
    assert thresholds.is_monotone(Guarantee(threshold=None, reason="", levels=()))


def test_one_row_of_each_cluster_is_marked() -> None:
    marked = thresholds.one_per_cluster(["a", "a", "b", "a"], np.array([0.5, 0.1, 0.9, 0.2]))
    assert marked.tolist() == [False, True, True, False]
