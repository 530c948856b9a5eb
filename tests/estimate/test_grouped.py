"""Failure rates of answers that come in groups."""

import numpy as np
import pytest

from routeaudit.estimate.grouped import failure_rate, threshold_intervals
from routeaudit.result import PolicyResult, Verdict
from routeaudit.stats.binomial import clopper_pearson, wilson
from routeaudit.stats.sweep import grid
from tests.estimate.outcome_rows import Line, Row, Run


def test_answers_of_their_own_have_wilson_and_exact_bounds() -> None:
    failures = np.array([1.0] * 3 + [0.0] * 97)
    for clusters in (None, np.arange(100)):
        found = failure_rate(failures, clusters, seed=0)
        assert found is not None
        expected = wilson(3, 100)
        assert expected is not None
        assert (found.shown.low, found.shown.high) == expected
        # The one-sided 95 % bounds are the ends of the two-sided 90 % interval.
        assert found.bounds == pytest.approx(clopper_pearson(3, 100, 0.9))
        assert found.told == ""


def test_groups_that_fail_together_widen_the_interval() -> None:
    # 40 templates of 10 answers; 10 templates fail throughout: 40 coins with rate 1/4.
    clusters = np.repeat(np.arange(40), 10)
    failures = (clusters < 10).astype(float)
    found = failure_rate(failures, clusters, seed=0)
    assert found is not None
    assert found.value == 0.25
    assert found.shown.method == "cluster bootstrap"
    # sqrt(.25 * .75 / 40) = .0685, and 1.96 of those on each side
    assert found.shown.low == pytest.approx(0.25 - 0.134, abs=0.02)
    assert found.shown.high == pytest.approx(0.25 + 0.134, abs=0.02)
    assert found.worth == pytest.approx(39)
    # Verdicts rest on what is wider; exact bounds of 39 answers at a rate of 1/4 are.
    exact = clopper_pearson(0.25 * 39, 39, 0.9)
    assert exact is not None
    assert found.bounds.low <= exact.low
    assert found.bounds.high >= exact.high


def test_no_failure_is_worth_one_answer_for_each_group() -> None:
    clusters = np.repeat(np.arange(58), 100)
    found = failure_rate(np.zeros(5_800), clusters, seed=0)
    assert found is not None
    # 59 answers without a failure prove 5 %; 58 groups do not, however large they are.
    assert found.judge(0.05).verdict.value == "INCONCLUSIVE"
    more = failure_rate(np.zeros(5_900), np.repeat(np.arange(59), 100), seed=0)
    assert more is not None
    assert more.judge(0.05).verdict.value == "PASS"


def test_under_thirty_groups_there_is_no_pass() -> None:
    found = failure_rate(np.zeros(290), np.repeat(np.arange(29), 10), seed=0)
    assert found is not None
    assert found.told.startswith("too few independent groups: 29")
    assert failure_rate(np.zeros(0), None, seed=0) is None


def test_what_more_is_needed_counts_in_answers_like_these() -> None:
    clusters = np.repeat(np.arange(50), 4)
    alone = failure_rate((np.arange(50) < 1).astype(float), None, seed=0)
    found = failure_rate((clusters < 1).astype(float), clusters, seed=0)
    assert alone is not None
    assert found is not None
    few, many = alone.judge(0.05).more_needed, found.judge(0.05).more_needed
    assert few is not None
    assert many == pytest.approx(4 * few, rel=0.03)


def test_every_threshold_has_the_interval_of_its_groups() -> None:
    clusters = np.repeat(np.arange(40), 10)
    failures = (clusters < 10).astype(float)
    scores = np.tile([1.0] * 5 + [0.0] * 5, 40)
    rows = grid(scores, np.array([0.0, 1.0, 2.0]))
    plain = threshold_intervals(rows, failures, None, seed=0)
    grouped = threshold_intervals(rows, failures, clusters, seed=0)
    assert plain[0] is None
    assert grouped[0] is None
    for narrow, wide in zip(plain[1:], grouped[1:], strict=True):
        assert narrow is not None
        assert wide is not None
        assert wide.low == pytest.approx(0.25 - 0.134, abs=0.03)
        assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)
    none = threshold_intervals(rows, np.zeros(400), clusters, seed=0)[2]
    assert none is not None
    assert none.high == pytest.approx(wilson(0, 40).high)  # type: ignore[union-attr]  # 40 > 0


def test_thousands_of_groups_take_the_design_effect() -> None:
    clusters = np.repeat(np.arange(6_000), 2)
    failures = (clusters % 10 == 0).astype(float)
    rows = grid(np.ones(12_000), np.array([1.0]))
    found = threshold_intervals(rows, failures, clusters, seed=0)[0]
    expected = wilson(600, 6_000)
    assert found is not None
    assert expected is not None
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-4)


def _judged(run_table: Run, outcome: Line, row_of: Row, **fields: object) -> PolicyResult:
    rows = [
        outcome(
            i,
            {"a": {"score": 1}, "b": {"score": 1}},
            prompt=f"p{i}",
            **{name: value(i) for name, value in fields.items()},  # type: ignore[operator]  # functions
        )
        for i in range(200)
    ]
    return row_of(run_table(rows, arms="mid=a,full=b", signal="len(prompt)"), "all-mid")


def test_a_conversation_is_one_group(run_table: Run, outcome: Line, row_of: Row) -> None:
    alone = _judged(run_table, outcome, row_of)
    assert alone.quality.verdict is Verdict.PASS
    talks = _judged(run_table, outcome, row_of, conversation_id=lambda i: i // 10)
    assert talks.quality.verdict is Verdict.INCONCLUSIVE
    assert any("too few independent groups: 20" in told for told in talks.warnings)
    # Rows that name no template are their own; 20 rows share one.
    some = _judged(run_table, outcome, row_of, template_id=lambda i: "t" if i < 20 else None)
    assert some.quality.upper == pytest.approx(1 - 0.05 ** (1 / 181))


def test_case_and_spaces_do_not_make_a_new_prompt(
    run_table: Run, outcome: Line, row_of: Row
) -> None:
    rows = [
        outcome(i, {"a": {"score": 1}, "b": {"score": 1}}, prompt=text)
        for i, text in enumerate(["Say hi", " say  HI\n", "say hi", "Say ho"])
    ]
    replay = run_table(rows, arms="mid=a,full=b", signal="len(prompt)")
    assert any("draw 2 groups" in told for told in replay.simulation.warnings)
