import numpy as np
import pytest

from routeaudit.stats.latency_fit import LatencyFit, TokenSpeed, fit_latency


def test_a_clean_line_is_found_exactly() -> None:
    tokens = np.arange(1, 401)
    fit = fit_latency(tokens, 0.5 + 0.02 * tokens)
    assert fit is not None
    assert (fit.start_s, fit.s_per_token) == pytest.approx((0.5, 0.02))
    assert fit.residuals == pytest.approx(np.ones(512))
    assert fit.draw_s([100], np.array([0.3])) == pytest.approx([2.5])


def test_one_percent_of_outliers_neither_bends_the_line_nor_vanishes_from_the_tail() -> None:
    rng = np.random.default_rng(4)
    tokens = rng.integers(10, 800, 50_000)
    logged = (0.6 + 0.03 * tokens) * rng.lognormal(0, 0.3, len(tokens))
    logged[rng.random(len(tokens)) < 0.01] *= 20
    fit = fit_latency(tokens, logged)
    assert fit is not None
    assert fit.start_s == pytest.approx(0.6, abs=0.06)
    assert fit.s_per_token == pytest.approx(0.03, rel=0.02)
    drawn = fit.draw_s(tokens, rng.random(len(tokens)))
    assert np.quantile(drawn, 0.95) == pytest.approx(np.quantile(logged, 0.95), rel=0.03)
    assert np.quantile(fit.line_s(tokens), 0.95) < 0.9 * np.quantile(logged, 0.95)


@pytest.mark.parametrize(
    ("tokens", "seconds"),
    [
        ([10.0, 20.0, 30.0], [1.0, 2.0, 6.0]),  # too few rows
        ([5.0] * 300, [2.0] * 300),  # one length only
        (list(range(1, 301)), [400.0 - i for i in range(300)]),  # longer is faster
        (list(range(1, 301)), [i * i / 100 for i in range(1, 301)]),  # would start below 0
    ],
)
def test_without_a_sound_line_it_is_the_median(
    tokens: list[float], seconds: list[float]
) -> None:
    fit = fit_latency(tokens, seconds)
    assert fit is not None
    assert (fit.start_s, fit.s_per_token) == (np.median(seconds), 0.0)


def test_unknown_and_impossible_times_are_left_out() -> None:
    fit = fit_latency([10.0, np.nan, 10.0, 10.0], [4.0, 1.0, 0.0, np.nan])
    assert fit is not None
    assert (fit.start_s, fit.rows) == (4.0, 1)
    assert fit_latency([10.0], [np.nan]) is None


def test_one_length_but_for_a_few_rows_still_has_no_line() -> None:
    # five distinct lengths, but the median of every bin is 5 tokens
    tokens = np.full(4_000, 5.0)
    tokens[:4] = [1, 2, 3, 4]
    fit = fit_latency(tokens, np.full(4_000, 2.0))
    assert fit is not None
    assert (fit.start_s, fit.s_per_token) == (2.0, 0.0)


def test_the_last_residual_is_the_tail() -> None:
    fit = LatencyFit(start_s=1.0, s_per_token=0.0, residuals=np.array([1.0, 9.0]), rows=2)
    assert fit.draw_s([1, 1, 1], np.array([0.0, 0.5, 0.999])).tolist() == [1.0, 9.0, 9.0]


def test_a_call_reads_its_prompt_and_writes_all_but_the_first_token() -> None:
    speed = TokenSpeed(
        first_token_s=0.1, prefill_tokens_per_s=5_000, decode_tokens_per_s=50, sigma=0.5
    )
    # 0.1 + 1000/5000 + 100/50; an empty answer decodes nothing
    assert speed.service_s([1_000, 1_000], [101, 0]) == pytest.approx([2.3, 0.3])
    assert speed.noisy_s([1_000], [101], np.array([2.0])) == pytest.approx([2.3 * np.e])
