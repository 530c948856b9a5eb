"""Who gets which request, and the laws that hold for every policy."""

from typing import ClassVar

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeaudit.comparison import Asked
from routeaudit.errors import ConfigError
from routeaudit.frames import FrameError
from routeaudit.route import enter, load_policy
from tests.route.requests_made import requests, scores, taken


def test_a_policy_that_reads_an_outcome_sends_everything_to_the_full_arm() -> None:
    class Peeks:
        cuts: ClassVar[tuple[str, ...]] = ()
        reads_classifier: ClassVar[bool] = False
        arms = ("mid", "full")
        score = None

        def choose(self) -> pl.Expr:
            return pl.when(pl.col("score_mid") > 0.5).then(pl.lit("mid"))

        def after(self, arm: str) -> pl.Expr | None:
            return None

    frame = requests([0.5]).with_columns(score_mid=pl.lit(1.0))
    assert taken(Peeks(), frame) == ["full"]


@given(scores(30))
@settings(max_examples=40, deadline=None)
def test_thresholds_at_the_ends_are_all_full_and_all_cheap(p: list[float | None]) -> None:
    known = requests([value for value in p if value is not None] or [0.1])
    lax, strict = load_policy("binary", {"cut": 0.0}), load_policy("binary", {"cut": 1.1})
    assert set(taken(lax, known)) == {"mid"}
    assert set(taken(strict, known)) == {"full"}


