"""`routeaudit export`: the chosen policy as the configuration of another router."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from routeaudit.cli.completion import routers
from routeaudit.cli.console import Talk, file_or_stdout
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.results import result_at


@options(talk=Talk, place=Place)
def export(
    target: Annotated[
        str,
        typer.Argument(
            help="litellm, semantic-router, routellm, or json (a table of task and model)",
            autocompletion=routers,
        ),
    ],
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[RESULT]", help="a result.json \\[default: the last one]"),
    ] = None,
    *,
    arms: Annotated[
        str,
        typer.Option(help="what to call each arm's model there: mid=PROVIDER/NAME,full=..."),
    ] = "",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", callback=file_or_stdout, help="write here")
    ] = None,
    given: Given,
) -> None:
    """Export the chosen policy to what people run: LiteLLM, Semantic Router, RouteLLM, a table."""
    from routeaudit.estimate.settings import assignments
    from routeaudit.report import export as exporting

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    result, models = result_at(source, place), assignments(arms, "--arms")
    text = exporting.export(result, target, models)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
        talk.say(f"wrote {out}")
    else:
        sys.stdout.write(text)
    for caution in exporting.cautions(result, models):
        talk.say(f"! {caution}")
