"""`routeaudit config show`: every option, its value and where it comes from."""

import json
from typing import Annotated

import typer

from routeaudit.cli.console import Talk
from routeaudit.cli.kinds import all_kinds
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.tables import Head, show

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _config() -> None:
    """Read the configuration in force: every option, its value and its origin."""


@app.command("show")
@options(talk=Talk, place=Place)
def show_config(
    section: Annotated[str, typer.Argument(help="only this section")] = "",
    *,
    given: Given,
) -> None:
    """Print every option with its value and its origin."""
    from routeaudit.config import in_force

    talk, place, kinds = Talk(**given["talk"]), Place(**given["place"]), all_kinds()
    chosen = {name: kind for name, kind in kinds.items() if section in ("", name)}
    rows = in_force(place.load_config(), chosen)
    if talk.json:
        found = [{**row._asdict(), "value": _plain(row.value)} for row in rows]
        talk.out.print(json.dumps(found, indent=2), markup=False, soft_wrap=True)
        return
    heads = [Head(name, is_figure=False) for name in ("section", "option", "value", "from", "")]
    show(
        talk,
        "Configuration in force",
        heads,
        [(row.section, row.name, str(_plain(row.value)), row.origin, row.help) for row in rows],
    )


def _plain(value: object) -> object:
    return value if isinstance(value, (int, float, str, type(None))) else str(value)
