import numpy as np
import pytest

from routeaudit.stats.carried import Sides, carried_rate
from routeaudit.stats.figures import Floats

GROUPS = np.arange(400)


def sides(failing: Floats, served: Floats | None = None) -> Sides:
    return Sides(failing, np.ones(len(failing)) if served is None else served)


def test_good_guesses_move_the_rate_towards_what_the_rest_looks_like() -> None:
    # 400 sampled, all served: 80 of them fail, all among the 100 that were guessed to fail.
    # Of the 4,000 others 2,000 were guessed to: twice the sample's share.
    known = np.repeat([1.0, 0.0], [80, 320])
    guessed = np.repeat([1.0, 0.0], [100, 300])
    rest = np.repeat([1.0, 0.0], [2_000, 2_000])
    found = carried_rate(sides(known), sides(guessed), sides(rest), GROUPS)
    assert found is not None
    # cov = (80 - 400 * .2 * .25) / 399, var = .25 * .75, n / N = .1
    trust = 60 / 399 / (1.1 * 0.1875)
    assert found.trust == pytest.approx(trust)
    assert found.rate == pytest.approx(0.2 + trust * (0.5 - 0.25))
    assert found.share == pytest.approx(found.rate)  # everything is served
    of_sample = np.var(known - trust * guessed) / 399
    variance = of_sample + trust**2 * 0.25 / 4_000
    width = found.rate_interval.high - found.rate_interval.low
    assert width == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.02)


def test_useless_guesses_get_no_weight() -> None:
    known = np.tile([1.0, 0.0, 0.0, 0.0], 100)
    guessed = np.repeat([1.0, 0.0], [200, 200])  # fail as often where guessed as elsewhere
    found = carried_rate(sides(known), sides(guessed), sides(np.ones(50)), GROUPS)
    assert found is not None
    assert (found.trust, found.rate) == (0.0, 0.25)


def test_the_rate_is_of_the_served_and_the_share_of_all() -> None:
    served = np.repeat([1.0, 0.0], [100, 300])
    failing = np.repeat([1.0, 0.0], [10, 390])
    nothing = np.zeros(400)
    found = carried_rate(
        Sides(failing, served), sides(nothing, nothing), sides(nothing, nothing), GROUPS
    )
    assert found is not None
    assert found.rate == pytest.approx(0.1)
    assert found.share == pytest.approx(0.025)
    assert found.rate_interval.low < 0.1 < found.rate_interval.high


def test_repeated_prompts_are_no_more_evidence() -> None:
    failing = np.tile([1.0, 0.0, 0.0, 0.0], 100)
    once = carried_rate(sides(failing), sides(failing), sides(failing), GROUPS)
    known = np.repeat(failing[:40], 10)
    often = carried_rate(sides(known), sides(known * 0), sides(failing), GROUPS // 10)
    apart = carried_rate(sides(known), sides(known * 0), sides(failing), GROUPS)
    assert once is not None
    assert often is not None
    assert apart is not None
    assert once.trust == pytest.approx(0.5, abs=0.01)  # the rest is no larger than the sample
    ratio = np.ptp(often.rate_interval) / np.ptp(apart.rate_interval)
    assert ratio == pytest.approx(np.sqrt(10), rel=0.05)


@pytest.mark.parametrize("n", [0, 199])
def test_a_small_sample_is_not_carried(n: int) -> None:
    few = sides(np.zeros(n))
    assert carried_rate(few, few, sides(np.zeros(900)), np.arange(n)) is None


def test_nothing_is_carried_without_clusters_or_without_the_served() -> None:
    zeros = np.zeros(400)
    one = sides(zeros)
    assert carried_rate(one, one, one, GROUPS // 20) is None  # 20 clusters
    none = sides(zeros, zeros)
    assert carried_rate(none, none, one, GROUPS) is None
    assert carried_rate(one, one, sides(np.zeros(0)), GROUPS) is None


def test_without_a_failure_the_interval_is_the_samples() -> None:
    one = sides(np.zeros(400))
    found = carried_rate(one, one, one, GROUPS)
    assert found is not None
    assert found.rate_interval.low == 0
    assert found.rate_interval.high == pytest.approx(1.96**2 / (400 + 1.96**2), rel=1e-3)
