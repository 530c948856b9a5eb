"""A comparer that fails in the ways that llama.cpp does; the worker process imports this file."""

from collections.abc import Iterator, Sequence

from faulty_engine import act, refuse

from routeaudit.local_model.compared import Compared, Texts
from routeaudit.local_model.engine import EngineSettings


class FaultyComparer:
    """Calls two texts alike when they are equal; does what some words say."""

    def __init__(self, settings: EngineSettings) -> None:
        if settings.file == "unfit":
            refuse()

    def compare(self, pairs: Sequence[Texts]) -> Iterator[tuple[int, Compared]]:
        for place, pair in enumerate(pairs):
            act(pair.other)
            yield place, Compared(cosine=float(pair.one == pair.other), is_cut=False)
