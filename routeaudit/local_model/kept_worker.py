"""Keep one worker running, and ask again what a lost one left unanswered.

A fault costs the question that was being answered, never the run: what has no answer is asked
once more, alone, and is given up when that ends its worker too.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import ClassVar, Generic, Self, TypeVar

from routeaudit.errors import ModelError
from routeaudit.local_model.process import WorkerLostError, WorkerProcess

log = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 5

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class KeptWorker(ABC, Generic[Asked, Answer]):
    """Keeps one worker running. Use it as a context manager, or call `stop`."""

    asked_things: ClassVar[str]  # what is asked, in the words of an error: "queries"
    remedy: ClassVar[str]  # what may help when all fail

    def __init__(self) -> None:
        self._worker: WorkerProcess | None = None
        self._in_a_row = 0

    @abstractmethod
    def _start(self) -> WorkerProcess:
        """Start a worker and wait until its file is loaded."""

    @abstractmethod
    def _exchange(
        self, worker: WorkerProcess, asked: Sequence[Asked]
    ) -> Iterator[tuple[int, Answer]]:
        """Ask one worker; give answers with their places as they come."""

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
        """End the worker; the next question starts another."""
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
            self._worker = self._start()
        return self._worker

    def answers(self, asked: Sequence[Asked]) -> Iterator[tuple[int, Answer | None]]:
        """Give each answer as soon as it is there.

        Returns:
            Every place once; null where the question ended its worker twice.

        Raises:
            ModelError: the file cannot be loaded, or several questions in a row fail.
        """
        left = dict(enumerate(asked))
        yield from self._try(left)
        for place in list(left):
            alone = {place: left[place]}
            yield from self._try(alone)
            if alone:
                self._count_failure()
                yield place, None

    def _try(self, left: dict[int, Asked]) -> Iterator[tuple[int, Answer]]:
        """Ask, and take each question that is answered out of `left`."""
        places = list(left)
        if not places:
            return
        try:
            for at, answer in self._exchange(self.worker, list(left.values())):
                del left[places[at]]
                self._in_a_row = 0
                yield places[at], answer
        except WorkerLostError as error:
            log.warning("a worker was lost over %d %s: %s", len(left), self.asked_things, error)
            self.stop()

    def _count_failure(self) -> None:
        self._in_a_row += 1
        if self._in_a_row >= FAILURES_IN_A_ROW:
            raise ModelError(
                f"the model failed on {self._in_a_row} {self.asked_things} in a row",
                hint=self.remedy,
            )
