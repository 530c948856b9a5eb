"""How thresholds and shares reach policies, on scores of any scale."""

import math
from pathlib import Path

import polars as pl
import pytest

from routeaudit.comparison import Asked
from routeaudit.errors import ConfigError
from routeaudit.route import enter, load_policy, read_policy
from tests.route.requests_made import requests

HARD = Asked(score="signal", turned=("signal", "confidence"))


def hard(*signals: float) -> pl.DataFrame:
    """Requests whose signal means hard: what policies see is turned."""
    turned = pl.Series([-value for value in signals])
    return requests([0.5] * len(signals)).with_columns(signal=turned, confidence=turned)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("three-tier", {"micro_cut": 0.2, "mid_cut": 0.5}),
        ("two-stage", {"easy": 0.2, "hard": 0.5}),
    ],
)
def test_cuts_go_from_strict_to_lax(name: str, params: dict[str, object]) -> None:
    frame, policy = hard(0.1, 0.4, 0.9), load_policy(name, params)
    with pytest.raises(ConfigError):
        enter(frame, [policy], Asked())
    # Where a high signal means hard, the same numbers are the right way round.
    entry = enter(frame, [policy], HARD).entries[0]
    assert entry.params["by"] == "signal"
    assert [path.split(">")[-1] for path in entry.paths][2] == "full"


def test_a_cut_in_a_file_is_on_the_users_scale(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    # 0.5 is the default too, but here somebody says it.
    path.write_text('[policy]\nkind = "binary"\ncut = 0.5\n')
    entry = enter(hard(0.4, 0.5, 0.6), [read_policy(path)], HARD).entries[0]
    assert entry.paths.to_list() == ["mid", "mid", "full"]
    assert entry.params["cut"] == 0.5
    assert entry.warnings == ()
    nobody = enter(hard(0.4, 0.5, 0.6, 0.7, 0.8), [load_policy("binary")], HARD).entries[0]
    assert nobody.paths.to_list() == ["mid"] * 4 + ["full"]
    assert "80% to the cheaper arms" in nobody.warnings[0]


def test_three_shares_are_two_for_a_policy_of_two_arms() -> None:
    frame = requests([i / 10 for i in range(10)])
    asked = Asked(shares=(0.5, 0.3))
    entry = enter(frame, [load_policy("binary")], asked).entries[0]
    assert entry.params["share_asked"] == pytest.approx(0.8)
    assert entry.paths.to_list() == ["full"] * 2 + ["mid"] * 8


def test_too_few_shares_leave_the_policys_own_where_they_mean_something() -> None:
    signals = [i / 10 for i in range(10)]
    asked = Asked(shares=(0.8,), score="signal", turned=("signal",))
    entry = enter(hard(*signals), [load_policy("three-tier")], asked).entries[0]
    # Made for 0..1, they would mean nothing here: 50/30/20.
    assert entry.paths.to_list() == ["micro"] * 5 + ["mid"] * 3 + ["full"] * 2
    assert "a share of 2 parts was asked" in entry.warnings[0]


def test_infinity_is_a_threshold_that_nothing_reaches() -> None:
    frame = requests([0.0, 1.0])
    none = enter(frame, [load_policy("binary")], Asked(thresholds=(math.inf,))).entries[0]
    assert none.paths.to_list() == ["full", "full"]
    assert none.params["cut"] is None
    every = enter(frame, [load_policy("binary")], Asked(thresholds=(-math.inf,))).entries[0]
    assert every.paths.to_list() == ["mid", "mid"]


def test_a_cascade_takes_a_threshold_for_each_arm_but_the_last() -> None:
    frame = requests([0.5] * 3).with_columns(
        confidence_micro=pl.Series([0.9, 0.5, 0.5]), confidence_mid=pl.Series([0.1, 0.6, 0.5])
    )
    policy = load_policy("cascade")
    entry = enter(frame, [policy], Asked(thresholds=(0.9, 0.6))).entries[0]
    assert entry.paths.to_list() == ["micro", "micro>mid", "micro>mid>full"]
    assert entry.params["thresholds"] == "0.9,0.6"
    with pytest.raises(ConfigError, match="micro's threshold, mid's threshold"):
        enter(frame, [policy], Asked(thresholds=(0.9,)))


def test_a_cascade_on_another_scale_keeps_shares_unless_told() -> None:
    frame = hard(*range(10))
    entry = enter(frame, [load_policy("cascade", {"order": "mid,full"})], HARD).entries[0]
    assert entry.paths.to_list() == ["mid"] * 8 + ["mid>full"] * 2
    assert "mid's threshold keeps 80%" in entry.warnings[0]
    told = load_policy("cascade", {"order": "mid,full", "thresholds": "3"})
    entry = enter(frame, [told], HARD).entries[0]
    assert entry.paths.to_list() == ["mid"] * 4 + ["mid>full"] * 6
    assert entry.params["thresholds"] == "3.0"
    unknown = requests([0.5]).with_columns(confidence=pl.lit(None, pl.Float64))
    assert enter(unknown, [told], Asked()).entries[0].paths.to_list() == ["mid>full"]


def test_two_stages_take_three_thresholds() -> None:
    frame = requests([0.9, 0.5, 0.5, 0.1]).with_columns(
        confidence=pl.Series([0.0, 0.7, 0.6, 0.9])
    )
    policy = load_policy("two-stage")
    entry = enter(frame, [policy], Asked(thresholds=(0.9, 0.5, 0.7))).entries[0]
    assert entry.paths.to_list() == ["mid", "mid", "mid>full", "full"]
    assert entry.params["easy"] == 0.9


def test_a_policy_without_a_threshold_says_so() -> None:
    entry = enter(requests([0.5]), [load_policy("length")], Asked(thresholds=(0.5,))).entries[0]
    assert entry.warnings == ("length has no threshold to set",)


def test_a_refused_threshold_names_the_policy_it_was_refused_for() -> None:
    frame = requests([0.2, 0.8])
    with pytest.raises(ConfigError, match=r"^three-tier: 1 threshold was given, but it has 2"):
        enter(frame, [load_policy("three-tier")], Asked(thresholds=(0.5,)))
