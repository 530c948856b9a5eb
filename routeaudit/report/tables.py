"""A table of a report: typed columns, raw values; written as CSV, Parquet, or for people."""

import csv
import io
from collections.abc import Callable
from typing import Literal, NamedTuple

import polars as pl

from routeaudit.report import numbers

Kind = Literal["text", "count", "money", "share", "seconds", "number", "flag"]
Cell = str | int | float | bool | None
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 full-width ones start a formula too

DTYPES: dict[Kind, type[pl.DataType]] = {
    "text": pl.String,
    "count": pl.Int64,
    "money": pl.Float64,
    "share": pl.Float64,
    "seconds": pl.Float64,
    "number": pl.Float64,
    "flag": pl.Boolean,
}


class Column(NamedTuple):
    """A column: its name in files, its heading for people, and what it holds."""

    name: str
    heading: str
    kind: Kind = "text"


class Table(NamedTuple):
    """Rows of raw values under typed columns; None is unknown."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    currency: str = "USD"


def to_csv(table: Table) -> bytes:
    """Write a table as CSV: raw values, UTF-8, line feeds; unknown is empty; no cell is a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return buffer.getvalue().encode("utf-8", "replace")


def to_parquet(table: Table) -> bytes:
    """Write a table as Parquet, with the dtypes of its columns."""
    buffer = io.BytesIO()
    to_frame(table).write_parquet(buffer)
    return buffer.getvalue()


def to_frame(table: Table) -> pl.DataFrame:
    """Give a table as a frame, one dtype a kind of column."""
    schema = {column.name: DTYPES[column.kind] for column in table.columns}
    rows = [[_encodable(cell) for cell in row] for row in table.rows]
    return pl.DataFrame(rows, schema=schema, orient="row", strict=False)


def shown(table: Table) -> list[list[str]]:
    """Give the cells as people read them."""
    return [
        [
            show(cell, column.kind, table.currency)
            for cell, column in zip(row, table.columns, strict=True)
        ]
        for row in table.rows
    ]


def show(cell: Cell, kind: Kind, currency: str = "USD") -> str:
    """Write one cell for people: rounded, with its unit; unknown is a dash."""
    if cell is None:
        return numbers.DASH
    if isinstance(cell, str):
        return numbers.label(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if kind == "money":
        return numbers.money(cell, currency=currency)
    written: dict[str, Callable[[float | None], str]] = {
        "count": numbers.count,
        "share": numbers.share,
        "seconds": numbers.seconds,
    }
    return written.get(kind, numbers.number)(cell)


def defuse(text: str) -> str:
    """Put a quote before a text that a spreadsheet would take for a formula."""
    return "'" + text if text.lstrip(" ").startswith(FORMULA_SIGNS) else text


def _plain(cell: Cell) -> Cell:
    return defuse(cell) if isinstance(cell, str) else cell


def _encodable(cell: Cell) -> Cell:
    # A lone surrogate can come out of broken JSON; no file format holds it.
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell
