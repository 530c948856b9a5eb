"""Time a few queries on this machine and say how long many will take."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from routeaudit.errors import ModelError
from routeaudit.local_model.supervisor import Supervisor, WorkerSettings


class Timing(NamedTuple):
    """What a few queries took."""

    load_s: float  # to load the file and decode the head of the question, once a run
    per_query_s: float
    tokens_per_s: float | None  # null for a classifier that counts none

    def predicted_s(self, n_queries: int) -> float:
        """Say how long so many distinct queries of this length will take."""
        return self.load_s + n_queries * self.per_query_s


def time_queries(settings: WorkerSettings, queries: Sequence[str]) -> Timing:
    """Load the file and answer some queries, the more alike the real ones the better.

    Args:
        settings: the file and the question.
        queries: 16 or more give a steady figure.

    Raises:
        ModelError: the file cannot be loaded, or no query could be answered.
    """
    began = time.perf_counter()
    with Supervisor(settings) as supervisor:
        _ = supervisor.worker
        loaded = time.perf_counter()
        answers = supervisor.ask(queries)
        answered = time.perf_counter()
    n_tokens = int(answers.n_tokens.sum())
    if not n_tokens:
        raise ModelError("no query could be answered, so nothing was timed")
    spent_s = answered - loaded
    n_answered = int((~answers.failed).sum())
    return Timing(loaded - began, spent_s / n_answered, n_tokens / spent_s)
