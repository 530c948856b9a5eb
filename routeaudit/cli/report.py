"""`routeaudit report`: the leadership artifacts, again, from a saved result."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.privacy import Privacy

DEFAULT_FOLDER = Path("reports")


@options(privacy=Privacy, talk=Talk, place=Place)
def report(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[RESULT]", help="a result.json \\[default: the last one]"),
    ] = None,
    *,
    reports: Annotated[
        Path, typer.Option("-o", "--reports", help="write here")
    ] = DEFAULT_FOLDER,
    given: Given,
) -> None:
    """Write the reports again from a saved result: same result, same bytes."""
    from routeaudit.report import write_reports
    from routeaudit.result import read

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    path = source or place.open_workspace().latest().newest_result()
    written = write_reports(Privacy(**given["privacy"]).of_saved(read(path)), reports)
    if talk.json:
        talk.dump({"written": [str(file) for file in written]})
    wrote(talk, written)


def wrote(talk: Talk, paths: list[Path]) -> None:
    """Say which files were written; charts and tables by their number."""
    folder = min((path.parent for path in paths), key=lambda parent: len(parent.parts))
    inside = Counter(path.parent for path in paths if path.parent != folder)
    for path in paths:
        if path.parent == folder:
            talk.say(f"wrote {path}")
    for parent, n in inside.items():
        talk.say(f"wrote {parent}/ ({n} files)")
