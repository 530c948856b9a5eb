"""A table of a report: typed columns, raw values; written as CSV, Parquet, or for people."""

import csv
import io
from collections.abc import Callable, Collection, Mapping
from typing import Literal, NamedTuple

import polars as pl

from routeaudit.report import numbers
from routeaudit.result import Interval

Kind = Literal[
    "text",
    "prose",
    "count",
    "estimate",
    "money",
    "price",
    "share",
    "seconds",
    "number",
    "flag",
    "exact",
    "threshold",
]
"""`estimate` is a count with three digits at most; `exact` is a share and `price` an amount that someone set: they keep their decimals."""
Cell = str | int | float | bool | None
LONGEST_PROSE = 300
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 full-width ones start a formula too

DTYPES: dict[Kind, type[pl.DataType]] = {
    "text": pl.String,
    "prose": pl.String,
    "count": pl.Int64,
    "estimate": pl.Float64,
    "money": pl.Float64,
    "price": pl.Float64,
    "share": pl.Float64,
    "seconds": pl.Float64,
    "number": pl.Float64,
    "exact": pl.Float64,
    "threshold": pl.Float64,
    "flag": pl.Boolean,
}


class Column(NamedTuple):
    """A column: its name in files, its heading for people, and what it holds."""

    name: str
    heading: str
    kind: Kind = "text"
    low: str = ""
    """The column with the low end of this one's interval, by which it is rounded."""
    high: str = ""


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


def as_dicts(table: Table) -> list[dict[str, Cell]]:
    """Give the rows by column name, raw values."""
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def worth_showing(table: Table, columns: Collection[str] | None = None) -> list[int]:
    """Give the places of the named columns (all by default) that hold anything at all."""
    return [
        place
        for place, column in enumerate(table.columns)
        if (columns is None or column.name in columns)
        and (place == 0 or any(row[place] not in (None, "") for row in table.rows))
    ]


def shown(table: Table) -> list[list[str]]:
    """Give the cells as people read them: rounded, with units; unknown is a dash."""
    places = {column.name: place for place, column in enumerate(table.columns)}
    columns = [
        [_shown(table, places, row, place) for row in table.rows]
        for place in range(len(table.columns))
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _shown(table: Table, places: Mapping[str, int], row: tuple[Cell, ...], place: int) -> str:
    cell, column = row[place], table.columns[place]
    if cell is None:
        return numbers.DASH
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str):
        return numbers.label(cell, longest=LONGEST_PROSE if column.kind == "prose" else 80)
    span = _interval(row, places, column)
    if column.kind == "money":
        among = () if span else tuple(_number(other[place]) for other in table.rows)
        return _money(cell, span, among, table.currency)
    return _plainly(cell, column.kind, span)


def _money(
    value: float, span: Interval | None, among: tuple[float | None, ...], currency: str
) -> str:
    if span is not None:
        return numbers.money(value, span, currency)
    return numbers.money_like(value, among, currency)


def _plainly(value: float, kind: Kind, span: Interval | None) -> str:
    if kind == "share":
        return numbers.share(value, span)
    if kind == "estimate":
        return numbers.about(value, span)
    return WRITERS.get(kind, numbers.number)(value)


WRITERS: Mapping[Kind, Callable[[float], str]] = {
    "count": numbers.count,
    "exact": numbers.exact_share,
    "price": numbers.exact_money,
    "threshold": numbers.threshold,
    "seconds": numbers.seconds,
}


def _interval(
    row: tuple[Cell, ...], places: Mapping[str, int], column: Column
) -> Interval | None:
    ends = [_number(row[places[name]]) for name in (column.low, column.high) if name in places]
    if len(ends) != len(("low", "high")) or ends[0] is None or ends[1] is None:
        return None
    return Interval(low=ends[0], high=ends[1])


def _number(cell: Cell) -> float | None:
    return None if cell is None or isinstance(cell, str) else float(cell)


def defuse(text: str) -> str:
    """Put a quote before a text that a spreadsheet would take for a formula."""
    return "'" + text if text.lstrip(" ").startswith(FORMULA_SIGNS) else text


def _plain(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    # The csv writer quotes a line feed but not a carriage return.
    return defuse(cell).replace("\r\n", "\n").replace("\r", "\n")


def _encodable(cell: Cell) -> Cell:
    # A lone surrogate can come out of broken JSON; no file format holds it.
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell
