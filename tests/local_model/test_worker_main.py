"""The worker's own loop, run here: what the other tests start in a process of its own."""

import io
from pathlib import Path

import msgspec
import pytest

from routeaudit.local_model.compared import Compared, Texts
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.logprobs import nothing
from routeaudit.local_model.messages import (
    Ask,
    Compare,
    Done,
    Failed,
    FromWorker,
    Open,
    OpenComparer,
    Opened,
    OpenWriter,
    Part,
    ToWorker,
    WasCompared,
    Write,
    Wrote,
    from_worker,
    receive_frame,
    send,
)
from routeaudit.local_model.question import Question
from routeaudit.local_model.worker_main import serve
from routeaudit.local_model.written import Request, Said, WriterSettings

QUESTION = Question(
    head="head", tail="", labels=("A", "B"), query_tokens=9, head_share=0.5, gap=""
)


@pytest.fixture(autouse=True)
def _the_engine_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def opening(file: str = "") -> Open:
    return Open(
        factory="faulty_engine:Faulty", settings=EngineSettings(file=file), question=QUESTION
    )


def answers_to(*messages: ToWorker) -> list[FromWorker]:
    incoming, outgoing = io.BytesIO(), io.BytesIO()
    for message in messages:
        send(incoming, message)
    incoming.seek(0)
    serve(incoming, outgoing)
    outgoing.seek(0)
    found = []
    while (body := receive_frame(outgoing)) is not None:
        found.append(from_worker(body))
    return found


def test_a_question_is_opened_and_asked() -> None:
    opened, first, second, done = answers_to(opening(), Ask(queries=["one", "three"]))
    assert opened == Opened(head_tokens=4)
    assert first == Part(places=[0], probabilities=[[0.5, 0.5]], n_tokens=[3], n_cut=[0])
    assert isinstance(second, Part)
    assert second.n_tokens == [5]
    assert done == Done()


def test_an_unfit_file_is_said_and_ends_the_loop() -> None:
    assert answers_to(opening("unfit"), opening()) == [
        Failed(message="this file is unfit", hint="take another")
    ]


def test_a_missing_library_is_said_as_such() -> None:
    (failed,) = answers_to(opening("bare"))
    assert isinstance(failed, Failed)
    assert failed.extra == "llama"


def test_a_query_that_cannot_be_read_ends_the_loop() -> None:
    heard = answers_to(opening(), Ask(queries=["one", "refuse", "three"]))
    assert [type(message) for message in heard] == [Opened, Part, Failed]


def test_a_question_before_the_file_is_not_answered() -> None:
    assert answers_to(Ask(queries=["one"])) == []


def test_a_frame_cut_short_is_no_frame() -> None:
    stream = io.BytesIO()
    send(stream, Done())
    assert receive_frame(io.BytesIO(stream.getvalue()[:-1])) is None
    assert receive_frame(io.BytesIO(stream.getvalue()[:2])) is None
    assert msgspec.msgpack.decode(stream.getvalue()[4:]) == {"type": "Done"}


def test_requests_are_answered_one_by_one() -> None:
    opening = OpenWriter(
        factory="faulty_writer:FaultyWriter",
        settings=WriterSettings(engine=EngineSettings(file="")),
    )
    asked = Write(requests=[Request(turns=(Said("user", "hello"),), most_tokens=5)])
    opened, wrote, done = answers_to(opening, asked)
    assert opened == Opened(head_tokens=0)
    assert wrote == Wrote(place=0, written=nothing("stop", 5))
    assert done == Done()
    assert answers_to(asked) == []


def test_texts_are_compared() -> None:
    opening = OpenComparer(
        factory="faulty_comparer:FaultyComparer", settings=EngineSettings(file="")
    )
    told = answers_to(opening, Compare(pairs=[Texts(one="a", other="a")]))
    one = WasCompared(place=0, compared=Compared(cosine=1.0, is_cut=False))
    assert told == [Opened(head_tokens=0), one, Done()]
