"""Ask many queries through a worker that may die: a fault costs one query, never the run."""

import logging
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from routeaudit.errors import ModelError
from routeaudit.local_model.engine import Scored
from routeaudit.local_model.worker import Worker, WorkerLostError, WorkerSettings

log = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 5


class Answers(NamedTuple):
    """One row per query, in the order asked."""

    probabilities: NDArray[np.float32]  # (n, labels); NaN where the query failed
    failed: NDArray[np.bool_]
    n_tokens: NDArray[np.int64]  # decoded; 0 where the query failed
    n_cut: NDArray[np.int64]


class Supervisor:
    """Keeps one worker running and asks again what a lost worker left unanswered."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._worker: Worker | None = None
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
        """End the worker; the next question starts another."""
        if self._worker is not None:
            self._worker.stop()
        self._worker = None

    @property
    def worker(self) -> Worker:
        """The running worker; started when there is none.

        Raises:
            ModelError: the model file cannot be loaded.
        """
        if self._worker is None:
            self._worker = Worker(self._settings)
        return self._worker

    def ask(
        self, queries: Sequence[str], *, heard: Callable[[int], None] = lambda _: None
    ) -> Answers:
        """Put the question about every query.

        Args:
            queries: distinct texts.
            heard: told how many more queries are done, as they are.

        Returns:
            One row per query. A query that ends its worker twice is marked as failed.

        Raises:
            ModelError: the file cannot be loaded, or several queries in a row fail.
        """
        answers = _nothing_yet(len(queries), len(self._settings.question.labels))
        self._try(queries, range(len(queries)), answers, heard)
        left = np.flatnonzero(answers.n_tokens == 0)
        if not left.size:
            self._in_a_row = 0
        for place in left:
            self._try(queries, [int(place)], answers, heard)
            if answers.n_tokens[place]:
                self._in_a_row = 0
                continue
            self._give_up(answers, int(place))
            heard(1)
        return answers

    def _give_up(self, answers: Answers, place: int) -> None:
        answers.failed[place] = True
        self._in_a_row += 1
        if self._in_a_row >= FAILURES_IN_A_ROW:
            raise ModelError(
                f"the model failed on {self._in_a_row} queries in a row",
                hint="see `routeaudit doctor`; fewer --gpu-layers or a smaller file may help",
            )

    def _try(
        self,
        queries: Sequence[str],
        places: Sequence[int],
        answers: Answers,
        heard: Callable[[int], None],
    ) -> None:
        if not places:
            return
        try:
            for scored in self.worker.ask([queries[place] for place in places]):
                _fill(answers, [places[place] for place in scored.places], scored)
                heard(len(scored.places))
        except WorkerLostError as error:
            log.warning("a worker was lost over %d queries: %s", len(places), error)
            self.stop()


def _nothing_yet(n: int, n_labels: int) -> Answers:
    return Answers(
        probabilities=np.full((n, n_labels), np.nan, dtype=np.float32),
        failed=np.zeros(n, dtype=np.bool_),
        n_tokens=np.zeros(n, dtype=np.int64),
        n_cut=np.zeros(n, dtype=np.int64),
    )


def _fill(answers: Answers, places: list[int], scored: Scored) -> None:
    answers.probabilities[places] = scored.probabilities
    answers.n_tokens[places] = scored.n_tokens
    answers.n_cut[places] = scored.n_cut
