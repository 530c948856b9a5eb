import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from routeaudit.errors import ModelError
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.kept_worker import FAILURES_IN_A_ROW
from routeaudit.local_model.messages import Write
from routeaudit.local_model.writing import Writing, WritingSettings
from routeaudit.local_model.written import Request, Said, WriterSettings


@pytest.fixture(autouse=True)
def _worker_can_import_these_files(monkeypatch: pytest.MonkeyPatch) -> None:
    here, root = Path(__file__).parent, Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{here}{os.pathsep}{root}")


def settings(file: str = "", silence_s: float = 4.0) -> WritingSettings:
    return WritingSettings(
        writer=WriterSettings(engine=EngineSettings(file=file)),
        silence_s=silence_s,
        factory="faulty_writer:FaultyWriter",
    )


def requests(*texts: str) -> list[Request]:
    return [Request(turns=(Said("user", text),), most_tokens=5) for text in texts]


@pytest.fixture
def writing() -> Iterator[Writing]:
    with Writing(settings()) as running:
        yield running


def lengths(writing: Writing, *texts: str) -> list[int | None]:
    found = {
        place: None if written is None else written.prompt_tokens
        for place, written in writing.write(requests(*texts))
    }
    return [found[place] for place in range(len(texts))]


def test_every_request_is_answered_in_its_place(writing: Writing) -> None:
    assert lengths(writing, "one", "three", "fifteen") == [3, 5, 7]
    assert lengths(writing) == []


@pytest.mark.parametrize("fault", ["abort", "hang", "refuse", "bug"])
def test_a_fault_costs_one_answer(writing: Writing, fault: str) -> None:
    assert lengths(writing, "one", fault, "three") == [3, None, 5]


def test_a_worker_killed_from_outside_is_replaced(writing: Writing) -> None:
    assert lengths(writing, "one") == [3]
    os.kill(writing.worker.process_id, signal.SIGKILL)
    assert lengths(writing, "three") == [5]


def test_a_worker_that_was_dead_when_it_was_asked_is_stopped_without_a_word(
    writing: Writing,
) -> None:
    worker = writing.worker
    os.kill(worker.process_id, signal.SIGKILL)
    worker._process.wait()
    worker.say(Write(requests=requests("one")))
    worker.stop()
    assert worker._process.returncode == -signal.SIGKILL


def test_when_all_fail_the_run_ends_with_a_reason(writing: Writing) -> None:
    with pytest.raises(ModelError, match=f"{FAILURES_IN_A_ROW} requests in a row"):
        list(writing.write(requests(*["refuse"] * (FAILURES_IN_A_ROW + 2))))


def test_an_unfit_file_is_the_users_to_mend() -> None:
    with pytest.raises(ModelError, match="unfit"):
        list(Writing(settings("unfit")).write(requests("one")))
