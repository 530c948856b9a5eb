import gzip
from pathlib import Path

import numpy as np
import orjson
import pytest

from routeaudit.classify.calibrate import Calibration, probabilities
from routeaudit.classify.training.authored import authored
from routeaudit.classify.training.card import card
from routeaudit.classify.training.data import (
    family_of,
    folds,
    joined,
    read,
    reserved,
    row_weights,
)
from routeaudit.classify.training.fit import Recipe
from routeaudit.classify.training.measure import (
    best_length_rule,
    calibration_error,
    length_breaking_pairs,
    over_sources,
    reliability,
)
from routeaudit.classify.training.run import Plan, train
from routeaudit.classify.weights import load, save
from routeaudit.errors import ConfigError, InputError
from routeaudit.frames import TASKS

ASKS = {
    ("classification", "micro"): "Label the note as good or bad: {}",
    ("extraction", "mid"): "List every name in the note: {}",
    ("code", "full"): "Write a Python program that handles {}",
    ("world_knowledge", "full"): "Explain the history of {}",
}
THINGS = ("tea", "rain", "trains", "maps", "owls", "salt", "ink", "bells", "rope", "snow")


def rows() -> list[dict[str, object]]:
    return [
        {"text": ask.format(thing), "task": task, "tier": tier, "source": f"s{number % 8}"}
        for (task, tier), ask in ASKS.items()
        for number, thing in enumerate(THINGS)
    ]


def written(folder: Path, lines: list[dict[str, object]]) -> Path:
    path = folder / "labels.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(map(orjson.dumps, lines))))
    return path


def test_no_source_is_on_both_sides_of_a_split() -> None:
    family = np.array(["a"] * 5 + ["b"] * 3 + ["c"] * 3 + ["d"])
    dealt = folds(family, 2)
    assert [set(dealt[family == name].tolist()) for name in "abcd"] == [{0}, {1}, {1}, {0}]


def test_kindred_sources_are_one_family() -> None:
    assert family_of("wrap:COVID-QA", "x") == family_of("COVID-QA FAQ", "y") == "COVID-QA"
    assert family_of("natural-instructions:task900", "Question Understanding") == (
        "NI Question Understanding"
    )
    assert family_of("my own log", "") == "my own log"


def test_a_family_counts_by_the_root_of_its_size() -> None:
    # Four rows of one family and one of another weigh 1/2 and 1 before the mean becomes 1:
    # the mean of 4 * 0.5 and 1 * 1 over 5 rows is 0.6.
    weights = row_weights(np.array(["a"] * 4 + ["b"]))
    assert weights.tolist() == pytest.approx([0.5 / 0.6] * 4 + [1 / 0.6])


def test_unknown_data_reserves_a_share_of_its_sources() -> None:
    family = np.array([f"s{number}" for number in range(14)])
    assert reserved(family).sum() == 2


def test_labels_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    for bad in ({"task": "cooking"}, {"tier": "huge"}):
        with pytest.raises(InputError):
            read(written(tmp_path, [{**rows()[0], **bad}]))
    with pytest.raises(InputError):
        read(tmp_path / "missing.jsonl")


def test_a_plain_jsonl_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(orjson.dumps(rows()[0]) + b"\n\n")
    assert read(path).texts == [rows()[0]["text"]]


def test_authored_requests_are_the_same_each_time_and_cover_every_short_task() -> None:
    first, second = authored(copies=2), authored(copies=2)
    assert first.texts == second.texts
    assert {TASKS[number] for number in first.task} == set(TASKS) - {"long_document"}
    assert not any("{topic}" in text or "(|" in text for text in first.texts)


def test_pasted_texts_come_from_the_data_too() -> None:
    text = "please look at this\n\n" + "the quick brown fox " * 20
    around = authored([text], copies=3)
    assert any("the quick brown fox the quick" in made for made in around.texts)


def test_training_gives_weights_and_a_card_and_does_so_again(tmp_path: Path) -> None:
    data = read(written(tmp_path, rows()))
    few = joined([data])
    recipe = Recipe(epochs=1, batch=4096)
    plan = Plan(folds=2, seeds=(0,), recipe=recipe, min_families=1, authored_copies=1)
    found = train(few, plan)
    save(found.weights, tmp_path / "w.npz")
    assert load(tmp_path / "w.npz").fingerprint() == found.weights.fingerprint()
    assert train(few, plan).weights.fingerprint() == found.weights.fingerprint()
    text = card(found, plan, "labels.jsonl.gz")
    assert "best length rule" in text
    assert all(f"\n| {family} | " in text for family in set(few.family.tolist()))
    assert str(tmp_path) not in text


def test_a_recipe_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError):
        Recipe(drop=0.95)


def test_calibration_error_is_the_weighed_gap_between_said_and_was() -> None:
    # Three said 0.9 and two of them were: gap 0.9 - 2/3. One said 0.1 and it was: gap 0.9.
    said = np.array([0.9, 0.9, 0.9, 0.1], np.float32)
    was = np.array([True, True, False, True])
    assert calibration_error(said, was) == pytest.approx((3 * (0.9 - 2 / 3) + 0.9) / 4)
    assert [bar.rows for bar in reliability(said, was)] == [1, 3]


def test_the_best_length_rule_is_found_by_trying_them_all() -> None:
    # Shorter than 30 is simple: all four right. The other way round would get none.
    assert best_length_rule(np.array([10, 20, 30, 40]), np.array([0, 1, 2, 2])) == 1.0


def test_pairs_that_break_a_length_rule_are_counted_both_ways() -> None:
    length = np.array([700, 700, 100, 100])
    simple = np.array([True, False, True, False])
    said = np.array([0.9, 0.6, 0.5, 0.1], np.float32)
    pairs = length_breaking_pairs(said, length, simple)
    assert pairs == (1.0, 0.0)  # 0.9 beats 0.1; 0.5 does not beat 0.6
    assert np.isnan(length_breaking_pairs(said, np.zeros(4, int), simple)).all()


def test_an_interval_over_sources_holds_the_share() -> None:
    right = np.array([True] * 30 + [False] * 10)
    family = np.array([f"f{number % 8}" for number in range(40)])
    low, high = over_sources(right, family, seed=1)
    assert low <= 0.75 <= high


def test_the_likely_task_decides_and_tiers_agree_with_p_simple() -> None:
    logits = np.zeros((1, 17), np.float32)
    logits[0, 0], logits[0, 14] = 5.0, 3.0
    said = probabilities(logits, Calibration(1, 1, 1, 0, 1, 0, 0.5, 0.1))
    # By tier: log(e^3 + 1) - 0 = 3.0486; by task: 5 - 0. Their sum is the log-odds.
    assert said.simple[0] == pytest.approx(1 / (1 + np.exp(-8.0486)), abs=1e-5)
    assert said.tier[0, 2] == pytest.approx(1 - said.simple[0], abs=1e-6)
