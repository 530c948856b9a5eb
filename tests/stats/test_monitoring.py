import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special  # type: ignore[import-untyped]  # scipy ships no types

from routeaudit.errors import ConfigError
from routeaudit.stats import monitoring
from routeaudit.stats.figures import Interval
from routeaudit.stats.monitoring import Detector, Week

LOG_ALARM = math.log(104)


def alarm_weeks(rate: float, before: int, weeks: int, runs: int) -> npt.NDArray[np.int64]:
    """First week of alarm in each run; `weeks` when none. 3 % for `before` weeks, then `rate`."""
    rng = np.random.default_rng(7)
    rates = np.where(np.arange(weeks) < before, 0.03, rate)
    gained = monitoring.log_e_value(rng.binomial(100, rates, (runs, weeks)), 100, 0.05)
    evidence = np.full(runs, -np.inf)
    first = np.full(runs, weeks)
    for week in range(weeks):
        evidence = np.logaddexp(evidence, 0) + gained[:, week]
        first = np.where((evidence >= LOG_ALARM) & (first == weeks), week, first)
    return first


def test_one_week_by_hand() -> None:
    # limit 10 %, 1 of 2 failed; lifts 1.25, 1.5, 2, 3, 5: rates .125 .15 .2 .3 .5
    parts = [p * (1 - p) / (0.1 * 0.9) for p in (0.125, 0.15, 0.2, 0.3, 0.5)]
    value = sum(parts) / 5
    assert float(monitoring.log_e_value(1, 2, 0.1)) == pytest.approx(math.log(value))
    first = monitoring.watch(Detector(limit=0.1), Week("1", 2, 1, "a"))
    assert first.log_evidence == pytest.approx(math.log(value))
    second = monitoring.watch(first, Week("2", 2, 1, "a"))
    assert second.log_evidence == pytest.approx(math.log((value + 1) * value))
    assert not second.alarm


def test_evidence_averages_at_most_one_at_the_limit() -> None:
    k = np.arange(101)
    chance = special.comb(100, k) * 0.05**k * 0.95 ** (100 - k)
    assert chance @ np.exp(monitoring.log_e_value(k, 100, 0.05)) == pytest.approx(1)
    kept = special.comb(100, k) * 0.03**k * 0.97 ** (100 - k)
    assert kept @ np.exp(monitoring.log_e_value(k, 100, 0.05)) < 1


def test_a_year_at_the_limit_alarms_in_about_five_percent_of_cases() -> None:
    share = np.mean(alarm_weeks(0.05, 0, 52, 2_000) < 52)
    assert share == pytest.approx(0.051, abs=0.02)


def test_a_year_below_the_limit_is_quiet() -> None:
    assert np.mean(alarm_weeks(0.03, 0, 52, 2_000) < 52) < 0.003


@pytest.mark.parametrize(
    ("rate", "middle", "late"), [(0.10, 3, 6), (0.08, 7, 16), (0.15, 1, 2)]
)
def test_a_jump_is_found_within_weeks(rate: float, middle: int, late: int) -> None:
    delay = alarm_weeks(rate, 20, 140, 2_000) - 19
    assert abs(np.median(delay) - middle) <= 1
    assert abs(np.quantile(delay, 0.9) - late) <= 1


def test_a_week_without_answers_changes_nothing_and_a_new_build_starts_anew() -> None:
    detector = monitoring.watch(Detector(limit=0.05), Week("1", 100, 20, "a"))
    quiet = monitoring.watch(detector, Week("2", 0, 0, "a"))
    assert quiet.log_evidence == detector.log_evidence
    assert detector.alarm
    fresh = monitoring.watch(quiet, Week("3", 100, 3, "b"))
    assert [week.name for week in fresh.weeks] == ["3"]
    assert not fresh.alarm
    assert fresh.rate_interval == monitoring.anytime_interval(3, 100)


def test_the_anytime_interval_ends_where_the_mixture_wins_twenty_times() -> None:
    low, high = monitoring.anytime_interval(5, 100)
    mixed = special.betaln(5.5, 104.5) - special.betaln(0.5, 9.5)
    for end in (low, high):
        ratio = math.exp(mixed - 5 * math.log(end) - 95 * math.log(1 - end))
        assert ratio == pytest.approx(20, rel=1e-6)
    # .130 .069 .040 .021 wide after 1, 4, 13, 52 weeks of 100
    widths = [
        high - low
        for low, high in (
            monitoring.anytime_interval(5 * weeks, 100 * weeks) for weeks in (1, 4, 13, 52)
        )
    ]
    assert widths == pytest.approx([0.130, 0.069, 0.040, 0.021], abs=0.01)


@pytest.mark.parametrize("limit", [0.0, 0.72, 1.0])
def test_a_limit_that_no_rate_can_lie_well_above_is_refused(limit: float) -> None:
    with pytest.raises(ConfigError, match="cannot be watched"):
        Detector(limit=limit)


def test_the_anytime_interval_at_its_ends() -> None:
    assert monitoring.anytime_interval(0, 0) == Interval(0.0, 1.0)
    assert monitoring.anytime_interval(0, 50).low == 0.0
    assert monitoring.anytime_interval(50, 50).high == 1.0


def test_a_year_of_looks_misses_the_truth_in_few_runs() -> None:
    rng = np.random.default_rng(11)
    missed = 0
    for _ in range(150):
        total = np.cumsum(rng.binomial(100, 0.05, 52)).tolist()
        looks = [monitoring.anytime_interval(k, 100 * (w + 1)) for w, k in enumerate(total)]
        missed += any(not low <= 0.05 <= high for low, high in looks)
    assert missed / 150 <= 0.05
