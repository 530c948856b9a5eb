"""`routeaudit focus`: the logged charges as FOCUS rows, for FinOps tools."""

from pathlib import Path
from typing import Annotated

import typer

from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.errors import ConfigError, InputError

VERSIONS = ("1.3", "1.2")


@options(talk=Talk, place=Place)
def focus(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[SCAN]", help="a scan's folder \\[default: the latest]"),
    ] = None,
    *,
    out: Annotated[Path, typer.Option("-o", "--out", help="a .csv or .parquet file")] = Path(
        "reports/focus.csv"
    ),
    focus_version: Annotated[str, typer.Option(help="1.3 or 1.2")] = "1.3",
    include_users: Annotated[
        bool, typer.Option("--include-users", help="user ids in clear instead of hashed")
    ] = False,
    given: Given,
) -> None:
    """Write the logged charges as FOCUS rows; simulated money only in x_ columns."""
    import polars as pl

    from routeaudit.estimate.charged import with_simulated
    from routeaudit.report import focus as spec
    from routeaudit.result import read
    from routeaudit.workspace import open_scan

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    if focus_version not in VERSIONS:
        raise ConfigError(f"there is no FOCUS {focus_version} here", hint="1.3 or 1.2")
    scan = place.open_workspace().latest() if source is None else open_scan(source)
    if scan is None:
        raise InputError(f"{source} is no scan's folder")
    held = read(scan.result_file).audit
    hashed = held is None or held.users == "hashed"
    if include_users and hashed:
        raise ConfigError(
            "this scan holds no user ids",
            hint="scan again: routeaudit scan --include-users ...",
        )
    calls = scan.records().collect()
    if scan.routes_file.exists():
        calls = with_simulated(calls, pl.read_parquet(scan.routes_file))
    made = spec.to_focus(
        calls,
        version="1.3" if focus_version == "1.3" else "1.2",
        users="as they are" if include_users or hashed else "hashed",
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(spec.to_parquet(made) if out.suffix == ".parquet" else spec.to_csv(made))
    if talk.json:
        talk.dump(
            {"written": str(out), "charges": made.rows.height, "calls_left_out": made.left_out}
        )
    talk.say(f"wrote {out}: {made.rows.height:,} charges")
    if made.left_out:
        talk.say(
            f"{made.left_out:,} calls are in none of them: failed, blocked, or without a time or a price"
        )
