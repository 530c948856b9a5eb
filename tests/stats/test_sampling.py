from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from routeaudit.stats import sampling

IDS = [f"request-{i}" for i in range(4_000)]


def test_a_row_gets_the_first_53_bits_of_its_hash() -> None:
    digest = blake2b(b"7|request-0", digest_size=8).digest()
    by_hand = (int.from_bytes(digest, "big") >> 11) / 2**53
    assert sampling.hash_uniform(["request-0"], 7).tolist() == [by_hand]


@given(st.lists(st.text(), min_size=1), st.integers(0, 1_000))
def test_half_the_rows_draw_the_same_numbers_as_all(ids: list[str], seed: int) -> None:
    everyone = sampling.hash_uniform(ids, seed)
    assert (everyone[::2] == sampling.hash_uniform(ids[::2], seed)).all()
    assert ((everyone >= 0) & (everyone < 1)).all()


def test_the_numbers_are_uniform_and_another_seed_draws_others() -> None:
    drawn = sampling.hash_uniform(IDS, 1)
    assert stats.kstest(drawn, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(drawn, sampling.hash_uniform(IDS, 2))[0, 1]) < 0.06


def test_a_larger_rate_keeps_every_row_of_a_smaller_one() -> None:
    small, large = sampling.sampled(IDS, 0.1, 3), sampling.sampled(IDS, 0.5, 3)
    assert not (small & ~large).any()
    # 400 expected, standard deviation 19
    assert abs(int(small.sum()) - 400) < 80


def test_normal_quantiles_agree_with_scipy_far_into_the_tails() -> None:
    probability = np.concatenate([np.linspace(0.001, 0.999, 999), 10.0 ** -np.arange(4, 300)])
    found = sampling.normal_quantile(probability)
    assert found == pytest.approx(stats.norm.ppf(probability), rel=1e-13, abs=1e-15)
