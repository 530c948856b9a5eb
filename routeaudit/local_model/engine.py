"""Ask one question about many queries and read the probability of each label at one position.

The head of the question is decoded once; every query sees its cells without a copy, and so it is
with what several queries begin with. Queries are packed into batches, and only the logits behind
a query's last token are read: no text is made.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from routeaudit.errors import ModelError
from routeaudit.local_model.gguf_header import GgufHeader, read_header
from routeaudit.local_model.native import NativeGguf, Room, Row
from routeaudit.local_model.packing import Stretch, packs, shared_stretches
from routeaudit.local_model.question import (
    QueryTokens,
    Question,
    QuestionTokens,
    query_tokens,
    question_tokens,
)

MOST_SEQUENCES = 128


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to load and how much of the machine to use."""

    file: str
    threads: int = 0  # 0: as many as this process may use
    gpu_layers: int = 0  # -1: all of them
    batch_tokens: int = 512


class Scored(NamedTuple):
    """What one batch gave."""

    places: list[int]  # which of the queries
    probabilities: NDArray[np.float32]  # (places, labels), each row adds up to 1
    n_tokens: list[int]  # decoded for each query; what several begin with, for one of them
    n_cut: list[int]  # left out of the middle of each query


class LabelEngine:
    """A GGUF file that answers one question about queries."""

    def __init__(self, settings: EngineSettings, question: Question) -> None:
        """Load the file and decode the head of the question.

        Raises:
            ModelError: the file is unfit, or its context is too small for the question.
            MissingExtraError: llama.cpp is not installed.
        """
        file = Path(settings.file)
        self._header = read_header(file)
        if not self._header.n_weights:
            raise ModelError(f"{file.name} holds no weights", hint="it is a vocabulary only")
        self._question = question
        self._native = NativeGguf(file, gpu_layers=settings.gpu_layers)
        self._parts = question_tokens(self._native, question)
        longest = question.query_tokens + len(self._parts.tail)
        head = self._parts.head
        self._batch_tokens = settings.batch_tokens
        # llama.cpp wants room for a token of each sequence, sequence 0 with the head among them.
        self._sequences = min(MOST_SEQUENCES, self._batch_tokens - 1)
        check_context(self._header, len(head) + longest)
        # Beside a batch there may be the beginning of a query that goes on in it.
        context = len(head) + self._batch_tokens + longest
        threads = settings.threads or usable_threads()
        self._native.open_context(
            Room(context, self._batch_tokens, self._sequences + 1, threads)
        )
        for first in range(0, len(head), self._batch_tokens):
            some = head[first : first + self._batch_tokens]
            self._native.decode([Row(0, first, some, is_read=False)])
        self._native.share(self._sequences)

    @property
    def head_tokens(self) -> int:
        """Tokens of the head, decoded once."""
        return len(self._parts.head)

    def score(self, queries: Sequence[str]) -> Iterator[Scored]:
        """Give the labels' probabilities, batch by batch, in the order that suits the machine.

        Raises:
            ModelError: llama.cpp reports a failure.
        """
        cut = [
            query_tokens(self._native, text, self._question, self._parts) for text in queries
        ]
        order = sorted(range(len(cut)), key=lambda place: cut[place].tokens)
        for first in range(0, len(order), self._sequences):
            yield from self._scored([(cut[at], at) for at in order[first:][: self._sequences]])

    def _scored(self, queries: Sequence[tuple[QueryTokens, int]]) -> Iterator[Scored]:
        """Decode queries with their places, in order; one sequence holds each."""
        stretches = shared_stretches([query.tokens for query, _ in queries])
        n_tokens = [0] * len(queries)
        for sharers, first, end in stretches:
            n_tokens[sharers[0]] += end - first
        for batch in packs(stretches, batch_tokens=self._batch_tokens):
            rows = [self._row(part, queries[part.sharers[0]][0].tokens) for part in batch]
            logits = self._native.decode(rows)
            read = [row.sequence - 1 for row in rows if row.is_read]
            for place in read:
                self._native.forget(place + 1, after=self.head_tokens)
            if read:
                yield Scored(
                    places=[queries[place][1] for place in read],
                    probabilities=label_probabilities(logits, self._parts),
                    n_tokens=[n_tokens[place] for place in read],
                    n_cut=[queries[place][0].n_cut for place in read],
                )

    def _row(self, stretch: Stretch, tokens: list[int]) -> Row:
        first, *others = (place + 1 for place in stretch.sharers)  # sequence 0 is the head
        return Row(
            first,
            self.head_tokens + stretch.first,
            tokens[stretch.first : stretch.end],
            is_read=stretch.end == len(tokens),
            also=others,
        )

    def close(self) -> None:
        """Give the memory back."""
        self._native.close()


def label_probabilities(
    logits: NDArray[np.float32], parts: QuestionTokens
) -> NDArray[np.float32]:
    """Turn logits into the distribution over the labels alone.

    Args:
        logits: (n, vocabulary).
        parts: names the tokens of each label; a label's spellings are added up.

    Returns:
        (n, labels); each row adds up to 1.
    """
    by_label = np.stack(
        [
            np.logaddexp.reduce(logits[:, tokens].astype(float), axis=1)
            for tokens in parts.labels
        ],
        axis=1,
    )
    shares: NDArray[np.float64] = np.exp(by_label - by_label.max(axis=1, keepdims=True))
    found: NDArray[np.float32] = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def check_context(header: GgufHeader, needed_tokens: int) -> None:
    """Refuse a file whose context is too small; an unknown context is let through.

    Raises:
        ModelError: it is too small.
    """
    if header.context_tokens is not None and header.context_tokens < needed_tokens:
        raise ModelError(
            f"{header.file.name} reads {header.context_tokens} tokens at once; "
            f"the prompt and a query need {needed_tokens}",
            hint="shorten the prompt or lower its query_tokens",
        )


def usable_threads() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
