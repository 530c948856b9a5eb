"""Who gets which request, and the laws that hold for every policy."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeaudit.comparison import Asked
from routeaudit.errors import ConfigError
from routeaudit.frames import TASKS, FrameError
from routeaudit.route import enter, load_policy, paths, policy_names, read_policy
from routeaudit.route.policy import Policy

NAMES = policy_names()


def requests(p_simple: list[float | None], **more: list[object]) -> pl.DataFrame:
    n = len(p_simple)
    return pl.DataFrame(
        {
            "p_simple": pl.Series(p_simple, dtype=pl.Float64),
            "confidence": pl.Series(p_simple, dtype=pl.Float64),
            "chance": [(i * 0.618) % 1 for i in range(n)],
            "prompt_tokens": [10 * (i + 1) for i in range(n)],
            "task": pl.Series([TASKS[i % len(TASKS)] for i in range(n)], dtype=pl.Enum(TASKS)),
            **more,
        }
    )


def taken(policy: Policy, frame: pl.DataFrame) -> list[str]:
    return paths(frame, policy).to_list()


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
        ("three-tier", {"micro_cut": 0.2, "mid_cut": 0.5}),
        ("two-stage", {"easy": 0.2, "hard": 0.5}),
        ("cascade", {"thresholds": "0.9"}),
        ("cascade", {"thresholds": "a,b"}),
        ("cascade", {"order": "micro,huge,full"}),
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


def scores(n: int) -> st.SearchStrategy[list[float | None]]:
    return st.lists(
        st.one_of(st.none(), st.sampled_from([0.0, 0.2, 0.5, 0.5, 0.85, 1.0])),
        min_size=1, max_size=n,
    )  # fmt: skip


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


def test_quantiles_can_come_from_other_traffic() -> None:
    asked = Asked(shares=(0.5,), calibration=requests([0.1, 0.2, 0.3, 0.4]))
    entry = enter(requests([0.3, 0.9, 0.9, 0.9]), [load_policy("binary")], asked).entries[0]
    assert entry.params["cut"] == 0.3
    assert entry.params["share_realised"] == 1.0


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
