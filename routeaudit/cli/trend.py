"""`routeaudit trend DIR`: many results over time."""

from pathlib import Path
from typing import Annotated

import typer

from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.report_tables import show_table
from routeaudit.errors import InputError

NARROW = ("result", "first_day", "month_usd", "net_savings", "failure_upper", "advice")


@options(talk=Talk, place=Place)
def trend(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]", help="a folder of results \\[default: the workspace's scans]"
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="write trend.md and trend.png here")
    ] = None,
    given: Given,
) -> None:
    """Show many results over time: a row for each, and the weeks that they cover together."""
    from routeaudit.report import charts
    from routeaudit.report import trend as over_time
    from routeaudit.report.tables import as_dicts
    from routeaudit.result import read

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    if folder is None:
        paths = [scan.newest_result() for scan in place.open_workspace().scans()]
    else:
        paths = sorted(folder.rglob("result.json"))
    if not paths:
        raise InputError(
            f"there is no result in {folder or 'the workspace'}", hint="scan first"
        )
    results = [over_time.Named(path.parent.name or str(path), read(path)) for path in paths]
    tables = (over_time.history(results), over_time.weekly(results))
    if talk.json:
        talk.dump({table.name: as_dicts(table) for table in tables})
    else:
        show_table(talk, tables[0], NARROW)
        show_table(talk, tables[1])
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "trend.md").write_text(over_time.to_markdown(results), encoding="utf-8")
        chart = over_time.chart(results)
        if chart is not None:
            (out / "trend.png").write_bytes(charts.png(chart))
        talk.say(f"wrote {out}")
