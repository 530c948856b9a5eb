import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from routeaudit.errors import MissingExtraError, ModelError
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.kept_worker import FAILURES_IN_A_ROW
from routeaudit.local_model.question import Question
from routeaudit.local_model.supervisor import Supervisor, WorkerSettings

QUESTION = Question(
    head="head", tail="tail", labels=("A", "B"), query_tokens=64, head_share=0.5, gap="..."
)


@pytest.fixture(autouse=True)
def _worker_can_import_these_files(monkeypatch: pytest.MonkeyPatch) -> None:
    here, root = Path(__file__).parent, Path(__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{here}{os.pathsep}{root}")


def settings(file: str = "", **other: float) -> WorkerSettings:
    return WorkerSettings(
        engine=EngineSettings(file=file),
        question=QUESTION,
        factory="faulty_engine:Faulty",
        **other,
    )


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(settings(silence_s=2.0)) as running:
        yield running


def test_answers_come_back_in_the_order_asked(supervisor: Supervisor) -> None:
    answers = supervisor.ask(["one", "three", "fifteen"])
    assert answers.n_tokens.tolist() == [3, 5, 7]
    assert np.allclose(answers.probabilities, 0.5)
    assert not answers.failed.any()


@pytest.mark.parametrize("fault", ["abort", "memory", "refuse", "bug"])
def test_a_fault_costs_one_query_and_the_others_are_answered(
    supervisor: Supervisor, fault: str
) -> None:
    answers = supervisor.ask(["one", fault, "three", "fifteen"])
    assert answers.failed.tolist() == [False, True, False, False]
    assert np.isnan(answers.probabilities[1]).all()
    assert answers.n_tokens.tolist() == [3, 0, 5, 7]


def test_a_hang_costs_one_query(supervisor: Supervisor) -> None:
    began = time.monotonic()
    answers = supervisor.ask(["one", "hang", "three"])
    assert answers.failed.tolist() == [False, True, False]
    assert time.monotonic() - began < 15


def test_a_worker_killed_from_outside_is_replaced(supervisor: Supervisor) -> None:
    assert supervisor.ask(["one"]).n_tokens.tolist() == [3]
    os.kill(supervisor.worker.process_id, signal.SIGKILL)
    assert supervisor.ask(["three"]).n_tokens.tolist() == [5]


def test_progress_counts_every_query_once(supervisor: Supervisor) -> None:
    counts: list[int] = []
    supervisor.ask(["one", "abort", "three"], heard=counts.append)
    assert sum(counts) == 3


def test_when_all_fail_the_run_ends_with_a_reason(supervisor: Supervisor) -> None:
    with pytest.raises(ModelError, match=f"{FAILURES_IN_A_ROW} queries in a row"):
        supervisor.ask(["refuse"] * (FAILURES_IN_A_ROW + 3))


def test_no_word_of_a_query_is_logged(
    supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        supervisor.ask(["abort"])
    assert "GGML_ASSERT" in caplog.text
    assert "SIGABRT" in caplog.text
    assert "secret" not in caplog.text


def test_an_unfit_file_is_the_users_to_mend() -> None:
    with pytest.raises(ModelError, match="unfit") as caught:
        Supervisor(settings("unfit")).ask(["one"])
    assert caught.value.hint == "take another"


def test_a_missing_extra_is_named() -> None:
    with pytest.raises(MissingExtraError, match="GGUF") as caught:
        Supervisor(settings("bare")).ask(["one"])
    assert "routeaudit[llama]" in caught.value.hint


def test_a_death_while_loading_is_an_error_and_not_a_loop() -> None:
    with pytest.raises(ModelError, match="could not be loaded") as caught:
        Supervisor(settings("deadly")).ask(["one"])
    assert "SIGABRT" in caught.value.hint


def test_the_worker_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import time
        from test_worker_settings import started
        print(started().worker.process_id, flush=True)
        time.sleep(60)
    """)
    (tmp_path / "test_worker_settings.py").write_text(
        textwrap.dedent(f"""
            import importlib.util
            spec = importlib.util.spec_from_file_location("claims", {__file__!r})
            claims = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(claims)
            def started():
                return claims.Supervisor(claims.settings())
        """)
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PYTHONPATH']}"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    assert is_gone_within(worker, seconds=10)


def is_gone_within(process_id: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = Path(f"/proc/{process_id}/stat")
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False
