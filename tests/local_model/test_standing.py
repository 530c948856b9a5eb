import os
import subprocess
import sys
from pathlib import Path

import pytest

from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.question import Question
from routeaudit.local_model.standing import standing_worker
from routeaudit.local_model.supervisor import WorkerSettings

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
QUESTION = Question(
    head="head", tail="tail", labels=("A", "B"), query_tokens=64, head_share=0.5, gap="..."
)


@pytest.fixture(autouse=True)
def _worker_can_import_these_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{ROOT}")


def settings(file: str = "") -> WorkerSettings:
    return WorkerSettings(
        engine=EngineSettings(file=file), question=QUESTION, factory="faulty_engine:Faulty"
    )


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_two_questions_are_asked_of_one_worker() -> None:
    seen = []
    for _ in range(2):
        with standing_worker(settings()) as worker:
            assert worker.ask(["three"]).n_tokens.tolist() == [5]
            seen.append(worker.worker.process_id)
    assert seen[0] == seen[1]
    assert is_running(seen[0])


def test_another_file_takes_the_place_of_the_one_before() -> None:
    with standing_worker(settings()) as worker:
        first = worker.worker.process_id
    with standing_worker(settings("other")) as worker:
        assert worker.worker.process_id != first
    assert not is_running(first)


def test_asking_that_is_broken_off_ends_the_worker_and_the_next_hears_its_own_answers() -> None:
    with standing_worker(settings()) as worker:
        first = worker.worker.process_id
    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert not is_running(first)
    with standing_worker(settings()) as worker:
        assert worker.ask(["fifteen"]).n_tokens.tolist() == [7]


def break_off() -> None:
    with standing_worker(settings()) as worker:
        next(worker.answers(["one", "three"]))  # the second answer is left unheard
        raise KeyboardInterrupt


RUN = """
import sys
sys.path.insert(0, {tests!r})
from test_standing import settings, standing_worker
with standing_worker(settings()) as worker:
    print(worker.worker.process_id, flush=True)
{then}
"""


@pytest.mark.parametrize("then", ["", "raise KeyboardInterrupt"])
def test_the_worker_ends_with_the_program_and_nothing_is_left_open(then: str) -> None:
    script = RUN.format(tests=str(HERE), then=then)
    ended = subprocess.run(
        [sys.executable, "-W", "always", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ},
    )
    assert not is_running(int(ended.stdout))
    assert "ResourceWarning" not in ended.stderr


def test_a_forked_process_leaves_its_parents_worker_alone() -> None:
    with standing_worker(settings()) as worker:
        mine = worker.worker.process_id
    child = os.fork()
    if not child:
        with standing_worker(settings()) as worker:
            os._exit(0 if worker.worker.process_id != mine and is_running(mine) else 1)
    assert os.waitpid(child, 0)[1] == 0
    with standing_worker(settings()) as worker:
        assert worker.worker.process_id == mine
        assert worker.ask(["one"]).n_tokens.tolist() == [3]
