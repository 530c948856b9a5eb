import math

import numpy as np
import pytest

from routeaudit.stats import paired
from routeaudit.stats.figures import known


def test_thirty_one_discordant_pairs_have_a_normal_interval() -> None:
    # 21 lost, 10 gained of 200 calls: d = -11/200; variance (31/200 - d^2) / 199
    cheap = np.array([0.0] * 21 + [1.0] * 10 + [1.0] * 19)
    full = np.array([1.0] * 21 + [0.0] * 10 + [1.0] * 19)
    change = paired.accuracy_change(cheap, full, calls=200)
    assert change is not None
    assert (change.value, change.lost, change.gained) == (-0.055, 21, 10)
    assert change.method == "normal"
    half = 1.959964 * math.sqrt((31 / 200 - 0.055**2) / 199)
    assert change.interval == pytest.approx((-0.055 - half, -0.055 + half), abs=1e-6)


def test_no_discordant_pair_is_not_no_doubt() -> None:
    same = np.ones(100)
    change = paired.accuracy_change(same, same, calls=100)
    assert change is not None
    assert (change.value, change.method) == (0.0, "exact")
    # each side: 1 - .0125^(1/100)
    end = 1 - 0.0125 ** (1 / 100)
    assert change.interval == pytest.approx((-end, end))


def test_graded_scores_are_normal_even_when_few_differ() -> None:
    change = paired.accuracy_change(np.array([0.5, 1.0]), np.array([1.0, 1.0]), calls=2)
    assert change is not None
    assert (change.value, change.method, change.lost) == (-0.25, "normal", 1)
    single = paired.accuracy_change(np.array([0.5]), np.array([1.0]), calls=1)
    assert single is not None
    assert single.interval is None
    assert paired.accuracy_change(np.zeros(0), np.zeros(0), calls=0) is None


def test_exact_intervals_of_few_pairs_cover_the_truth() -> None:
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(300):
        kind = rng.random(150)
        cheap, full = (kind >= 0.06).astype(float), np.where(kind > 0.97, 0.0, 1.0)
        change = paired.accuracy_change(cheap, full, calls=150)
        assert change is not None
        assert change.interval is not None
        covered += change.interval.low <= -0.03 <= change.interval.high
    assert covered / 300 >= 0.95


def test_a_policy_that_serves_what_the_cheap_arm_gets_right_beats_its_shuffle() -> None:
    cheap, full = np.array([1.0, 0.0] * 200), np.ones(400)
    gain = paired.gain_over_shuffle(cheap == 1, cheap, full)
    assert gain is not None
    # serving half at random loses a quarter of the calls; the policy loses none
    assert gain.value == pytest.approx(0.25)
    assert gain.interval is not None
    assert gain.interval.low > 0
    assert (gain.lost, gain.gained) == (0, 0)


def test_a_shuffle_gains_nothing_over_a_shuffle() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        cheap, full = rng.random((2, 300)) < np.array([[0.6], [0.9]])
        gain = paired.gain_over_shuffle(rng.random(300) < 0.5, cheap * 1.0, full * 1.0)
        assert gain is not None
        assert gain.interval is not None
        covered += gain.interval.low <= 0 <= gain.interval.high
    assert covered / 400 == pytest.approx(0.95, abs=0.03)


def test_copies_of_a_row_in_one_cluster_add_no_evidence() -> None:
    rng = np.random.default_rng(2)
    cheap, served = np.where(rng.random(100) < 0.5, 1.0, 0.0), rng.random(100) < 0.5
    once = paired.gain_over_shuffle(served, cheap, np.ones(100))
    many = paired.gain_over_shuffle(
        np.repeat(served, 9), np.repeat(cheap, 9), np.ones(900), np.repeat(np.arange(100), 9)
    )
    assert once is not None
    assert many is not None
    assert many.interval == pytest.approx(once.interval)


def test_one_cluster_has_no_interval_and_no_calls_no_gain() -> None:
    one = paired.gain_over_shuffle(np.array([True, False]), np.ones(2), np.zeros(2), ["a", "a"])
    assert one is not None
    assert one.interval is None
    assert paired.gain_over_shuffle(np.zeros(0, bool), np.zeros(0), np.zeros(0)) is None


def test_phi_of_a_two_by_two_table() -> None:
    # Both right 40, first only 10, second only 20, none 30: the products of the diagonals
    # differ by 1,000, and the margins are 50, 50, 60 and 40.
    first = np.array([True] * 50 + [False] * 50)
    second = np.array([True] * 40 + [False] * 10 + [True] * 20 + [False] * 30)
    assert paired.phi(first, second).value == pytest.approx(1_000 / math.sqrt(6_000_000))
    assert "always" in paired.phi(first, np.ones(100, bool)).reason
    assert "always" in paired.phi(np.zeros(0, bool), np.zeros(0, bool)).reason


def test_a_thousand_rows_without_correlation_look_misjoined() -> None:
    assert paired.looks_misaligned(known(-0.001), 1_000)
    assert not paired.looks_misaligned(known(-0.001), 999)
    assert not paired.looks_misaligned(known(0.12), 5_000)
    assert not paired.looks_misaligned(paired.phi(np.ones(2, bool), np.ones(2, bool)), 5_000)
