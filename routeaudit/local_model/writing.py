"""Have many requests answered by a worker that may die: a fault costs one answer, not the run."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

from routeaudit.errors import ModelError
from routeaudit.local_model.messages import OpenWriter, Write, Wrote
from routeaudit.local_model.process import WorkerLostError, WorkerProcess
from routeaudit.local_model.written import Request, WriterSettings, Written

log = logging.getLogger(__name__)

WRITER = "routeaudit.local_model.writer:Writer"
FAILURES_IN_A_ROW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingSettings:
    """Who writes, and how long the worker may keep silent."""

    writer: WriterSettings
    load_s: float = 600.0
    silence_s: float = 600.0
    factory: str = WRITER


class Reply(NamedTuple):
    """What became of one request; null when it ended its worker twice."""

    place: int
    written: Written | None


class Writing:
    """Keeps one worker running and asks again what a lost worker left unanswered."""

    def __init__(self, settings: WritingSettings) -> None:
        self._settings = settings
        self._worker: WorkerProcess | None = None
        self._in_a_row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the worker; the next request starts another."""
        if self._worker is not None:
            self._worker.stop()
        self._worker = None

    @property
    def worker(self) -> WorkerProcess:
        """The running worker; started when there is none.

        Raises:
            ModelError: the model file cannot be loaded.
            MissingExtraError: llama.cpp is not installed.
        """
        if self._worker is None:
            told = self._settings
            self._worker = WorkerProcess(
                OpenWriter(factory=told.factory, settings=told.writer),
                load_s=told.load_s,
                silence_s=told.silence_s,
            )
        return self._worker

    def write(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """Answer requests, each as soon as it is done; every place comes once.

        Raises:
            ModelError: the file cannot be loaded, or several requests in a row fail.
        """
        left = dict(enumerate(requests))
        yield from self._try(left)
        for place in list(left):
            alone = {place: left[place]}
            yield from self._try(alone)
            if alone:
                self._count_failure()
                yield Reply(place, None)

    def _count_failure(self) -> None:
        self._in_a_row += 1
        if self._in_a_row >= FAILURES_IN_A_ROW:
            raise ModelError(
                f"the model failed on {self._in_a_row} requests in a row",
                hint="fewer --gpu-layers, --sequences or --context-tokens may help",
            )

    def _try(self, left: dict[int, Request]) -> Iterator[Reply]:
        """Ask, and take each request that is answered out of `left`."""
        places = list(left)
        if not places:
            return
        worker = self.worker
        worker.say(Write(requests=[left[place] for place in places]))
        try:
            while isinstance(heard := worker.hear(), Wrote):
                place = places[heard.place]
                del left[place]
                self._in_a_row = 0
                yield Reply(place, heard.written)
        except WorkerLostError as error:
            log.warning("a worker was lost over %d requests: %s", len(left), error)
            self.stop()
