"""The worker process: loads a GGUF file and answers frames on its standard input.

Started as `python -m routeaudit.local_model.worker_main`. It ends when its input ends, so it
never outlives the process that started it.
"""

import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import IO, Protocol, cast

from routeaudit.errors import MissingExtraError, RouteAuditError
from routeaudit.local_model.compared import Compared, Texts
from routeaudit.local_model.engine import EngineSettings, Scored
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
    WasCompared,
    Write,
    Wrote,
    receive_frame,
    send,
    to_worker,
)
from routeaudit.local_model.question import Question
from routeaudit.local_model.written import Request, WriterSettings, Written


class Engine(Protocol):
    """What a factory makes."""

    @property
    def head_tokens(self) -> int:
        """Tokens of the head, decoded once."""

    def score(self, queries: Sequence[str]) -> Iterator[Scored]:
        """Answer queries, batch by batch."""


class Factory(Protocol):
    """What `Open.factory` names."""

    def __call__(self, settings: EngineSettings, question: Question, /) -> Engine:
        """Load the file."""


class Writer(Protocol):
    """What a factory of writers makes."""

    def write(self, requests: Sequence[Request]) -> Iterator[tuple[int, Written]]:
        """Answer requests, each as soon as it is done."""


class WriterFactory(Protocol):
    """What `OpenWriter.factory` names."""

    def __call__(self, settings: WriterSettings, /) -> Writer:
        """Load the file."""


class Comparer(Protocol):
    """What a factory of comparers makes."""

    def compare(self, pairs: Sequence[Texts]) -> Iterator[tuple[int, Compared]]:
        """Compare texts, each pair as soon as it is done."""


class ComparerFactory(Protocol):
    """What `OpenComparer.factory` names."""

    def __call__(self, settings: EngineSettings, /) -> Comparer:
        """Load the file."""


def serve(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Answer frames until the input ends; what cannot be done is said and ends the process."""
    loaded: Engine | Writer | Comparer | None = None
    while (body := receive_frame(incoming)) is not None:
        message = to_worker(body)
        try:
            if isinstance(message, Open | OpenWriter | OpenComparer):
                loaded, head_tokens = _load(message)
                send(outgoing, Opened(head_tokens=head_tokens))
            elif loaded is not None:
                for part in _parts(loaded, message):
                    send(outgoing, part)
                send(outgoing, Done())
        except RouteAuditError as error:
            extra = "llama" if isinstance(error, MissingExtraError) else ""
            send(outgoing, Failed(message=str(error), hint=error.hint, extra=extra))
            return


def _load(
    opening: Open | OpenWriter | OpenComparer,
) -> tuple[Engine | Writer | Comparer, int]:
    """Load what is asked for; with the tokens of a question's head, where there is a question."""
    factory = _named(opening.factory)
    if isinstance(opening, Open):
        engine = cast("Factory", factory)(opening.settings, opening.question)
        return engine, engine.head_tokens
    if isinstance(opening, OpenWriter):
        return cast("WriterFactory", factory)(opening.settings), 0
    return cast("ComparerFactory", factory)(opening.settings), 0


def _parts(
    loaded: Engine | Writer | Comparer, asked: Ask | Write | Compare
) -> Iterator[FromWorker]:
    if isinstance(asked, Ask):
        for scored in cast("Engine", loaded).score(asked.queries):
            yield Part(
                places=scored.places,
                probabilities=scored.probabilities.tolist(),
                n_tokens=scored.n_tokens,
                n_cut=scored.n_cut,
            )
    elif isinstance(asked, Write):
        for place, written in cast("Writer", loaded).write(asked.requests):
            yield Wrote(place=place, written=written)
    else:
        for place, compared in cast("Comparer", loaded).compare(asked.pairs):
            yield WasCompared(place=place, compared=compared)


def _named(dotted: str) -> object:
    module, _, name = dotted.partition(":")
    found: object = getattr(importlib.import_module(module), name)
    return found


def main() -> None:
    """Serve on the standard streams."""
    # Ctrl-C reaches every process of the terminal; the one that started this one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not be heard
    serve(sys.stdin.buffer, outgoing)


if __name__ == "__main__":
    main()
