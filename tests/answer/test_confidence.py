import numpy as np
import polars as pl
import pytest

from routeaudit.answer.confidence import confident, features, raw_confidence


def answers(n: int, seed: int = 0, sharp: float = 1.5) -> pl.DataFrame:
    """Answers whose chance of being good rises with their log-probability, all over-confident.

    P(good) is a logistic curve of 3 + 1.5 x the logit-free mean log-probability below.
    """
    rng = np.random.default_rng(seed)
    mean = -rng.gamma(2.0, 0.15, n)  # exp of it is .74 on average
    good = rng.uniform(size=n) < 1 / (1 + np.exp(-(1.0 + 6 * sharp * (mean + 0.2))))
    return pl.DataFrame(
        {
            "query_key": [f"q{i}" for i in range(n)],
            "cluster": [f"c{i}" for i in range(n)],
            "stratum": ["moderation / micro"] * n,
            "task": rng.choice(["moderation", "translation"], n),
            "accepted": good,
            "must_escalate": [False] * n,
            "weight": [1.0] * n,
            "choice_share": pl.Series([None] * n, dtype=pl.Float64),
            "logprob_mean": mean,
            "logprob_min": mean * 3,
            "logprob_q10": mean * 2,
            "answer_tokens": rng.integers(1, 90, n),
            "prompt_tokens": rng.integers(20, 900, n),
        }
    )


def test_the_raw_score_is_the_labels_share_or_the_mean_token_probability() -> None:
    frame = answers(3).with_columns(
        choice_share=pl.Series([0.7, None, 0.9]),
        logprob_mean=pl.Series([-0.1, np.log(0.5), -0.1]),
        must_escalate=pl.Series([False, False, True]),
    )
    raw = raw_confidence(frame)
    assert raw[:2] == pytest.approx([0.7, 0.5])
    assert np.isnan(raw[2])


@pytest.mark.parametrize(
    ("n", "scale", "method"),
    [
        (99, "raw", "uncalibrated: 99"),
        (120, "calibrated", "raw score, Platt"),
        (400, "calibrated", "log-probability features, Platt"),
        (3_000, "calibrated", "log-probability features, isotonic"),
    ],
)
def test_how_much_is_fitted_depends_on_how_much_was_scored(
    n: int, scale: str, method: str
) -> None:
    report = confident(answers(n)).report
    assert report.scale == scale
    assert report.method.startswith(method)
    assert report.scored == n


def test_calibration_brings_the_score_near_the_truth_on_answers_it_never_saw() -> None:
    found = confident(answers(3_000))
    report = found.report
    assert report.tested == pytest.approx(0.4 * 3_000, rel=0.1)
    assert report.ece is not None
    assert report.ece_raw is not None
    assert report.ece < report.ece_raw / 2
    assert report.ece < 0.08  # 1,200 tested answers alone scatter by about 0.03
    assert report.auroc is not None
    assert report.auroc > 0.65
    assert sum(one.answers for one in report.bins) == report.tested


def test_both_shares_at_the_articles_threshold_are_given() -> None:
    frame = answers(50).with_columns(
        logprob_mean=pl.Series(np.log([0.9] * 20 + [0.5] * 30)),
        weight=pl.Series([2.0] * 20 + [1.0] * 30),
    )
    report = confident(frame).report
    assert report.kept_raw == pytest.approx(40 / 70)
    assert report.kept == report.kept_raw  # uncalibrated: the same scale


def test_answers_that_must_escalate_have_no_confidence_and_still_count_as_scored() -> None:
    frame = answers(200).with_columns(must_escalate=pl.int_range(200) < 100)
    found = confident(frame)
    assert np.isnan(found.confidence[:100]).all()
    assert not np.isnan(found.confidence[100:]).any()
    assert found.report.scored == 100
    assert found.tested[:100].any()


def test_clusters_stay_on_one_side_of_the_split() -> None:
    frame = answers(1_000).with_columns(cluster=(pl.int_range(1_000) // 10).cast(pl.String))
    tested = confident(frame).tested.reshape(100, 10)
    assert (tested.all(axis=1) | ~tested.any(axis=1)).all()


def test_where_nothing_is_scored_there_are_no_figures() -> None:
    report = confident(answers(20).with_columns(accepted=pl.lit(None, pl.Boolean))).report
    assert report.scored == 0
    assert report.ece is None
    assert report.auroc is None
    assert report.bins == ()


def test_answers_that_are_all_good_cannot_teach_a_curve() -> None:
    found = confident(answers(600).with_columns(accepted=pl.lit(value=True)))
    assert found.report.auroc is None
    assert np.nanmin(found.confidence) > 0.9


def test_features_are_one_row_an_answer() -> None:
    frame = answers(30)
    found = features(frame, raw_confidence(frame))
    assert found.shape == (30, 7)  # logit, three log-probabilities, two lengths, one task
    assert not np.isnan(found).any()
