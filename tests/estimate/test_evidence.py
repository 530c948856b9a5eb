"""A failure rate is worth what its worst evidence is worth, and says what it leaves out."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from routeaudit.estimate.evidence import worst_evidence
from routeaudit.estimate.simulate import Replay
from routeaudit.result import Evidence, PolicyResult, Verdict

Run = Callable[..., Replay]
Row = Callable[..., PolicyResult]
Calls = Callable[..., pl.DataFrame]


@pytest.mark.parametrize(
    ("assumed", "found"), [(4, Evidence.MEASURED), (5, Evidence.JUDGED), (0, Evidence.MEASURED)]
)
def test_five_percent_of_worse_evidence_count(assumed: int, found: Evidence) -> None:
    ranks = np.array([2] * assumed + [0] * (100 - assumed))
    assert worst_evidence(ranks) is found
    assert worst_evidence(ranks[:0]) is Evidence.NONE


def test_the_first_answers_evidence_is_not_everyones(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    evidence = ["measured", "judged", "judged", "measured"]
    frame = calls(p_simple=[0.9] * 4, score_mid=[1.0] * 4, evidence_mid=evidence)
    replay = run_logs(frame, "binary")
    assert row_of(replay, "binary").quality.evidence is Evidence.JUDGED
    # Only what is served counts: the judged ones go to the full arm here.
    frame = frame.with_columns(p_simple=pl.Series([0.9, 0.1, 0.1, 0.9], dtype=pl.Float32))
    replay = run_logs(frame, "binary")
    assert row_of(replay, "binary").quality.evidence is Evidence.MEASURED


def test_served_answers_without_a_score_are_said(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    frame = calls(p_simple=[0.9] * 4, score_mid=[1.0, 0.0, None, None])
    row = row_of(run_logs(frame, "binary"), "binary")
    # One of four fails for sure; with both unscored ones, three.
    told = "2 of 4 served answers are scored: 25.0% fail if the others all hold, 75.0% if none does"
    assert row.quality.note == told
    assert told in row.warnings


def test_work_without_a_scored_answer_cannot_pass(
    calls: Calls, run_logs: Run, row_of: Row
) -> None:
    task = ["classification"] * 100 + ["code"] * 10
    frame = calls(p_simple=[0.9] * 110, task=task, score_mid=[1.0] * 100 + [None] * 10)
    row = row_of(run_logs(frame, "binary"), "binary")
    assert row.quality.verdict is Verdict.INCONCLUSIVE
    assert "none to code is scored (9% of the served)" in row.quality.note
    # The same answers without the code: no failure in 100 keeps 5 %.
    alone = row_of(run_logs(frame.head(100), "binary"), "binary")
    assert alone.quality.verdict is Verdict.PASS
    assert alone.quality.note == ""
