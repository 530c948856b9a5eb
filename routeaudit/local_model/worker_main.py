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
from routeaudit.local_model.engine import EngineSettings, Scored
from routeaudit.local_model.messages import (
    Ask,
    Done,
    Failed,
    Open,
    Opened,
    OpenWriter,
    Part,
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


def serve(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    """Answer frames until the input ends; what cannot be done is said and ends the process."""
    engine: Engine | None = None
    writer: Writer | None = None
    while (body := receive_frame(incoming)) is not None:
        message = to_worker(body)
        try:
            if isinstance(message, Open):
                engine = cast("Factory", _named(message.factory))(
                    message.settings, message.question
                )
                send(outgoing, Opened(head_tokens=engine.head_tokens))
            elif isinstance(message, OpenWriter):
                writer = cast("WriterFactory", _named(message.factory))(message.settings)
                send(outgoing, Opened(head_tokens=0))
            elif isinstance(message, Ask) and engine is not None:
                _answer(engine, message, outgoing)
            elif isinstance(message, Write) and writer is not None:
                _write(writer, message, outgoing)
        except RouteAuditError as error:
            extra = "llama" if isinstance(error, MissingExtraError) else ""
            send(outgoing, Failed(message=str(error), hint=error.hint, extra=extra))
            return


def _answer(engine: Engine, ask: Ask, outgoing: IO[bytes]) -> None:
    for scored in engine.score(ask.queries):
        part = Part(
            places=scored.places,
            probabilities=scored.probabilities.tolist(),
            n_tokens=scored.n_tokens,
            n_cut=scored.n_cut,
        )
        send(outgoing, part)
    send(outgoing, Done())


def _write(writer: Writer, asked: Write, outgoing: IO[bytes]) -> None:
    for place, written in writer.write(asked.requests):
        send(outgoing, Wrote(place=place, written=written))
    send(outgoing, Done())


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
