"""`routeaudit compare A B`: this week against last week."""

from pathlib import Path
from typing import Annotated

import typer

from routeaudit.cli.console import Talk, file_or_stdout
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.report_tables import show_table
from routeaudit.cli.results import result_at


@options(talk=Talk, place=Place)
def compare(
    before: Annotated[
        Path, typer.Argument(metavar="A", help="the older result, or its folder")
    ],
    after: Annotated[Path, typer.Argument(metavar="B", help="the newer result, or its folder")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", callback=file_or_stdout, help="write Markdown here"),
    ] = None,
    given: Given,
) -> None:
    """Compare two results: what changed, whether it is more than noise, what moved the bill."""
    from routeaudit.report import compare as comparing
    from routeaudit.report.stability import stability_sentence

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    old, new = result_at(before, place), result_at(after, place)
    found = comparing.compare(old, new)
    if talk.json:
        talk.dump(comparing.to_builtins(found))
    else:
        show_table(talk, comparing.changes_table(found))
        show_table(talk, comparing.bill_table(found))
        for note in () if talk.plain else found.notes:
            talk.data(note)
        show_table(talk, comparing.tasks_table(found))
        talk.data(f"Mix of tasks: {stability_sentence(found.task_stability)}.")
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(comparing.to_markdown(found, old, new), encoding="utf-8")
        talk.say(f"wrote {out}")
