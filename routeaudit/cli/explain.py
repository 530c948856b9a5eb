"""`routeaudit explain METRIC`: what a figure means."""

from typing import Annotated

import typer

from routeaudit.cli.completion import figures
from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.tables import Head, show


@options(talk=Talk)
def explain(
    metric: Annotated[
        str,
        typer.Argument(
            metavar="[METRIC]", help="a figure; none lists all", autocompletion=figures
        ),
    ] = "",
    *,
    given: Given,
) -> None:
    """Explain a figure: what it means, its formula and its source."""
    from routeaudit.report import glossary

    talk = Talk(**given["talk"])
    if talk.json:
        wanted = [metric] if metric else glossary.names()
        talk.dump([glossary.explain(name)._asdict() for name in wanted])
        return
    if not metric:
        rows = [(name, glossary.explain(name).meaning) for name in glossary.names()]
        show(
            talk, "Figures", [Head("figure", is_figure=False), Head("", is_figure=False)], rows
        )
        return
    term = glossary.explain(metric)
    talk.data(f"{term.name}: {term.meaning}\n\n  {term.formula}\n\nSource: {term.source}")
