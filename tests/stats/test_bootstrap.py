import numpy as np
import pytest

from routeaudit.stats import bootstrap
from routeaudit.stats.binomial import wilson

DAY = 86_400


def test_a_ratio_is_the_sum_over_the_sum() -> None:
    found = bootstrap.cluster_ratio([1.0, 0.0, 3.0], [1.0, 1.0, 2.0], None, seed=1)
    assert found is not None
    assert (found.value, found.clusters, found.too_few) == (1.0, 3, True)


def test_rows_of_their_own_have_the_width_of_a_plain_proportion() -> None:
    failed = np.arange(1_000) < 100
    found = bootstrap.cluster_ratio(failed, 1.0, None, seed=1)
    assert found is not None
    assert found.interval == pytest.approx(wilson(100, 1_000), abs=0.003)
    assert not found.too_few


def test_beyond_five_thousand_rows_the_normal_interval_is_the_same() -> None:
    failed = np.arange(6_000) % 10 == 0
    found = bootstrap.cluster_ratio(failed, 1.0, None, seed=1)
    assert found is not None
    assert found.interval == pytest.approx(wilson(600, 6_000), abs=0.0005)


def test_templates_cover_where_rows_do_not() -> None:
    rng = np.random.default_rng(6)
    template = np.repeat(np.arange(200), 20)
    covered = {"rows": 0, "templates": 0}
    for run in range(60):
        rate = rng.beta(0.5, 4.5, 200)  # mean .1, and templates differ much
        failed = rng.random(4_000) < np.repeat(rate, 20)
        naive = wilson(int(failed.sum()), 4_000)
        found = bootstrap.cluster_ratio(failed, 1.0, template, seed=run)
        assert naive is not None
        assert found is not None
        assert found.interval is not None
        covered["rows"] += naive.low <= 0.1 <= naive.high
        covered["templates"] += found.interval.low <= 0.1 <= found.interval.high
    assert covered["rows"] < 45
    assert covered["templates"] >= 51


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.arange(50.0)
    first = bootstrap.cluster_ratio(values, 1.0, None, seed=3)
    assert first == bootstrap.cluster_ratio(values, 1.0, None, seed=3)
    assert first != bootstrap.cluster_ratio(values, 1.0, None, seed=4)


def test_no_ratio_over_nothing_and_no_interval_of_one_group() -> None:
    assert bootstrap.cluster_ratio([1.0], [0.0], None, seed=1) is None
    one = bootstrap.cluster_ratio([1.0, 2.0], 1.0, ["a", "a"], seed=1)
    assert one is not None
    assert one.interval is None


def test_a_month_is_30_4375_days_of_the_log() -> None:
    # 21 calls of $2, one a day: 20 days from first to last; 42 / 20 * 30.4375
    found = bootstrap.monthly(np.full(21, 2.0), np.arange(21) * DAY, seed=1)
    assert found is not None
    assert found.value == pytest.approx(42 / 20 * 30.4375)
    assert (found.block, found.blocks, found.short_log) == ("day", 21, False)
    # every day is the same, so nothing varies
    assert found.interval == pytest.approx((found.value, found.value))


def test_a_given_volume_scales_the_mean_call() -> None:
    found = bootstrap.monthly([1.0, 3.0], [0.0, 3_600.0], seed=1, calls_per_month=100)
    assert found is not None
    assert (found.value, found.block, found.blocks, found.short_log) == (200.0, "hour", 2, True)
    assert found.interval is not None
    assert found.interval == (100.0, 300.0)


def test_quiet_hours_count() -> None:
    # 10 calls in the first of 100 hours, one in the last
    at = np.append(np.linspace(0, 3_000, 10), 99.5 * 3_600)
    found = bootstrap.monthly(np.ones(11), at, seed=1)
    assert found is not None
    assert found.blocks == 100
    assert found.interval is not None
    assert found.interval.low < 0.1 * found.value


def test_a_month_needs_calls_and_a_span_or_a_volume() -> None:
    assert bootstrap.monthly([], [], seed=1) is None
    assert bootstrap.monthly([1.0], [5.0], seed=1) is None
    single = bootstrap.monthly([2.0], [5.0], seed=1, calls_per_month=10)
    assert single is not None
    assert (single.value, single.interval) == (20.0, None)


def test_times_faster_is_the_median_ratio() -> None:
    found = bootstrap.times_faster([2.0, 9.0, 8.0, np.nan, 5.0], [1.0, 3.0, 1.0, 1.0, 0.0])
    assert found is not None
    assert found.median == 3.0
    assert (found.interval.low, found.interval.high) == (2.0, 8.0)
    assert bootstrap.times_faster([np.nan], [1.0]) is None


def test_the_interval_of_the_median_is_that_of_resampling() -> None:
    rng = np.random.default_rng(3)
    ratios = rng.lognormal(1, 0.5, 401)
    drawn = np.median(rng.choice(ratios, (4_000, 401)), axis=1)
    found = bootstrap.times_faster(ratios, np.ones(401))
    assert found is not None
    assert found.interval == pytest.approx(np.quantile(drawn, [0.025, 0.975]), rel=0.02)


@pytest.mark.parametrize("groups", [1, 2, 35, 9_000, 40_000])
def test_groups_are_drawn_as_if_one_resample_came_after_another(groups: int) -> None:
    sums = np.random.default_rng(1).lognormal(0.0, 2.0, (groups, 2))
    random = np.random.default_rng(7)
    by_hand = [
        np.bincount(random.integers(groups, size=groups), minlength=groups) @ sums
        for _ in range(11)
    ]
    assert bootstrap.draw_sums(sums, 7, 11).tolist() == np.array(by_hand).tolist()
