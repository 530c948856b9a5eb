"""Who gets which request, and the laws that hold for every policy."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeaudit.errors import ConfigError
from routeaudit.frames import TASKS
from routeaudit.route import load_policy, read_policy
from tests.route.requests_made import NAMES, requests, scores, taken


def test_all_policies_of_the_issue_are_there() -> None:
    assert set(NAMES) >= {
        "binary", "three-tier", "confidence", "cascade", "task-table", "two-stage", "as-logged",
        "all-full", "all-mid", "all-micro", "best-single", "random", "length",
    }  # fmt: skip


def test_a_score_on_the_cut_goes_to_the_cheaper_arm() -> None:
    frame = requests([0.5, 0.49999, 0.9])
    assert taken(load_policy("binary", {"cut": 0.5}), frame) == ["mid", "full", "mid"]
    tiers = load_policy("three-tier", {"micro_cut": 0.9, "mid_cut": 0.5})
    assert taken(tiers, frame) == ["mid", "full", "micro"]
    sure = load_policy("confidence", {"threshold": 0.5})
    assert taken(sure, frame) == ["mid", "mid>full", "mid"]


def test_what_is_unknown_new_or_broken_goes_to_the_full_arm() -> None:
    frame = requests(
        [None, 0.9, 0.9, 0.9],
        novelty=[0.0, 0.5, 0.49, None],
        classifier_error=[False, False, True, None],
    )
    assert taken(load_policy("binary"), frame) == ["full", "full", "full", "mid"]


def test_unknown_confidence_escalates_and_so_does_a_cut_off_answer() -> None:
    frame = requests([None, 0.9, 0.95, float("nan")], must_escalate=[False, True, None, False])
    assert taken(load_policy("confidence"), frame) == [
        "mid>full",
        "mid>full",
        "mid",
        "mid>full",
    ]


def test_a_cascade_asks_each_arm_with_its_own_threshold() -> None:
    frame = requests(
        [0.0] * 3,
        confidence_micro=[0.9, 0.1, 0.1],
        confidence_mid=[0.0, 0.8, 0.7],
    )
    policy = load_policy("cascade", {"thresholds": "0.9,0.8"})
    assert taken(policy, frame) == ["micro", "micro>mid", "micro>mid>full"]


def test_two_stages_ask_for_confidence_in_the_grey_zone_only() -> None:
    frame = requests(
        [0.9, 0.5, 0.5, 0.1],
        confidence_mid=[0.0, 0.9, 0.1, 0.9],
    )
    policy = load_policy("two-stage", {"easy": 0.8, "hard": 0.3, "threshold": 0.85})
    assert taken(policy, frame) == ["mid", "mid", "mid>full", "full"]


def test_a_task_table_sends_what_it_does_not_name_to_the_full_arm() -> None:
    frame = requests([0.0] * 3).with_columns(
        task=pl.Series(["code", "translation", None], dtype=pl.Enum(TASKS))
    )
    policy = load_policy("task-table", {"table": {"translation": "micro"}})
    assert taken(policy, frame) == ["full", "micro", "full"]
    assert policy.arms == ("micro", "full")


def test_length_and_random_look_at_nothing_else() -> None:
    frame = requests([None] * 4)
    assert taken(load_policy("length", {"longest": 20}), frame) == [
        "mid",
        "mid",
        "full",
        "full",
    ]
    die = load_policy("random", {"share": 0.7})
    assert taken(die, frame) == ["mid", "mid", "mid", "full"]  # dice 0, .618, .236, .854


def test_singles_send_everything_to_one_arm() -> None:
    frame = requests([0.1, 0.9])
    for name, arm in (("all-full", "full"), ("all-mid", "mid"), ("all-micro", "micro"),
                      ("as-logged", "logged"), ("best-single", "mid")):  # fmt: skip
        assert taken(load_policy(name), frame) == [arm, arm]


def test_a_wrong_name_gets_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        load_policy("binery")
    assert caught.value.hint == "did you mean binary?"


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("binary", {"cutt": 0.5}),
        ("binary", {"arm": "huge"}),
        ("cascade", {"thresholds": "0.9"}),
        ("cascade", {"thresholds": "a,b"}),
        ("task-table", {"table": {"cooking": "mid"}}),
        ("task-table", {"table": {"code": "huge"}}),
        ("random", {"share": 2.0}),
    ],
)
def test_a_wrong_parameter_is_refused(name: str, params: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        load_policy(name, params)


def test_a_policy_of_ones_own_is_a_toml_table(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[policy]\nkind = "task-table"\nsure = 0.0\ntable = { code = "mid" }\n')
    policy = load_policy(str(file))
    frame = requests([0.0]).with_columns(task=pl.Series(["code"], dtype=pl.Enum(TASKS)))
    assert taken(policy, frame) == ["mid"]


@pytest.mark.parametrize(
    "text", ["", "[policy]\ncut = 1\n", "[policy", '[policy]\nkind = "no"\n']
)
def test_a_broken_policy_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        read_policy(file)
    with pytest.raises(ConfigError):
        read_policy(tmp_path / "none.toml")


@given(scores(30), st.sampled_from(NAMES))
@settings(max_examples=60, deadline=None)
def test_half_the_rows_give_the_same_paths_as_all(p: list[float | None], name: str) -> None:
    frame, policy = requests(p), load_policy(name)
    everyone = taken(policy, frame)
    assert taken(policy, frame[::2]) == everyone[::2]


@given(scores(30), st.sampled_from(NAMES))
@settings(max_examples=40, deadline=None)
def test_outcomes_are_not_seen(p: list[float | None], name: str) -> None:
    frame, policy = requests(p), load_policy(name)
    n = len(p)
    lying = frame.with_columns(
        score=pl.Series([1.0] * n), cost_usd=pl.Series([0.0] * n),
        latency_s=pl.Series([9.0] * n), feedback=pl.Series([1.0] * n),
    )  # fmt: skip
    assert taken(policy, lying) == taken(policy, frame)
