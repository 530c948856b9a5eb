"""Ask many queries through a worker that may die: a fault costs one query, never the run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.kept_worker import KeptWorker
from routeaudit.local_model.messages import Ask, Open, Part
from routeaudit.local_model.process import WorkerProcess
from routeaudit.local_model.question import Question

LABEL_ENGINE = "routeaudit.local_model.engine:LabelEngine"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a worker is to do, and how long it may keep silent."""

    engine: EngineSettings
    question: Question
    load_s: float = 600.0
    silence_s: float = 180.0
    factory: str = LABEL_ENGINE


class Answers(NamedTuple):
    """One row per query, in the order asked."""

    probabilities: NDArray[np.float32]  # (n, labels); NaN where the query failed
    failed: NDArray[np.bool_]
    n_tokens: NDArray[np.int64]  # decoded; 0 where the query failed
    n_cut: NDArray[np.int64]


class Answer(NamedTuple):
    """What one query was given."""

    probabilities: list[float]
    n_tokens: int
    n_cut: int


class Supervisor(KeptWorker[str, Answer]):
    """Puts one question about queries."""

    asked_things: ClassVar = "queries"
    remedy: ClassVar = "see `routeaudit doctor`; fewer --gpu-layers or a smaller file may help"

    def __init__(self, settings: WorkerSettings) -> None:
        super().__init__()
        self._settings = settings

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
            MissingExtraError: llama.cpp is not installed.
        """
        found = _nothing_yet(len(queries), len(self._settings.question.labels))
        for place, answer in self.answers(queries):
            heard(1)
            if answer is None:
                found.failed[place] = True
                continue
            found.probabilities[place] = answer.probabilities
            found.n_tokens[place], found.n_cut[place] = answer.n_tokens, answer.n_cut
        return found

    @override
    def _start(self) -> WorkerProcess:
        told = self._settings
        return WorkerProcess(
            Open(factory=told.factory, settings=told.engine, question=told.question),
            load_s=told.load_s,
            silence_s=told.silence_s,
        )

    @override
    def _exchange(
        self, worker: WorkerProcess, asked: Sequence[str]
    ) -> Iterator[tuple[int, Answer]]:
        worker.say(Ask(queries=list(asked)))
        while isinstance(heard := worker.hear(), Part):
            told = zip(heard.probabilities, heard.n_tokens, heard.n_cut, strict=True)
            for place, row in zip(heard.places, told, strict=True):
                yield place, Answer(*row)


def _nothing_yet(n: int, n_labels: int) -> Answers:
    return Answers(
        probabilities=np.full((n, n_labels), np.nan, dtype=np.float32),
        failed=np.zeros(n, dtype=np.bool_),
        n_tokens=np.zeros(n, dtype=np.int64),
        n_cut=np.zeros(n, dtype=np.int64),
    )
