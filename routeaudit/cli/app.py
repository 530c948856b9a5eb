"""The commands, in the order people use them."""

from typing import Annotated

import typer

import routeaudit
from routeaudit.cli.classify import classify
from routeaudit.cli.config import app as config
from routeaudit.cli.report import report
from routeaudit.cli.scan import scan
from routeaudit.cli.simulate import simulate

app = typer.Typer(
    name="routeaudit",
    help="Audit LLM API traffic, and simulate routing the simple part of it to small models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(scan)
app.command()(simulate)
app.command()(report)
app.command()(classify)
app.add_typer(config, name="config")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"routeaudit {routeaudit.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="print the version"),
    ] = False,
) -> None:
    """Audit LLM API traffic, and simulate routing the simple part of it to small models."""
