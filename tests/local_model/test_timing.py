import os
from pathlib import Path

import pytest

from routeaudit.errors import ModelError
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.question import Question
from routeaudit.local_model.supervisor import WorkerSettings
from routeaudit.local_model.timing import Timing, time_queries


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> WorkerSettings:
    here, root = Path(__file__).parent, Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{here}{os.pathsep}{root}")
    question = Question(
        head="", tail="", labels=("A", "B"), query_tokens=9, head_share=0.5, gap=""
    )
    return WorkerSettings(
        engine=EngineSettings(file=""), question=question, factory="faulty_engine:Faulty"
    )


def test_a_scan_takes_the_load_once_and_each_query_once() -> None:
    assert Timing(load_s=3.0, per_query_s=0.5, tokens_per_s=80.0).predicted_s(100) == 53.0


def test_a_few_queries_are_timed(settings: WorkerSettings) -> None:
    found = time_queries(settings, ["one", "three"])
    assert found.load_s > 0
    # 3 + 5 "tokens" in twice the time of a query.
    assert found.tokens_per_s == pytest.approx(8 / (2 * found.per_query_s))


def test_when_nothing_is_answered_nothing_is_timed(settings: WorkerSettings) -> None:
    with pytest.raises(ModelError, match="nothing was timed"):
        time_queries(settings, ["refuse"])
