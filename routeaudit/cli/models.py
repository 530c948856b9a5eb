"""`routeaudit models list | info | pull`: the GGUF files that routeaudit knows by name."""

import json
from pathlib import Path
from typing import Annotated

import typer

from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.tables import Head, show

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _models() -> None:
    """List the GGUF models that are known by name, look at one, or fetch it."""


@app.command("list")
@options(talk=Talk)
def list_models(*, given: Given) -> None:
    """List the models that are known by name, and which are here."""
    from routeaudit.local_model.catalogue import CATALOGUE, place_of

    talk = Talk(**given["talk"])
    if talk.json:
        known = [{**e._asdict(), "is_here": place_of(e).is_file()} for e in CATALOGUE]
        talk.data(json.dumps(known, indent=2))
        return
    rows = [
        (e.name, e.title, e.quantisation, f"{e.size_gb:g} GB", f"{e.context_tokens:,}",
         e.licence + (" (gated)" if e.is_gated else ""),
         "yes" if place_of(e).is_file() else "no")
        for e in CATALOGUE
    ]  # fmt: skip
    heads = [
        Head("name", is_figure=False), Head("model", is_figure=False),
        Head("quantised", is_figure=False), Head("size"), Head("context"),
        Head("licence", is_figure=False), Head("here", is_figure=False),
    ]  # fmt: skip
    show(talk, "Models known by name; any other .gguf file works by its path", heads, rows)


@app.command("info")
@options(talk=Talk)
def show_model(
    name: Annotated[str, typer.Argument(help="a name from `models list`, or a .gguf file")],
    *,
    given: Given,
) -> None:
    """Show what a model needs, and what its file says once it is here."""
    from routeaudit.local_model.catalogue import CATALOGUE, entry_called, place_of
    from routeaudit.local_model.gguf_header import digest, read_header

    talk = Talk(**given["talk"])
    facts: dict[str, object] = {}
    path = Path(name)
    if any(entry.name == name for entry in CATALOGUE) or not path.exists():
        entry = entry_called(name)
        facts, path = dict(entry._asdict()), place_of(entry)
    facts["path"] = str(path)
    if path.is_file():
        header = read_header(path)
        facts |= {
            "architecture": header.architecture,
            "context_tokens": header.context_tokens,
            "has_chat_template": header.chat_template is not None,
            "sha256": digest(path),
        }
    else:
        facts["is_here"] = False
    if talk.json:
        talk.data(json.dumps(facts, indent=2))
        return
    heads = [Head("", is_figure=False), Head("", is_figure=False)]
    show(
        talk, name, heads, [(key.replace("_", " "), str(value)) for key, value in facts.items()]
    )


@app.command("pull")
@options(talk=Talk)
def pull_model(
    name: Annotated[str, typer.Argument(help="a name from `models list`")], *, given: Given
) -> None:
    """Fetch a model from its repository, over the network."""
    from routeaudit.local_model.catalogue import CatalogueEntry, pull

    talk = Talk(**given["talk"])

    def say_what_comes(entry: CatalogueEntry) -> None:
        talk.say(f"fetching {entry.size_gb:g} GB from {entry.repository} ({entry.licence})")

    talk.say(f"here: {pull(name, beginning=say_what_comes)}")
