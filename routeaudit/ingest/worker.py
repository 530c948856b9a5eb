"""Many processors for many blocks: blocks in, columns out, in order.

The adapters are Python and get processes, DuckDB gets threads. Small logs are read in this
process. This module imports nothing heavy, so that a worker can be told how many threads to
start before it imports what starts them.
"""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from routeaudit.ingest.memory import keep_freed_memory
from routeaudit.ingest.settings import IngestSettings

if TYPE_CHECKING:
    from routeaudit.ingest.convert import Converted
    from routeaudit.ingest.lines import Block

WORTH_BYTES = 24 << 20  # starting processes takes about a second
PIECE_BYTES = 6 << 20
AHEAD = 3  # pieces in flight for each process


def prepare() -> None:
    """Set up a worker: one thread, no garbage collection (rows hold no cycles), memory kept."""
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    gc.disable()
    keep_freed_memory()


def convert_block(block: "Block", settings: IngestSettings) -> "Converted":
    """Read a block in a worker."""
    from routeaudit.ingest.convert import all_lines, convert  # noqa: PLC0415 after `prepare`

    return convert(all_lines(block), settings)


def pieces(block: "Block") -> "Iterator[Block]":
    """Cut a block into blocks that are worth handing to a worker."""
    start, line = 0, block.first_line
    while start < len(block.text):
        newline = block.text.find(b"\n", start + PIECE_BYTES)
        end = newline + 1 if newline >= 0 else len(block.text)
        text = block.text[start:end]
        yield block._replace(first_line=line, text=text)
        start, line = end, line + text.count(b"\n")


Wait = Callable[[], "Converted"]


class Crew:
    """Reads blocks in order, in several processes once there is enough to read."""

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        wanted = settings.processes
        self._processors = os.cpu_count() or 1
        self._size = self._processors if wanted is None else wanted
        self._pool: ProcessPoolExecutor | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._waiting: deque[tuple[str, Wait]] = deque()

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        for pool in (self._pool, self._threads):
            if pool is not None:
                pool.shutdown(cancel_futures=True)

    def takes(self, block: "Block") -> bool:
        """Tell whether a block is worth several processes (all after the first are)."""
        return self._size > 1 and (self._pool is not None or len(block.text) >= WORTH_BYTES)

    def hand_over(self, block: "Block") -> None:
        """Let the processes read a block."""
        if self._pool is None:
            context = get_context("spawn")  # a fork would copy locks that threads hold
            self._pool = ProcessPoolExecutor(self._size, context, initializer=prepare)
        for piece in pieces(block):
            future: Future[Converted] = self._pool.submit(convert_block, piece, self._settings)
            self._waiting.append((block.source, future.result))

    def start(self, source: str, read: Wait) -> None:
        """Let a thread read a block; only for work that lets go of the interpreter's lock."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._processors)
        self._waiting.append((source, self._threads.submit(read).result))

    def put(self, source: str, converted: "Converted") -> None:
        """Queue what was read in this process, to keep the order."""
        self._waiting.append((source, lambda: converted))

    def ready(self) -> "Iterator[tuple[str, Converted]]":
        """Give what was read, in order, keeping some pieces in flight."""
        most = self._processors if self._threads is not None else 0
        most = AHEAD * self._size if self._pool is not None else most
        while len(self._waiting) > most:
            source, wait = self._waiting.popleft()
            yield source, wait()

    def rest(self) -> "Iterator[tuple[str, Converted]]":
        """Give all that is still in flight, in order."""
        while self._waiting:
            source, wait = self._waiting.popleft()
            yield source, wait()
