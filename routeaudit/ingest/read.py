"""Plain chat pairs read by DuckDB, a block of lines at a time; the other lines are given back.

One parse of a line gives all its columns. DuckDB sees the lines through Arrow's C interface and
gives columns back the same way, so that nothing else has to be installed. The connection is
closed with the reader: one that is open when Python ends would be reported on stderr.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple  # Any: Arrow capsules, parsed JSON

import polars as pl

from routeaudit.ingest.detect import detect
from routeaudit.ingest.lines import Block
from routeaudit.ingest.parse import UnreadableError, parsed
from routeaudit.ingest.plain import SIGN_VALUES, table_for
from routeaudit.ingest.plain_columns import calls_of
from routeaudit.ingest.plain_sql import query_for

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLAIN_FORMAT = "openai_chat_pair"
SAMPLE_LINES = 48
FEWEST_LINES = 500  # below, starting DuckDB costs more than it saves
LOOK_BYTES = 8 << 20  # of a block, for as many lines
LONGEST_PLAIN_BYTES = 4 << 20
NO_LINES = pl.DataFrame(schema={"number": pl.UInt32, "line": pl.String})
Shapes = Mapping[str, Sequence[str]]
"""Top-level keys that plain lines have, by their text joined with line feeds."""


class Read(NamedTuple):
    """The plain calls of a block, and the other lines with their numbers."""

    calls: pl.DataFrame  # RAW_COLUMNS
    rest: pl.DataFrame  # number, line; blank ones among them


class _Arrow:
    """Shows an object's Arrow stream and nothing else of it.

    Polars remembers the types it was given; DuckDB's would then be alive at the end.
    """

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 a frame or a DuckDB relation
        self.inner = inner

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.inner.__arrow_c_stream__(requested_schema)


class _Query:
    """A query over `lines`, planned once: planning takes a tenth of reading a block."""

    def __init__(self, cursor: "DuckDBPyConnection", text: str) -> None:
        self._cursor, self._lines = cursor, _Arrow(NO_LINES)
        cursor.register("lines", self._lines)
        cursor.execute(f"PREPARE plain AS {text}")

    def __call__(self, lines: pl.DataFrame) -> pl.DataFrame:
        self._lines.inner = lines
        try:
            return pl.DataFrame(_Arrow(self._cursor.sql("EXECUTE plain")))
        finally:
            self._lines.inner = NO_LINES

    def close(self) -> None:
        self._cursor.close()


def lines_of(block: Block) -> pl.DataFrame:
    """Give the lines of a block with their numbers; blank ones too."""
    return pl.read_lines(block.text, row_index_name="number", row_index_offset=block.first_line)


def plain_shapes(block: Block) -> Shapes:
    """Find out, from some lines of a block, which key sets plain chat pairs have here.

    Returns:
        Empty when no line is plain.
    """
    if block.text.count(b"\n", 0, LOOK_BYTES) < FEWEST_LINES:
        return {}
    step = max(1, len(block.text) // SAMPLE_LINES)
    shapes: dict[str, Sequence[str]] = {}
    for start in range(0, len(block.text), step):
        begin = block.text.rfind(b"\n", 0, start + 1) + 1
        end = block.text.find(b"\n", begin)
        line = block.text[begin : end if end >= 0 else len(block.text)]
        keys = _plain_keys(line)
        if keys:
            shapes["\n".join(keys)] = keys
    return shapes


def _plain_keys(line: bytes) -> Sequence[str] | None:
    try:
        value = parsed(line) if len(line) < LONGEST_PLAIN_BYTES else {}
    except UnreadableError:
        return None
    known = detect(value)
    if known is None or known.name != PLAIN_FORMAT or value.keys() & SIGN_VALUES:
        return None
    both = isinstance(value.get("request"), dict) and isinstance(value.get("response"), dict)
    return list(value) if both else None


class PlainReader:
    """Reads blocks of plain lines; several threads may use it at once, each with its block."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection: DuckDBPyConnection | None = None
        self._idle: dict[str, list[_Query]] = defaultdict(list)

    def __enter__(self) -> "PlainReader":
        return self

    def __exit__(self, *_: object) -> None:
        for query in chain.from_iterable(self._idle.values()):
            query.close()
        if self._connection is not None:
            self._connection.close()

    def read(self, block: Block, shapes: Shapes) -> Read:
        """Read the lines that have one of these key sets and are plain; give back the rest."""
        found, rest = self._parted(lines_of(block), shapes)
        return Read(calls_of(found, block.source, PLAIN_FORMAT), rest)

    def _parted(self, lines: pl.DataFrame, shapes: Shapes) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Give what the query found and the other lines; the lines themselves are then free."""
        table = table_for(key for keys in shapes.values() for key in keys)
        found = self._query(lines, query_for(table, shapes.values())).filter("_plain")
        rest = lines.clear()
        if found.height < lines.height:
            read = found.select("number")
            rest = lines.join(read, on="number", how="anti", maintain_order="left")
        return found, rest

    def _query(self, lines: pl.DataFrame, text: str) -> pl.DataFrame:
        with self._lock:
            if self._connection is None:
                self._connection = _connected()
            idle = self._idle[text]
            query = idle.pop() if idle else _Query(self._connection.cursor(), text)
        try:
            return query(lines)
        finally:
            with self._lock:
                idle.append(query)


def _connected() -> "DuckDBPyConnection":
    import duckdb  # noqa: PLC0415 heavy; only large plain logs need it

    connection = duckdb.connect()
    # One thread a block: the blocks themselves are read side by side.
    connection.execute("SET threads = 1")
    return connection
