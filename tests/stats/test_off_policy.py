import numpy as np
import numpy.typing as npt
import pytest

from routeaudit.stats import off_policy
from routeaudit.stats.off_policy import Logged


def drawn(seed: int, rows: int = 5_000) -> tuple[Logged, float, npt.NDArray[np.int64]]:
    """Two arms, three kinds of calls; the log prefers arm 1 on hard ones. Truth is known."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, rows)
    rates = np.array([[0.95, 0.97], [0.8, 0.9], [0.4, 0.85]])
    first = np.array([0.7, 0.5, 0.3])[kind]
    chance = np.stack([first, 1 - first], axis=1)
    arm = (rng.random(rows) >= first).astype(np.int64)
    reward = (rng.random(rows) < rates[kind, arm]).astype(np.float64)
    # the new policy serves kind 0 cheaply, always
    policy = np.where((kind == 0)[:, None], [1.0, 0.0], [0.0, 1.0])
    logged = Logged(reward=reward, arm=arm, chance=chance, policy=policy)
    fold = np.arange(rows) % 3
    predicted = off_policy.cross_fitted_means(logged, kind, fold)
    full = Logged(reward=reward, arm=arm, chance=chance, policy=policy, predicted=predicted)
    return full, (0.95 + 0.9 + 0.85) / 3, kind


def test_three_estimators_find_the_truth_and_the_two_better_ones_are_tighter() -> None:
    covered = np.zeros(3)
    errors = []
    for seed in range(150):
        logged, truth, _ = drawn(seed, rows=2_000)
        found = off_policy.evaluate(logged)
        assert found.refusals == ()
        trio = [found.inverse, found.self_normalised, found.doubly_robust]
        errors.append([e.value - truth for e in trio if e is not None])
        covered += [e.interval.low <= truth <= e.interval.high for e in trio if e is not None]
    spread = np.std(np.array(errors), axis=0)
    assert (covered / 150 >= 0.90).all()
    assert spread[1] < spread[0]
    assert spread[2] < spread[0]


def test_by_hand_on_400_calls_of_an_even_coin() -> None:
    arm = np.tile([0, 1], 200)
    reward = np.tile([1.0, 0.0, 1.0, 1.0], 100)  # arm 0 always earns 1, arm 1 half the time
    logged = Logged(
        reward=reward,
        arm=arm,
        chance=np.full((400, 2), 0.5),
        policy=np.tile([0.0, 1.0], (400, 1)),
    )
    found = off_policy.evaluate(logged)
    # weights 0 and 2: mean 1, effective rows 400^2 / (200 * 4) = 200
    assert found.diagnostics.effective_rows == pytest.approx(200)
    assert found.diagnostics.mean_weight == 1
    assert found.inverse is not None
    assert found.inverse.value == pytest.approx(0.5)
    assert found.doubly_robust is None


def test_an_arm_that_was_never_logged_is_refused_with_what_to_do() -> None:
    logged = Logged(
        reward=np.ones(1_000),
        arm=np.ones(1_000, np.int64),
        chance=np.tile([0.0, 1.0], (1_000, 1)),
        policy=np.tile([1.0, 0.0], (1_000, 1)),
    )
    found = off_policy.evaluate(logged)
    assert found.diagnostics.unsupported == 1.0
    assert (
        found.refusals[0] == "100.0% of the policy's choices were never logged: replay a sample"
    )
    assert (found.inverse, found.bounds) == (None, None)


def test_a_part_never_logged_gives_bounds() -> None:
    half = np.arange(1_000) < 500
    logged = Logged(
        reward=np.where(half, 0.8, 0.5),
        arm=np.ones(1_000, np.int64),
        chance=np.tile([0.0, 1.0], (1_000, 1)),
        policy=np.where(half[:, None], [0.0, 1.0], [1.0, 0.0]),
    )
    found = off_policy.evaluate(logged)
    # .8 for one half, and the other at 0 or at 1
    assert found.bounds == pytest.approx((0.4, 0.9))
    dollars = Logged(
        reward=logged.reward * 9, arm=logged.arm, chance=logged.chance, policy=logged.policy
    )
    assert off_policy.evaluate(dollars).bounds is None


def test_wrong_chances_and_too_few_rows_are_refused() -> None:
    arm = np.tile([0, 1], 500)
    wrong = Logged(
        reward=np.ones(1_000),
        arm=arm,
        chance=np.tile([0.9, 0.1], (1_000, 1)),
        policy=np.tile([0.0, 1.0], (1_000, 1)),
    )
    assert any("chances are wrong" in reason for reason in off_policy.evaluate(wrong).refusals)
    few = Logged(
        reward=np.ones(10),
        arm=arm[:10],
        chance=np.full((10, 2), 0.5),
        policy=np.tile([0.0, 1.0], (10, 1)),
    )
    reasons = " ".join(off_policy.evaluate(few).refusals)
    assert "only 5 rows effectively count, and it needs 200" in reasons
    assert "one row carries 20.0%" in reasons


def test_no_calls_are_refused() -> None:
    none = np.zeros((0, 2))
    empty = Logged(reward=np.zeros(0), arm=np.zeros(0, np.int64), chance=none, policy=none)
    assert off_policy.evaluate(empty).refusals


def test_heavy_weights_are_clipped_with_a_note() -> None:
    rng = np.random.default_rng(5)
    n = 20_000
    chance = np.where(rng.random(n) < 0.002, 0.02, 0.5)
    arm = (rng.random(n) >= chance).astype(np.int64)
    logged = Logged(
        reward=np.ones(n),
        arm=arm,
        chance=np.stack([chance, 1 - chance], axis=1),
        policy=np.tile([1.0, 0.0], (n, 1)),
    )
    found = off_policy.evaluate(logged)
    heavy = int(((arm == 0) & (chance < 0.05)).sum())
    assert heavy > 0
    assert found.diagnostics.clipped == heavy
    assert found.flags == (f"{heavy} weights were clipped at 20",)


def test_predictions_that_contradict_the_log_are_flagged() -> None:
    logged, _, _ = drawn(1)
    rng = np.random.default_rng(1)
    # right on average over the logged rows of one arm only
    biased = Logged(
        reward=logged.reward,
        arm=logged.arm,
        chance=np.clip(logged.chance + rng.normal(0, 0.02, (5_000, 1)) * [1, -1], 0.05, 0.95),
        policy=logged.policy,
        predicted=np.where(np.eye(2, dtype=bool)[logged.arm], logged.reward[:, None], 9.0),
    )
    found = off_policy.evaluate(biased)
    assert found.flags == ("the doubly robust and the self-normalised estimate disagree",)


def test_a_row_never_predicts_itself() -> None:
    logged = Logged(
        reward=np.array([1.0, 0.0, 0.5, 0.25]),
        arm=np.array([0, 0, 0, 1]),
        chance=np.full((4, 2), 0.5),
        policy=np.full((4, 2), 0.5),
    )
    cell, fold = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = off_policy.cross_fitted_means(logged, cell, fold)
    # row 0: cell 0 arm 0 in fold 1 is row 1; arm 1 in fold 1 only as row 3, in another cell
    assert found[0].tolist() == [0.0, 0.25]
    # row 1: arm 0 is row 0; arm 1 was seen in no other fold: the mean of all
    assert found[1].tolist() == [1.0, 1.75 / 4]
    # row 2: cell 1 never saw arm 0 in fold 1: arm 0's mean there, which is row 1
    assert found[2].tolist() == [0.0, 0.25]
