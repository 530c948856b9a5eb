"""Write many answers side by side.

Each batch holds the next token of every answer that grows, and as much of the waiting prompts
as fits beside them. Answers are greedy: the likeliest token each time, so the same request is answered the same.
A prompt that begins like one that is held already sees its cells and is not decoded again.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeaudit.errors import ModelError
from routeaudit.local_model.engine import usable_threads
from routeaudit.local_model.gguf_header import read_header
from routeaudit.local_model.logprobs import Choices, Picked, nothing, pick, summed
from routeaudit.local_model.native import Room, Row
from routeaudit.local_model.native_writer import NativeWriter
from routeaudit.local_model.prompts import prompt_tokens
from routeaudit.local_model.question import tokens_behind
from routeaudit.local_model.written import Request, WriterSettings, Written

WORTH_SHARING = 16  # tokens; a shorter prefix is not worth waiting for


@dataclass(slots=True, kw_only=True)
class _Job:
    """A request and how far it is."""

    place: int
    prompt: list[int]
    most_tokens: int
    choices: Choices
    sequence: int = -1
    held: int = 0  # tokens of the prompt that are decoded
    shared: int = 0
    began: float = 0.0
    first_s: float | None = None
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """Tokens that it may come to hold."""
        return len(self.prompt) + self.most_tokens

    @property
    def reads(self) -> bool:
        """Whether some of the prompt is still to be decoded."""
        return self.held < len(self.prompt)


class Writer:
    """A GGUF file that answers requests."""

    def __init__(self, settings: WriterSettings) -> None:
        """Load the file.

        Raises:
            ModelError: the file is unfit, or there is no memory for the context.
            MissingExtraError: llama.cpp is not installed.
        """
        engine = settings.engine
        file = Path(engine.file)
        self._header = read_header(file)
        if not self._header.n_weights:
            raise ModelError(f"{file.name} holds no weights", hint="it is a vocabulary only")
        self._settings = settings
        self._longest = min(
            self._header.context_tokens or settings.context_tokens, settings.context_tokens
        )
        self._batch_tokens = max(engine.batch_tokens, settings.sequences)
        self._native = NativeWriter(file, gpu_layers=engine.gpu_layers)
        self._native.open_context(
            Room(
                settings.context_tokens,
                self._batch_tokens,
                settings.sequences,
                engine.threads or usable_threads(),
            )
        )

    def write(self, requests: Sequence[Request]) -> Iterator[tuple[int, Written]]:
        """Answer requests, each as soon as it is done; all places come once.

        Raises:
            ModelError: llama.cpp reports a failure, or the file's template refuses a request.
        """
        waiting = []
        for place, request in enumerate(requests):
            job = self._job(place, request)
            if job.cells > self._longest:
                yield place, nothing("prompt_too_long", len(job.prompt))
            else:
                waiting.append(job)
        # Alike beginnings stand side by side, so that one finds the other's cells.
        waiting.sort(key=lambda job: job.prompt, reverse=True)
        self._native.forget_all()
        live: list[_Job] = []
        while waiting or live:
            self._admit(waiting, live)
            yield from self._step(live)

    def close(self) -> None:
        """Give the memory back."""
        self._native.close()

    def _job(self, place: int, request: Request) -> _Job:
        choices = [
            tokens_behind("\n", answer, self._native, control=False)
            for answer in request.choices
        ]
        return _Job(
            place=place,
            prompt=prompt_tokens(self._header, self._native, request.turns),
            most_tokens=request.most_tokens,
            choices=Choices(choices),
        )

    def _admit(self, waiting: list[_Job], live: list[_Job]) -> None:
        free = set(range(self._settings.sequences)) - {job.sequence for job in live}
        room = self._settings.context_tokens - sum(job.cells for job in live)
        while waiting and free and waiting[-1].cells <= room:
            job = waiting[-1]
            source, common = _likest(job, live)
            if source is not None and common > source.held and source.reads:
                return  # its beginning is being decoded: wait for it instead of doing it twice
            waiting.pop()
            job.sequence = free.pop()
            job.began = time.perf_counter()
            if source is not None and common:
                self._native.share_prefix(source.sequence, job.sequence, common)
                job.held = job.shared = common
            room -= job.cells
            live.append(job)

    def _step(self, live: list[_Job]) -> Iterator[tuple[int, Written]]:
        rows, jobs = self._rows(live)
        logits = self._native.decode(rows)
        ready = [n for n, job in enumerate(jobs) if not job.reads]
        if not ready:
            return
        picked = pick(logits[ready])
        for n, at in enumerate(ready):
            job = jobs[at]
            reason = self._grow(job, picked, n, logits[at])
            if reason:
                self._native.forget(job.sequence, after=0)
                live.remove(job)
                yield job.place, self._written(job, reason)

    def _rows(self, live: Sequence[_Job]) -> tuple[list[Row], list[_Job]]:
        """Fill a batch: a token for each answer first, then prompts as far as they fit."""
        rows, jobs = [], []
        room = self._batch_tokens
        for job in sorted(live, key=lambda job: job.reads):
            if job.reads:
                some = job.prompt[job.held : job.held + room]
                first = job.held
                job.held += len(some)
            else:
                some, first = job.tokens[-1:], len(job.prompt) + len(job.tokens) - 1
            if some:
                rows.append(Row(job.sequence, first, some))
                jobs.append(job)
                room -= len(some)
        return rows, jobs

    def _grow(self, job: _Job, picked: Picked, n: int, logits: NDArray[np.float32]) -> str:
        """Add a token to an answer; say why it ends, or nothing."""
        token = int(picked.tokens[n])
        job.choices.follow(token, logits)
        if job.first_s is None:
            job.first_s = time.perf_counter() - job.began
        if self._native.ends(token):
            return "stop"
        job.tokens.append(token)
        job.logprobs.append(float(picked.logprobs[n]))
        job.margins.append(float(picked.margins[n]))
        return "length" if len(job.tokens) >= job.most_tokens else ""

    def _written(self, job: _Job, reason: str) -> Written:
        text = b"".join(self._native.piece(token) for token in job.tokens)
        told = summed(job.logprobs, job.margins)
        return Written(
            text=text.decode(errors="replace").strip(),
            finish_reason=reason,
            prompt_tokens=len(job.prompt),
            answer_tokens=len(job.tokens),
            logprob_sum=told.total,
            logprob_min=told.least,
            quantiles=told.quantiles,
            margin_mean=told.margin_mean,
            margin_min=told.margin_min,
            choice_share=job.choices.share,
            first_token_s=job.first_s,
            total_s=time.perf_counter() - job.began,
            shared_tokens=job.shared,
        )


def _likest(job: _Job, live: Sequence[_Job]) -> tuple[_Job | None, int]:
    """Find who begins most like a prompt, and how many tokens of that it may see.

    The last token is never shared: its logits are what the answer begins with.
    """
    best, most = None, WORTH_SHARING - 1
    for other in live:
        common = common_prefix(job.prompt, other.prompt)
        if common > most:
            best, most = other, common
    return (best, min(most, len(job.prompt) - 1)) if best is not None else (None, 0)


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """Count the tokens that two prompts begin with alike."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
