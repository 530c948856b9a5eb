import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeaudit.report.contents import all_tables
from routeaudit.report.tables import Column, Table, shown, to_csv, to_parquet, worth_showing
from routeaudit.result import AuditResult

COLUMNS = (Column("name", "Name"), Column("usd", "USD", "money"), Column("n", "N", "count"))


def table(*rows: tuple[str | None, float | None, int | None]) -> Table:
    return Table("t", "T", COLUMNS, rows)


def parsed(data: Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(to_csv(data).decode())))


def test_csv_holds_raw_values_and_nothing_for_unknown() -> None:
    assert parsed(table(("a", 0.1234567, 3), (None, None, None))) == [
        ["name", "usd", "n"],
        ["a", "0.1234567", "3"],
        ["", "", ""],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1"])  # noqa: RUF001 a spreadsheet reads it as =
def test_a_cell_that_looks_like_a_formula_is_defused(text: str) -> None:
    assert parsed(table((text, -1.0, -2)))[1] == ["'" + text, "-1.0", "-2"]


@given(st.text())
def test_any_text_survives_csv_and_starts_no_formula(text: str) -> None:
    cell = list(
        csv.reader(io.StringIO(to_csv(table((text, None, None))).decode(), newline=""))
    )[1][0]
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    assert cell in (kept, "'" + kept)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@"))


def test_parquet_keeps_types_and_nulls() -> None:
    frame = pl.read_parquet(to_parquet(table(("a", 1.5, 3), (None, None, None))))
    assert frame.schema == {"name": pl.String, "usd": pl.Float64, "n": pl.Int64}
    assert frame.rows() == [("a", 1.5, 3), (None, None, None)]


def test_a_lone_surrogate_does_not_stop_a_report() -> None:
    data = table(("\ud800", None, None))
    assert b"?" in to_csv(data)
    assert pl.read_parquet(to_parquet(data))["name"].to_list() == ["?"]


def test_people_see_rounded_cells_with_units() -> None:
    columns = (
        Column("a", "A", "share", "low", "high"), Column("low", "Low", "share"),
        Column("high", "High", "share"), Column("s", "S", "seconds"), Column("f", "F", "flag"),
        Column("x", "X", "exact"), Column("m", "M", "number"),
    )  # fmt: skip
    row = (0.536, 0.496, 0.576, 1.234, True, 0.76666, 0.5)
    cells = shown(Table("t", "T", columns, (row, (None,) * 7)))
    assert [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in cells[0]] == [
        "54 %", "49.6 %", "57.6 %", "1.23 s", "yes", "76.67 %", "0.500",
    ]  # fmt: skip
    assert cells[1] == ["—"] * 7


def test_every_table_has_as_many_cells_as_columns(realistic: AuditResult) -> None:
    names = [data.name for data in all_tables(realistic)]
    assert len(names) == len(set(names))
    for data in all_tables(realistic):
        assert {len(row) for row in data.rows} == {len(data.columns)}


def test_the_waterfall_adds_up_to_the_net(realistic: AuditResult) -> None:
    rows = next(data for data in all_tables(realistic) if data.name == "waterfall").rows
    *steps, (name, month, net) = rows
    assert name == "net saving"
    assert sum(float(amount or 0) for *_, amount in steps) == pytest.approx(net)
    assert sum(float(amount or 0) for _, amount, _ in steps) == pytest.approx(month)


def test_a_column_that_holds_nothing_is_not_shown_but_kept_in_files() -> None:
    data = table((None, 1.5, None), (None, None, None))
    # The first column stays: it says what the rows are.
    assert worth_showing(data) == [0, 1]
    assert worth_showing(data, ("usd", "n")) == [1]
    assert parsed(data)[0] == ["name", "usd", "n"]
