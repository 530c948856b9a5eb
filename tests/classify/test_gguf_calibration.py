import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.classify.gguf_calibration import (
    GgufCalibration,
    fit_calibration,
    read_calibration,
    tempered,
    without_bias,
)
from routeaudit.errors import ConfigError, NotEnoughEvidenceError

SIMPLE = np.array([True, False])


def test_dividing_out_the_bias_makes_a_content_free_answer_even() -> None:
    bias = np.array([[0.5, 0.3, 0.2]])
    found = without_bias(bias, bias, right=0, strength=1.0)
    # The right answer keeps its 0.5 and the others, 0.25 on average, become alike.
    assert np.allclose(found, [[0.5, 0.25, 0.25]])


def test_the_bias_is_divided_out_by_hand() -> None:
    # Of the other two, 0.6 and 0.2 are 1.5 and 0.5 of their mean: 0.4 / 1.5 and 0.4 / 0.5.
    found = without_bias(
        np.array([[0.2, 0.4, 0.4]]), np.array([[0.2, 0.6, 0.2]]), right=0, strength=1.0
    )
    parts = np.array([0.2, 0.4 / 1.5, 0.8])
    assert np.allclose(found, parts / parts.sum())


def test_no_label_is_moved_more_than_fourfold() -> None:
    # 0.98 and 0.005, 0.005, 0.01 are 3.92 and less than a quarter of the mean 0.25.
    lean = np.array([[0.0, 0.98, 0.005, 0.005, 0.01]])
    found = without_bias(np.full((1, 5), 0.2), lean, right=0, strength=1.0)
    parts = np.array([1, 1 / 3.92, 4, 4, 4])
    assert np.allclose(found, parts / parts.sum())


def test_no_strength_changes_nothing() -> None:
    shares = np.array([[0.3, 0.7]])
    found = without_bias(shares, np.array([[0.9, 0.1]]), right=0, strength=0.0)
    assert np.allclose(found, shares)


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
    assert fitted.starts == ()
    assert fitted.n_labelled == 200


def test_with_500_labels_p_simple_follows_what_was_seen() -> None:
    chance = np.random.default_rng(3)
    raw = chance.uniform(0.02, 0.98, 4_000)
    truth = (chance.uniform(size=4_000) > raw**2).astype(
        np.int64
    )  # simple with p = raw squared
    fitted = fit_calibration(np.column_stack([raw, 1 - raw]), truth, SIMPLE)
    cooled = tempered(np.array([[0.8, 0.2], [0.5, 0.5]]), fitted.temperature) @ SIMPLE
    assert np.allclose(fitted.apply(cooled), [0.64, 0.25], atol=0.06)


def test_too_few_labels_are_refused() -> None:
    with pytest.raises(NotEnoughEvidenceError, match="99 labelled"):
        fit_calibration(np.full((99, 2), 0.5), np.zeros(99, dtype=np.int64), SIMPLE)


def test_a_calibration_is_read_back(tmp_path: Path) -> None:
    steps = GgufCalibration(
        n_labelled=700, temperature=1.5, starts=(0.0, 0.5), values=(0.2, 0.8)
    )
    (tmp_path / "c.json").write_bytes(msgspec.json.encode(steps))
    again = read_calibration(tmp_path / "c.json")
    assert again == steps
    assert again.apply(np.array([0.1, 0.49, 0.5, 1.0])).tolist() == [0.2, 0.2, 0.8, 0.8]


def test_from_100_labels_p_simple_follows_a_curve() -> None:
    # It always says 0.7 for simple and 0.3 for complex, and is right each time.
    shares = np.array([[0.7, 0.3], [0.3, 0.7]] * 100)
    fitted = fit_calibration(shares, np.array([0, 1] * 100), SIMPLE)
    assert fitted.starts == ()
    high, low = fitted.apply(tempered(shares[:2], fitted.temperature) @ SIMPLE)
    assert low < 0.05
    assert high > 0.95


def test_no_file_changes_nothing() -> None:
    assert read_calibration(None).apply(np.array([0.37])).tolist() == [0.37]


def test_a_file_that_is_no_calibration_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"heat": 3}))
    for file in (tmp_path / "c.json", tmp_path / "gone.json"):
        with pytest.raises(ConfigError, match="is no calibration"):
            read_calibration(file)
