"""Have a local model answer what the cache does not know, until the time is up."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from routeaudit.answer.answer_cache import AnswerCache, request_key
from routeaudit.answer.settings import AnswerSettings
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.writing import Writing, WritingSettings
from routeaudit.local_model.written import Request, WriterSettings, Written

CHUNK = 4  # requests handed over at once for each place in the batch


class AnswerProgress(NamedTuple):
    """How far a run is, after each answer that was written."""

    done: int
    planned: int
    from_cache: int
    failed: int
    tokens: int
    elapsed_s: float
    left_s: float


class Came(NamedTuple):
    """(reached,) answers in the order asked, null where the model failed, and the speed."""

    answers: list[Written | None]
    reached: int
    tokens_per_s: float | None


def write_all(
    settings: AnswerSettings,
    file: Path,
    requests: Sequence[Request],
    cache: AnswerCache,
    watch: Callable[[AnswerProgress], None],
) -> Came:
    """Write what the cache does not know, until the budget is spent; each answer is kept.

    One chunk is always written, and a chunk that was begun is finished, so that what was
    reached is a beginning of the plan.

    Raises:
        ModelError: the file cannot be loaded, or fails again and again.
        MissingExtraError: llama.cpp is not installed.
    """
    keys = [request_key(request) for request in requests]
    tally = _Tally(dict(cache.known(keys)), keys, watch)
    left = [place for place, key in enumerate(keys) if key not in tally.known]
    budget_s = settings.budget_s()
    reached = len(requests)
    with Writing(_writing(settings, file)) as writing:
        for chunk in _chunks(left, CHUNK * settings.sequences):
            if budget_s is not None and tally.fresh and tally.elapsed_s > budget_s:
                reached = chunk[0]
                break
            for place, written in writing.write([requests[at] for at in chunk]):
                if written is not None:
                    cache.add(keys[chunk[place]], written)
                tally.add(chunk[place], written)
    speed = tally.tokens / tally.elapsed_s if tally.tokens else None
    return Came([tally.known[key] for key in keys[:reached]], reached, speed)


class _Tally:
    """Counts what comes in, and tells whoever watches."""

    def __init__(
        self,
        known: dict[bytes, Written | None],
        keys: Sequence[bytes],
        watch: Callable[[AnswerProgress], None],
    ) -> None:
        self.known, self._keys, self._watch = known, keys, watch
        self._began = time.monotonic()
        self._planned = len(set(keys))
        self._from_cache = len(known)
        self._failed = self.tokens = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    @property
    def fresh(self) -> int:
        """Answers that were not known before."""
        return len(self.known) - self._from_cache

    def add(self, place: int, written: Written | None) -> None:
        self.known[self._keys[place]] = written
        self._failed += written is None
        self.tokens += 0 if written is None else written.answer_tokens
        elapsed_s = self.elapsed_s
        left_s = elapsed_s / self.fresh * (self._planned - len(self.known))
        self._watch(
            AnswerProgress(
                len(self.known), self._planned, self._from_cache, self._failed, self.tokens,
                elapsed_s, left_s,
            )
        )  # fmt: skip


def _chunks(places: Sequence[int], size: int) -> Iterator[list[int]]:
    iterator = iter(places)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _writing(settings: AnswerSettings, file: Path) -> WritingSettings:
    engine = EngineSettings(
        file=str(file), threads=settings.threads, gpu_layers=settings.gpu_layers
    )
    return WritingSettings(
        writer=WriterSettings(
            engine=engine,
            sequences=settings.sequences,
            context_tokens=settings.context_tokens,
        ),
        silence_s=settings.silence_s,
    )
