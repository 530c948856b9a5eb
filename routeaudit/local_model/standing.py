"""Lend one worker to all who ask the same of it: it is started once a run, not once a question.

A scan asks batch by batch, and to load a file takes seconds. The worker ends with the program, or
when something else is asked for; it is ended at once where asking was broken off, because what it
still says would be taken for the next answer.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from routeaudit.local_model.supervisor import Supervisor, WorkerSettings


class _Stand:
    """Holds the one worker; one model file at a time, as two may not fit into memory."""

    def __init__(self) -> None:
        self._settings: WorkerSettings | None = None
        self._supervisor: Supervisor | None = None
        self._process_id = 0

    def lend(self, settings: WorkerSettings) -> Supervisor:
        kept = self._supervisor
        if kept is None or (settings, os.getpid()) != (self._settings, self._process_id):
            self.clear()
            kept = self._supervisor = Supervisor(settings)
            self._settings, self._process_id = settings, os.getpid()
        return kept

    def clear(self) -> None:
        # A forked process must leave its parent's worker alone.
        if self._supervisor is not None and self._process_id == os.getpid():
            self._supervisor.stop()
        self._supervisor = None


@cache
def _stand() -> _Stand:
    stand = _Stand()
    atexit.register(stand.clear)
    return stand


@contextmanager
def standing_worker(settings: WorkerSettings) -> Iterator[Supervisor]:
    """Lend the worker that answers by these settings; it is kept for the next to ask.

    Raises:
        ModelError: see `Supervisor.ask`.
    """
    try:
        yield _stand().lend(settings)
    except BaseException:
        _stand().clear()
        raise
