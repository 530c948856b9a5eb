"""Have many requests answered by a worker that may die: a fault costs one answer, not the run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from typing_extensions import override

from routeaudit.local_model.kept_worker import KeptWorker
from routeaudit.local_model.messages import OpenWriter, Write, Wrote
from routeaudit.local_model.process import WorkerProcess
from routeaudit.local_model.written import Request, WriterSettings, Written

WRITER = "routeaudit.local_model.writer:Writer"


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


class Writing(KeptWorker[Request, Written]):
    """Has requests answered."""

    asked_things: ClassVar = "requests"
    remedy: ClassVar = "fewer --gpu-layers, --sequences or --context-tokens may help"

    def __init__(self, settings: WritingSettings) -> None:
        super().__init__()
        self._settings = settings

    def write(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """Answer requests, each as soon as it is done; every place comes once.

        Raises:
            ModelError: the file cannot be loaded, or several requests in a row fail.
            MissingExtraError: llama.cpp is not installed.
        """
        for place, written in self.answers(requests):
            yield Reply(place, written)

    @override
    def _start(self) -> WorkerProcess:
        told = self._settings
        return WorkerProcess(
            OpenWriter(factory=told.factory, settings=told.writer),
            load_s=told.load_s,
            silence_s=told.silence_s,
        )

    @override
    def _exchange(
        self, worker: WorkerProcess, asked: Sequence[Request]
    ) -> Iterator[tuple[int, Written]]:
        worker.say(Write(requests=list(asked)))
        while isinstance(heard := worker.hear(), Wrote):
            yield heard.place, heard.written
