"""Plain chat pairs read by DuckDB, a block of lines at a time; the other lines are given back.

One parse of a line gives all its columns. DuckDB sees the lines through Arrow's C interface and
gives columns back the same way, so that nothing else has to be installed. No connection
outlives a call: one that is open when Python ends would be reported on stderr.
"""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple  # Any: Arrow capsules, parsed JSON

import polars as pl

from routeaudit.ingest.columns import RAW_COLUMNS
from routeaudit.ingest.detect import detect
from routeaudit.ingest.lines import Block
from routeaudit.ingest.parse import UnreadableError, parsed
from routeaudit.ingest.plain import SIGN_VALUES, paths_for, sql
from routeaudit.ingest.plain_columns import calls_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLAIN_FORMAT = "openai_chat_pair"
SAMPLE_LINES = 48
FEWEST_LINES = 500  # below, starting DuckDB costs more than it saves
LONGEST_PLAIN_BYTES = 4 << 20


class Read(NamedTuple):
    """The plain calls of a block, and the other lines with their numbers."""

    calls: pl.DataFrame  # RAW_COLUMNS
    rest: pl.DataFrame  # number, line
    lines: int  # in the block, but blank ones: all that was there to read


class _Arrow:
    """Shows an object's Arrow stream and nothing else of it.

    Polars remembers the types it was given; DuckDB's would then be alive at the end.
    """

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 a frame or a DuckDB relation
        self._inner = inner

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._inner.__arrow_c_stream__(requested_schema)


def lines_of(block: Block) -> pl.DataFrame:
    """Give the lines of a block with their numbers; blank ones too."""
    return pl.read_lines(block.text, row_index_name="number", row_index_offset=block.first_line)


def plain_shapes(block: Block) -> Mapping[str, Sequence[str]]:
    """Find out, from some lines of a block, which key sets plain chat pairs have here.

    Returns:
        Top-level keys by their text joined with line feeds; empty when none is plain.
    """
    if block.text.count(b"\n") < FEWEST_LINES:
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


def read_plain(block: Block, shapes: Mapping[str, Sequence[str]]) -> Read:
    """Read the lines that have one of these key sets and are plain; give back the rest."""
    lines = lines_of(block)
    table = paths_for(key for keys in shapes.values() for key in keys)
    cells = _query(lines.select("line"), sql(table))
    found = calls_of(cells.with_columns(lines["number"]), table, list(shapes))
    calls = found.filter("_plain").drop("_plain")
    rest = lines.filter(~found["_plain"])
    return Read(
        calls.with_columns(
            source_file=pl.lit(block.source), source_format=pl.lit(PLAIN_FORMAT)
        ).select(list(RAW_COLUMNS)),
        rest,
        lines.select((pl.col("line").str.strip_chars() != "").sum()).item(),
    )


def _query(lines: pl.DataFrame, text: str) -> pl.DataFrame:
    connection = _connected()
    try:
        connection.register("lines", _Arrow(lines))
        return pl.DataFrame(_Arrow(connection.sql(text)))
    finally:
        connection.close()


def _connected() -> "DuckDBPyConnection":
    import duckdb  # noqa: PLC0415 heavy; only large plain logs need it

    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.cpu_count() or 1}")
    return connection
