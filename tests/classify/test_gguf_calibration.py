import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.classify.gguf_calibration import (
    GgufCalibration,
    calibrated_simple,
    fit_calibration,
    read_calibration,
    tempered,
    without_bias,
)
from routeaudit.errors import ConfigError, NotEnoughEvidenceError

SIMPLE = np.array([True, False])


def test_dividing_out_the_bias_makes_a_content_free_answer_even() -> None:
    bias = np.array([[0.6, 0.2, 0.2]])
    even = without_bias(bias, bias, strength=1.0)
    assert np.allclose(even, 1 / 3)


def test_the_bias_is_divided_out_by_hand() -> None:
    # (0.5 / 0.8, 0.5 / 0.2) = (0.625, 2.5), of 3.125 in all.
    found = without_bias(np.array([[0.5, 0.5]]), np.array([[0.8, 0.2]]), strength=1.0)
    assert np.allclose(found, [[0.2, 0.8]])


def test_no_strength_changes_nothing() -> None:
    shares = np.array([[0.3, 0.7]])
    assert np.allclose(without_bias(shares, np.array([[0.9, 0.1]]), strength=0.0), shares)


def test_a_temperature_of_two_takes_square_roots() -> None:
    # sqrt(0.64) : sqrt(0.36) = 0.8 : 0.6
    assert np.allclose(tempered(np.array([[0.64, 0.36]]), 2.0), [[0.8 / 1.4, 0.6 / 1.4]])


@given(st.floats(0.2, 10.0), st.floats(0.01, 0.99))
def test_a_temperature_never_changes_which_label_leads(
    temperature: float, share: float
) -> None:
    row = np.array([[share, 1 - share]])
    after = tempered(row, temperature)
    assert after.sum() == pytest.approx(1)
    assert (after[0, 0] - 0.5) * (share - 0.5) >= 0


def test_an_over_sure_model_is_cooled() -> None:
    # It says 0.99 and is right 4 times in 5: the temperature T with
    # 0.99^(1/T) / (0.99^(1/T) + 0.01^(1/T)) = 0.8 is ln 99 / ln 4 = 3.31.
    shares = np.tile([0.99, 0.01], (200, 1))
    truth = np.array([0, 0, 0, 0, 1] * 40)
    fitted = fit_calibration(shares, truth, SIMPLE)
    assert fitted.temperature == pytest.approx(3.31, rel=0.05)
    assert fitted.simple_from == ()
    assert fitted.n_labelled == 200


def test_with_500_labels_p_simple_follows_what_was_seen() -> None:
    chance = np.random.default_rng(3)
    raw = chance.uniform(0.02, 0.98, 4_000)
    truth = (chance.uniform(size=4_000) > raw**2).astype(
        np.int64
    )  # simple with p = raw squared
    fitted = fit_calibration(np.column_stack([raw, 1 - raw]), truth, SIMPLE)
    cooled = tempered(np.array([[0.8, 0.2], [0.5, 0.5]]), fitted.temperature) @ SIMPLE
    assert np.allclose(calibrated_simple(cooled, fitted), [0.64, 0.25], atol=0.06)


def test_the_steps_rise_and_stay_off_the_ends() -> None:
    shares = np.array([[0.1, 0.9], [0.9, 0.1]] * 250)
    truth = np.array([1, 0] * 250)  # always right
    fitted = fit_calibration(shares, truth, SIMPLE)
    assert list(fitted.simple_to) == sorted(fitted.simple_to)
    assert min(fitted.simple_to) == pytest.approx(1 / 502)
    assert max(fitted.simple_to) == pytest.approx(1 - 1 / 502)


def test_too_few_labels_are_refused() -> None:
    with pytest.raises(NotEnoughEvidenceError, match="99 labelled"):
        fit_calibration(np.full((99, 2), 0.5), np.zeros(99, dtype=np.int64), SIMPLE)


def test_a_calibration_is_read_back(tmp_path: Path) -> None:
    fitted = GgufCalibration(
        n_labelled=7, temperature=1.5, simple_from=(0.1, 0.9), simple_to=(0.2, 0.8)
    )
    (tmp_path / "c.json").write_bytes(msgspec.json.encode(fitted))
    assert read_calibration(tmp_path / "c.json") == fitted
    assert calibrated_simple(np.array([0.5]), fitted).tolist() == [0.5]


def test_no_file_changes_nothing() -> None:
    assert calibrated_simple(np.array([0.37]), read_calibration(None)).tolist() == [0.37]


def test_a_file_that_is_no_calibration_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"heat": 3}))
    for file in (tmp_path / "c.json", tmp_path / "gone.json"):
        with pytest.raises(ConfigError, match="is no calibration"):
            read_calibration(file)
