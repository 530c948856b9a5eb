import numpy as np
import numpy.typing as npt
import pytest

from routeaudit.stats import prediction_powered as pp
from routeaudit.stats.binomial import wilson
from routeaudit.stats.figures import known

Array = npt.NDArray[np.float64]


def judged(rng: np.random.Generator, rows: int) -> tuple[Array, Array]:
    """True acceptability .93 and a judge of sensitivity .95, specificity .80."""
    human = rng.random(rows) < 0.93
    says = rng.random(rows) < np.where(human, 0.95, 0.20)
    return says.astype(np.float64), human.astype(np.float64)


def test_intervals_cover_and_beat_the_labels_alone() -> None:
    rng = np.random.default_rng(1)
    covered, widths, errors, alone = 0, [], [], []
    for _ in range(600):
        many, _ = judged(rng, 20_000)
        few, human = judged(rng, 300)
        share = pp.prediction_powered(many, few, human)
        assert share is not None
        low, high = share.interval
        covered += low <= 0.93 <= high
        widths.append(high - low)
        errors.append(share.value - 0.93)
        alone.append(human.mean() - 0.93)
    assert covered / 600 >= 0.93
    assert np.std(errors) < 0.9 * np.std(alone)
    sample = wilson(279, 300)
    assert sample is not None
    assert np.mean(widths) < sample.high - sample.low


def test_where_errors_are_common_ninety_five_percent_is_ninety_five() -> None:
    rng = np.random.default_rng(2)
    covered, widths = 0, []
    for _ in range(600):
        human = rng.random(400) < 0.7
        many_right = rng.random(10_000) < 0.7
        many = np.where(rng.random(10_000) < 0.9, many_right, ~many_right).astype(np.float64)
        few = np.where(rng.random(400) < 0.9, human, ~human).astype(np.float64)
        share = pp.prediction_powered(many, few, human.astype(np.float64))
        assert share is not None
        covered += share.interval.low <= 0.7 <= share.interval.high
        widths.append(share.interval.high - share.interval.low)
    assert covered / 600 >= 0.93
    sample = wilson(280, 400)
    assert sample is not None
    assert np.mean(widths) < 0.75 * (sample.high - sample.low)


def test_the_estimate_by_hand() -> None:
    # 400 judged: 3/4 accepted. 200 labelled: the judge says what the human says, 1/2 each.
    many = np.tile([1.0, 1.0, 1.0, 0.0], 100)
    few = np.tile([1.0, 0.0], 100)
    share = pp.prediction_powered(many, few, few)
    assert share is not None
    # cov = .25 * 200/199; pooled mean 2/3, variance 2/9; lam = cov / (1.5 * 2/9)
    trust = 0.25 * 200 / 199 / (1.5 * 2 / 9)
    assert share.trust == pytest.approx(trust)
    assert share.value == pytest.approx(trust * 0.75 + (1 - trust) * 0.5)
    variance = trust**2 * (3 / 16) / 400 + (1 - trust) ** 2 * 0.25 * 200 / 199 / 200
    # worth as much as this many plain labels, with Wilson's interval
    worth = share.value * (1 - share.value) / variance
    assert share.interval == pytest.approx(wilson(share.value * worth, worth))


def test_a_clean_sheet_keeps_the_doubt_of_its_labels() -> None:
    share = pp.prediction_powered(np.ones(900), np.ones(250), np.ones(250))
    assert share is not None
    assert share.value == 1.0
    assert share.interval == wilson(250, 250)


def test_a_judge_who_always_says_the_same_gets_no_weight() -> None:
    human = np.tile([1.0, 1.0, 1.0, 0.0], 60)
    share = pp.prediction_powered(np.ones(900), np.ones(240), human)
    assert share is not None
    assert (share.value, share.trust) == (0.75, 0.0)


def test_few_labels_stand_alone_and_none_say_nothing() -> None:
    human = np.tile([1.0, 0.0], 50)
    share = pp.prediction_powered(np.ones(9_000), human, human)
    assert share is not None
    assert (share.value, share.trust) == (0.5, 0.0)
    assert share.interval == wilson(50, 100)
    assert pp.prediction_powered(np.ones(9), human[:0], human[:0]) is None


def test_a_judge_is_measured_on_rows_that_humans_labelled() -> None:
    human = np.arange(200) >= 40
    judge = human.copy()
    judge[:10] = True  # ten of forty bad ones pass
    judge[-16:] = False  # sixteen of 160 good ones do not
    quality = pp.judge_quality(judge, human)
    assert (quality.sensitivity, quality.specificity) == (known(0.9), known(0.75))
    # the true share of a rate .9 p + .25 (1 - p) = .77 is p = .8
    assert pp.rogan_gladen(0.77, quality).value == pytest.approx(0.8)
    assert pp.rogan_gladen(0.99, quality).value == 1.0


def test_a_judge_measured_on_too_little_or_no_better_than_a_coin_is_refused() -> None:
    human = np.arange(200) >= 19
    thin = pp.judge_quality(human, human)
    assert "100 human-labelled rows with 20 bad ones" in thin.specificity.reason
    assert pp.rogan_gladen(0.9, thin).reason == thin.sensitivity.reason
    none_good = pp.judge_quality(np.ones(200, bool), np.zeros(200, bool))
    assert "none" in none_good.sensitivity.reason
    coin = pp.JudgeQuality(sensitivity=known(0.6), specificity=known(0.4))
    assert "coin" in pp.rogan_gladen(0.9, coin).reason
