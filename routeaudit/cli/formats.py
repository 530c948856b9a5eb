"""`routeaudit formats list | explain`: what can be read, and how a file is read."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import count, share
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.tables import Head, show
from routeaudit.ingest.settings import AsLogged

if TYPE_CHECKING:
    from routeaudit.ingest.explain import Explained

app = typer.Typer(no_args_is_help=True)
KINDS: dict[str, type] = {"ingest": AsLogged}
ALWAYS = 1.0


@app.callback()
def _formats() -> None:
    """List the log formats, or see how a file is read."""


@app.command("list")
@options(talk=Talk)
def list_known(*, given: Given) -> None:
    """List the log formats, in the order in which they are tried."""
    from routeaudit.ingest.explain import list_formats

    talk, known = Talk(**given["talk"]), list_formats()
    if talk.json:
        talk.data(json.dumps([line._asdict() for line in known], indent=2))
        return
    heads = [Head("format", is_figure=False), Head("what it is", is_figure=False)]
    show(talk, f"{len(known)} log formats, in the order in which they are tried", heads, known)


@app.command("explain")
@options(**KINDS, talk=Talk, place=Place)
def explain_file(
    source: Annotated[str, typer.Argument(metavar="FILE", help="a log file")], *, given: Given
) -> None:
    """Show how a file is read: its format, three records, what is missing, what is left over."""
    from routeaudit.ingest.explain import explain

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    settings = place.load_config().settings("ingest", AsLogged, given["ingest"])
    found = explain(source, settings)
    if talk.json:
        unmapped = [path._asdict() for path in found.unmapped]
        talk.data(json.dumps({**found._asdict(), "unmapped": unmapped}, indent=2, default=str))
        return
    _piles(talk, found)
    _examples(talk, found)
    missing = [
        (name, share(rate)) for name, rate in found.null_rates.items() if 0 < rate < ALWAYS
    ]
    never = [name for name, rate in found.null_rates.items() if rate == ALWAYS]
    if missing:
        show(
            talk,
            "Missing in some records",
            [Head("column", is_figure=False), Head("missing")],
            missing,
        )
    if never:
        talk.data(f"Never there: {', '.join(never)}")
    if found.unmapped:
        rows = [(path.path, path.types, share(path.share)) for path in found.unmapped]
        heads = [Head("key", is_figure=False), Head("type", is_figure=False), Head("there in")]
        show(talk, "Keys that nobody read", heads, rows)
    if found.suggestion:
        talk.data(f"No format fits. A start, guessed from the names:\n\n  {found.suggestion}\n")


def _piles(talk: Talk, found: "Explained") -> None:
    rows = [(name, count(n), "records") for name, n in found.formats.items()]
    rows += [(reason, count(n), "merged") for reason, n in found.merged.items()]
    rows += [(reason, count(n), "rejected") for reason, n in found.rejects.items()]
    heads = [
        Head("format or reason", is_figure=False),
        Head("units"),
        Head("", is_figure=False),
    ]
    show(talk, f"The first {count(found.lines)} lines", heads, rows)


def _examples(talk: Talk, found: "Explained") -> None:
    names = [
        name
        for name in dict.fromkeys(key for record in found.examples for key in record)
        if any(record.get(name) is not None for record in found.examples)
    ]
    rows = [(name, *(_cell(record.get(name)) for record in found.examples)) for name in names]
    heads = [Head("column", is_figure=False)]
    heads += [Head(f"record {i + 1}", is_figure=False) for i in range(len(found.examples))]
    if rows:
        show(talk, "As records (texts left out)", heads, rows)


def _cell(value: object) -> str:
    return "—" if value is None else str(value)
