"""Read for so long and no longer: queries are taken so that any first part is a fair sample.

Nothing is guessed beforehand: a chunk is read, and its speed says how large the next may be. What
is kept from an earlier run costs no time and tells nothing of the speed.
"""

import logging
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from routeaudit.classify.contract import SlowClassifier
from routeaudit.classify.gguf_asking import QUERIES_AT_ONCE, GgufProgress

log = logging.getLogger(__name__)

FIRST_CHUNK = 8  # also the smallest: fewer fill no batch
LARGEST_CHUNK = QUERIES_AT_ONCE
SHORTEST_S = 1e-9

Clock = Callable[[], float]
Places = NDArray[np.intp]


class Heard(NamedTuple):
    """What a slow classifier said of a sample."""

    drawn: Places  # the query of each call drawn; a frequent one may be there more than once
    read: Places  # (read,) distinct queries
    told: pl.DataFrame  # (read,) verdicts


class Span(NamedTuple):
    """How long to read."""

    seconds: float
    fewest: int  # queries to read however long it takes
    clock: Clock = time.monotonic  # gives seconds


def read_in_time(
    slow: SlowClassifier,
    queries: pl.Series,
    calls: NDArray[np.int64],
    span: Span,
    *,
    seed: int,
) -> Heard:
    """Read until the time is up, or everything is read.

    Args:
        slow: reads; it is loaded before the time begins.
        queries: (n,) in an order that spreads what matters.
        calls: (n,) how often each was sent, at least 1.
        span: how long to read. A chunk that is begun is read to its end; it is planned to take
            half of the time left at most.
        seed: of the draw.
    """
    slow.load()
    turns = spread_calls(calls, seed=seed)
    at_first = np.sort(np.unique(turns, return_index=True)[1])
    order = turns[at_first]
    is_new = ~slow.is_kept(queries)[order]
    n_new_before = np.concatenate([[0], np.cumsum(is_new)])
    clock, deadline = span.clock, span.clock() + span.seconds
    told: list[pl.DataFrame] = []
    n_read, size, spent_s = 0, FIRST_CHUNK, 0.0
    while n_read < len(order):
        # As far as the chunk's last new query: what is kept comes along for nothing.
        end = int(np.searchsorted(n_new_before, n_new_before[n_read] + size))
        chunk = order[n_read:end]
        began = clock()
        told.append(slow.classify(queries[chunk.tolist()]))
        n_read += len(chunk)
        spent_s += clock() - began
        affordable = (deadline - clock()) * n_new_before[n_read] / max(spent_s, SHORTEST_S)
        if affordable < FIRST_CHUNK and n_read >= span.fewest:
            break
        size = int(np.clip(affordable / 2, FIRST_CHUNK, LARGEST_CHUNK))
    log.info("read %d queries, %d new, in %.1f s", n_read, n_new_before[n_read], spent_s)
    drawn = turns if n_read == len(order) else turns[: at_first[n_read - 1] + 1]
    return Heard(drawn, order[:n_read], pl.concat(told))


def spread_calls(calls: NDArray[np.int64], *, seed: int) -> Places:
    """Put calls in an order whose every beginning is spread evenly over all of them.

    The order halves the gaps again and again (van der Corput's sequence) from a random start, so
    each call is as likely as any other to be among the first n.

    Args:
        calls: (queries,) how many calls each query has.
        seed: of the start.

    Returns:
        (calls,) the query of each call; each call once.
    """
    in_all = int(calls.sum())
    bits = max(in_all - 1, 0).bit_length()
    number = np.arange(2**bits)
    reversed_bits = np.zeros_like(number)
    for bit in range(bits):
        reversed_bits |= ((number >> bit) & 1) << (bits - 1 - bit)
    start = np.random.default_rng(seed).uniform()
    at = ((reversed_bits / 2**bits + start) % 1 * in_all).astype(np.int64).clip(max=in_all - 1)
    # There are more turns than calls: a call's later turns are passed over.
    once = at[np.sort(np.unique(at, return_index=True)[1])]
    found: Places = np.searchsorted(np.cumsum(calls), once, side="right").astype(np.intp)
    return found


class Counted:
    """Adds up the progress of many chunks into that of one reading that ends with its time."""

    def __init__(
        self,
        watch: Callable[[GgufProgress], None],
        seconds: float,
        clock: Clock = time.monotonic,
    ) -> None:
        """Tell `watch`; the time begins with the first chunk."""
        self._watch, self._seconds, self._clock = watch, seconds, clock
        self._deadline: float | None = None
        self._chunks: list[GgufProgress] = []

    def __call__(self, chunk: GgufProgress) -> None:
        """Hear of a chunk; each is one step of progress."""
        if self._deadline is None:
            self._deadline = self._clock() - chunk.elapsed_s + self._seconds
        self._chunks.append(chunk)
        n_done = sum(one.n_done for one in self._chunks)
        self._watch(
            GgufProgress(
                n_done=n_done,
                n_all=n_done,  # how many will be read is not known before the end
                n_from_cache=sum(one.n_from_cache for one in self._chunks),
                n_failed=sum(one.n_failed for one in self._chunks),
                n_tokens=sum(one.n_tokens for one in self._chunks),
                elapsed_s=sum(one.elapsed_s for one in self._chunks),
                left_s=max(0.0, self._deadline - self._clock()),
            )
        )