@given(scores(30), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_equal_scores_take_equal_paths(p: list[float | None], cut: float) -> None:
    for name, params in (("binary", {"cut": cut}), ("confidence", {"threshold": cut})):
        found: dict[float | None, set[str]] = {}
        for value, path in zip(p, taken(load_policy(name, params), requests(p)), strict=True):
            found.setdefault(value, set()).add(path)
        assert all(len(kinds) == 1 for kinds in found.values())


def test_a_share_sets_the_cut_and_ties_are_told() -> None:
    frame = requests([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0])
    entered = enter(frame, [load_policy("binary")], Asked(shares=(0.8,)))
    entry = entered.entries[0]
    assert entry.params["cut"] == 0.2
    assert entry.params["share_realised"] == 0.8
    assert entry.warnings == ()
    tied = requests([0.9, 0.9, 0.9, 0.1])
    entry = enter(tied, [load_policy("binary")], Asked(shares=(0.5,))).entries[0]
    assert entry.params["share_realised"] == 0.75
    assert "move together" in entry.warnings[0]


def test_three_shares_set_two_cuts() -> None:
    frame = requests([i / 10 for i in range(10)])
    entered = enter(frame, [load_policy("three-tier")], Asked(shares=(0.5, 0.3)))
    counts = entered.entries[0].paths.value_counts()
    assert dict(counts.iter_rows()) == {"micro": 5, "mid": 3, "full": 2}


def test_a_tie_at_the_cut_of_the_cheapest_arm_is_told_too() -> None:
    frame = requests([0.9, 0.9, 0.9, 0.5, 0.1])
    entry = enter(frame, [load_policy("three-tier")], Asked(shares=(0.2, 0.6))).entries[0]
    told = "asked 20.0% for the cheapest arm, 60.0% came out: "
    assert entry.warnings == (f"{told}requests with the same score move together",)


def test_quantiles_can_come_from_other_traffic() -> None:
    asked = Asked(shares=(0.5,), calibration=requests([0.1, 0.2, 0.3, 0.4]))
    entry = enter(requests([0.3, 0.9, 0.9, 0.9]), [load_policy("binary")], asked).entries[0]
    assert entry.params["cut"] == 0.3
    assert entry.params["share_realised"] == 1.0
    told = "asked 50.0% for the cheaper arms, 100.0% came out here: "
    assert entry.warnings == (f"{told}the thresholds come from another table",)
    # The tie where the thresholds were set is told apart: 3 of 4 there, 1 of 4 here.
    asked = Asked(shares=(0.5,), calibration=requests([0.3, 0.3, 0.3, 0.1]))
    entry = enter(requests([0.3, 0.1, 0.1, 0.1]), [load_policy("binary")], asked).entries[0]
    assert entry.params["share_realised"] == 0.25
    assert "75.0% came out where the cuts were set: requests with the same" in entry.warnings[0]
    assert "25.0% came out here: " in entry.warnings[1]


def test_a_share_beyond_what_has_scores_is_told() -> None:
    frame = requests([0.9, None, None, None])
    entry = enter(frame, [load_policy("binary")], Asked(shares=(0.8,))).entries[0]
    assert entry.params["share_realised"] == 0.25
    assert "no score" in entry.warnings[0]


def test_shares_that_do_not_fit_are_told_and_left() -> None:
    frame = requests([0.9, 0.1])
    entry = enter(frame, [load_policy("three-tier")], Asked(shares=(0.8,))).entries[0]
    assert "2 parts" in entry.warnings[0]


def test_thresholds_are_given_strict_to_lax_in_the_users_scale() -> None:
    hard = requests([0.0, 0.0]).with_columns(signal=pl.Series([-300.0, -301.0]))
    asked = Asked(thresholds=(300.0,), score="signal", turned=("signal",))
    entry = enter(hard, [load_policy("binary")], asked).entries[0]
    assert entry.paths.to_list() == ["mid", "full"]
    assert entry.params["cut"] == 300.0
    with pytest.raises(ConfigError):
        enter(hard, [load_policy("three-tier")], asked)


def test_honesty_rows_deal_out_the_same_paths() -> None:
    frame = requests([i / 50 for i in range(50)])
    entries = enter(frame, [load_policy("binary", {"cut": 0.4})], Asked()).entries
    rows = {entry.policy: entry for entry in entries}
    policy = rows["binary"].paths.cast(pl.String).sort().to_list()
    assert rows["shuffle"].paths.cast(pl.String).sort().to_list() == policy
    assert rows["shuffle"].paths.to_list() != rows["binary"].paths.to_list()
    short = rows["length"].paths.to_list()
    assert short == ["mid"] * 30 + ["full"] * 20  # prompts grow along the rows
    assert {entry.role for entry in entries if entry.policy != "binary"} == {"honesty"}
    assert set(rows) == {
        "binary", "random", "shuffle", "length", "all-full", "all-mid", "all-micro"
    }  # fmt: skip


def test_a_missing_arm_is_an_error_alone_and_a_warning_beside_others() -> None:
    frame, asked = requests([0.1, 0.9]), Asked(arms=("mid", "full"))
    with pytest.raises(ConfigError, match="micro"):
        enter(frame, [load_policy("three-tier")], asked)
    entered = enter(frame, [load_policy("three-tier"), load_policy("binary")], asked)
    assert "micro" in entered.warnings[0]
    assert entered.entries[0].policy == "binary"


def test_random_paths_are_as_common_as_the_policys() -> None:
    n = 4_000
    frame = requests([i / n for i in range(n)])
    frame = frame.with_columns(chance=pl.Series(np.random.default_rng(1).random(n)))
    rows = {
        e.policy: e
        for e in enter(frame, [load_policy("binary", {"cut": 0.2})], Asked()).entries
    }
    share = float((rows["random"].paths == "mid").mean())  # type: ignore[arg-type]  # a float
    assert share == pytest.approx(0.8, abs=0.025)


def test_a_null_path_is_a_bug() -> None:
    from routeaudit.frames import as_routed  # noqa: PLC0415 only here

    with pytest.raises(FrameError):
        as_routed(pl.DataFrame({"path": ["mid", None]}))


@pytest.mark.parametrize("name", ["oracle", "shuffle", "sticky"])
def test_what_needs_more_than_a_policy_knows_is_no_policy(name: str) -> None:
    with pytest.raises(ConfigError, match="is no policy"):
        load_policy(name)
