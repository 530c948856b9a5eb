"""Have texts compared by a worker that may die: a fault costs one pair, not the run."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from typing_extensions import override

from routeaudit.local_model.compared import Compared, Texts
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.kept_worker import KeptWorker
from routeaudit.local_model.messages import Compare, OpenComparer, WasCompared
from routeaudit.local_model.process import WorkerProcess

COMPARER = "routeaudit.local_model.comparer:Comparer"


class Comparing(KeptWorker[Texts, Compared]):
    """Has texts compared."""

    asked_things: ClassVar = "texts"
    remedy: ClassVar = "fewer --gpu-layers, or another embedding file may help"

    def __init__(
        self, engine: EngineSettings, *, silence_s: float, factory: str = COMPARER
    ) -> None:
        super().__init__()
        self._opening = OpenComparer(factory=factory, settings=engine)
        self._silence_s = silence_s

    @override
    def _start(self) -> WorkerProcess:
        return WorkerProcess(self._opening, load_s=self._silence_s, silence_s=self._silence_s)

    @override
    def _exchange(
        self, worker: WorkerProcess, asked: Sequence[Texts]
    ) -> Iterator[tuple[int, Compared]]:
        worker.say(Compare(pairs=list(asked)))
        while isinstance(heard := worker.hear(), WasCompared):
            yield heard.place, heard.compared
