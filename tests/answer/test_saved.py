from pathlib import Path

import numpy as np
import polars as pl
import pytest

from routeaudit.answer.answered import ANSWERED_COLUMNS
from routeaudit.answer.labels import add_label, read_labels
from routeaudit.answer.replayed import with_answers
from routeaudit.answer.saved import (
    Files,
    Run,
    evidence_of,
    measure,
    read_outcome,
    read_run,
    save_run,
)
from routeaudit.errors import InputError
from routeaudit.frames import schema
from routeaudit.result import Evidence

N = 200


def answers(bad: int = 20) -> pl.DataFrame:
    """200 answers in one stratum, the first of them bad."""
    frame = pl.DataFrame(
        {
            "query_key": [f"q{i}" for i in range(N)],
            "request_key": [""] * N,
            "stratum": ["moderation / micro"] * N,
            "task": ["moderation"] * N,
            "calls": [2] * N,
            "weight": [4.0] * N,
            "cluster": [f"c{i}" for i in range(N)],
            "scorer": ["label"] * N,
            "value": [float(i >= bad) for i in range(N)],
            "accepted": [i >= bad for i in range(N)],
            "must_escalate": [i % 50 == 49 for i in range(N)],
            "finish_reason": ["stop"] * N,
            "logprob_mean": (-np.linspace(2, 0.01, N)).tolist(),
        }
    )
    missing = [
        pl.lit(None, column.dtype).alias(name)
        for name, column in ANSWERED_COLUMNS.items()
        if name not in frame.columns
    ]
    return (
        frame.with_columns(missing)
        .select(list(ANSWERED_COLUMNS))
        .cast(schema(ANSWERED_COLUMNS))
    )


def saved(folder: Path) -> Files:
    files = Files(folder, "mid")
    run = Run(
        arm="mid", llm_file="some.gguf", fingerprint="f", planned=N, answered=N, failed=0,
        not_found=0, tokens_per_s=10.0, strata=(("moderation / micro", 800, 400),),
    )  # fmt: skip
    save_run(files, run, answers())
    return files


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    run, frame = read_run(saved(tmp_path))
    assert run.planned == N
    assert frame.equals(answers())
    with pytest.raises(InputError, match="no small model has answered"):
        read_run(Files(tmp_path, "micro"))
    Files(tmp_path, "mid").run.write_text("{")
    with pytest.raises(InputError, match="damaged"):
        read_run(Files(tmp_path, "mid"))


def test_what_a_sample_says_is_counted(tmp_path: Path) -> None:
    outcome = measure(saved(tmp_path))
    assert outcome.evidence is Evidence.REPLAYED
    assert outcome.disagreement == pytest.approx(0.1)  # 20 of 200
    assert outcome.interval is not None
    assert outcome.interval[0] < 0.1 < outcome.interval[1]
    assert outcome.always_escalate == pytest.approx(0.02)
    assert outcome.decided_by[0].decided == N
    assert outcome.strata[0].rejected == 20
    assert read_outcome(Files(tmp_path, "mid")) == outcome
    measured = pl.read_parquet(Files(tmp_path, "mid").measured)
    assert measured["score"].drop_nulls().len() == outcome.countable
    assert outcome.countable < N  # the rest taught the calibrator


def test_people_stand_above_scorers_and_the_last_word_counts(tmp_path: Path) -> None:
    files = saved(tmp_path)
    for key, said in (("q0", "bad"), ("q0", "good"), ("q1", "equal"), ("q2", "skip")):
        add_label(files.labels, key, said)
    assert read_labels(files.labels) == {"q0": "good", "q1": "equal", "q2": "skip"}
    outcome = measure(files)
    assert outcome.strata[0].rejected == 18
    assert {one.scorer: one.seen for one in outcome.decided_by} == {"label": 198, "person": 2}


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"query_key": "a"}', '{"query_key": "a", "label": "x"}']
)
def test_a_line_that_is_no_label_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"query_key": "a", "label": "good"}\n' + line)
    with pytest.raises(InputError, match="line 2"):
        read_labels(file)


def test_the_worst_evidence_of_a_twentieth_of_the_answers_is_named() -> None:
    frame = answers()

    def by(counts: dict[str, int]) -> Evidence:
        names = [name for name, n in counts.items() for _ in range(n)]
        return evidence_of(frame.with_columns(scorer=pl.Series(names)))

    assert by({"label": 200}) is Evidence.REPLAYED
    assert by({"person": 195, "label": 5}) is Evidence.MEASURED
    assert by({"person": 100, "label": 100}) is Evidence.REPLAYED
    assert by({"judge": 10, "label": 190}) is Evidence.JUDGED
    assert evidence_of(frame.clear()) is Evidence.NONE


def test_calls_without_answers_stay_as_they_are(tmp_path: Path) -> None:
    calls = pl.DataFrame(
        {"query_key": ["q0", "x"], "task": ["moderation"] * 2, "tier": ["micro"] * 2}
    )
    assert with_answers(calls.lazy(), tmp_path).collect().equals(calls)
    measure(saved(tmp_path))
    told = with_answers(calls.lazy(), tmp_path).collect()
    assert told["evidence_mid"].to_list() == ["replayed"] * 2
    assert told["score_mid"].to_list()[1] is None
    assert "confidence_mid" in told.columns


def test_a_damaged_summary_is_an_error(tmp_path: Path) -> None:
    files = saved(tmp_path)
    measure(files)
    files.outcome.write_text("{}")
    with pytest.raises(InputError, match="cannot be read"):
        read_outcome(files)
