"""A worker process that puts one question about queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from routeaudit.local_model.engine import EngineSettings, Scored
from routeaudit.local_model.messages import Ask, Open, Part
from routeaudit.local_model.process import WorkerLostError, WorkerProcess
from routeaudit.local_model.question import Question

__all__ = ["LABEL_ENGINE", "Worker", "WorkerLostError", "WorkerSettings"]

LABEL_ENGINE = "routeaudit.local_model.engine:LabelEngine"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a worker is to do, and how long it may keep silent."""

    engine: EngineSettings
    question: Question
    load_s: float = 600.0
    silence_s: float = 180.0
    factory: str = LABEL_ENGINE


class Worker(WorkerProcess):
    """A worker process that has loaded its file and the question."""

    def __init__(self, settings: WorkerSettings) -> None:
        """Start it and wait until it is ready.

        Raises:
            ModelError: the file is unfit, or the process died while loading it.
            MissingExtraError: llama.cpp is not installed.
        """
        opening = Open(
            factory=settings.factory, settings=settings.engine, question=settings.question
        )
        super().__init__(opening, load_s=settings.load_s, silence_s=settings.silence_s)

    def ask(self, queries: Sequence[str]) -> Iterator[Scored]:
        """Put the question about some queries; answers come batch by batch.

        Raises:
            WorkerLostError: the worker is of no more use; stop it.
        """
        self.say(Ask(queries=list(queries)))
        while True:
            heard = self.hear()
            if not isinstance(heard, Part):
                return
            yield Scored(
                places=heard.places,
                probabilities=np.array(heard.probabilities, dtype=np.float32),
                n_tokens=heard.n_tokens,
                n_cut=heard.n_cut,
            )
