"""How a command that holds millions of rows keeps its memory."""

import ctypes
import gc
import os
from contextlib import suppress

_M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Let all threads free their arrays into one heap, where glibc is the C library.

    By default each thread keeps what it freed in a heap of its own, for itself: on a million
    calls a seventh of the memory of a replay.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_pages_back_at_once() -> None:
    """Let Polars' allocator, jemalloc, leave no freed page with the process for another second.

    Of ten million calls that was a tenth of the memory of a replay. It counts only before Polars
    is imported; what the user sets stays.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", "muzzy_decay_ms:0")


def look_for_cycles_seldom() -> None:
    """Leave what was imported out of garbage collection, and collect a tenth as often.

    The collector walks all objects again and again while charts are drawn, a twentieth of the time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
