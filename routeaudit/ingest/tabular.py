"""CSV and Parquet as blocks of JSON lines, one a row, so that every format can be in them."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any  # Any: cells

import polars as pl

from routeaudit.errors import InputError
from routeaudit.ingest.lines import Block, as_lines

ROWS_A_BLOCK = 20_000
PARQUET_MAGIC = b"PAR1"
MAX_CELL_CHARS = 1 << 28
_HEADER = re.compile(rb'\s*"?[A-Za-z_][\w .$/-]*"?([,;\t]"?[A-Za-z_][\w .$/-]*"?){2,}\s*$')


def is_csv(head: bytes) -> bool:
    """Tell a table from JSON by its first line."""
    return bool(_HEADER.match(head.partition(b"\n")[0].rstrip(b"\r")))


def csv_blocks(name: str, stream: IO[bytes]) -> Iterator[Block]:
    """Read rows of CSV; JSON in cells stays text, empty cells become null.

    Raises:
        InputError: the file has no header.
    """
    csv.field_size_limit(MAX_CELL_CHARS)
    head = stream.peek(2)[:2] if isinstance(stream, io.BufferedReader) else b""
    encoding = "utf-16" if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
    try:
        yield from _csv_blocks(name, text)
    finally:
        text.detach()  # the stream is closed by whoever opened it


def _csv_blocks(name: str, text: IO[str]) -> Iterator[Block]:
    head = text.readline()
    if not head.strip():
        raise InputError(f"{name} has no header line")
    whole = (part.replace("\0", "") for part in chain([head], text))
    table = csv.reader(whole, delimiter=max(",;\t", key=head.count))
    names = next(table)
    rows, line = [], 2
    for row in table:
        rows.append({key: cell or None for key, cell in zip(names, row, strict=False)})
        if len(rows) == ROWS_A_BLOCK:
            yield Block(name, line, as_lines(rows))
            rows, line = [], line + len(rows)
    if rows:
        yield Block(name, line, as_lines(rows))


def parquet_blocks(name: str, stream: IO[bytes]) -> Iterator[Block]:
    """Read rows of Parquet, a slice at a time when it is a file.

    Raises:
        InputError: it is no Parquet file.
    """
    source: Any = Path(name) if Path(name).is_file() else io.BytesIO(stream.read())
    try:
        table = pl.scan_parquet(source)
        height = table.select(pl.len()).collect().item()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{name} is no Parquet file, or a broken one") from error
    for start in range(0, height, ROWS_A_BLOCK):
        rows = table.slice(start, ROWS_A_BLOCK).collect()
        yield Block(name, start + 1, as_lines(rows.iter_rows(named=True)))
