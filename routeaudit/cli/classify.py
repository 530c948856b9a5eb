"""`routeaudit classify`: verdicts for texts, one JSON object a line in and out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from routeaudit.classify.settings import ClassifySettings
from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.errors import InputError, PoorInputError

KINDS: dict[str, type] = {"classify": ClassifySettings}


@options(**KINDS, talk=Talk, place=Place)
def classify(
    source: Annotated[
        str, typer.Argument(metavar="[FILE]", help='lines of {"id", "text"}; - is stdin')
    ] = "-",
    *,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="write here instead of to stdout")
    ] = None,
    explain: Annotated[
        bool, typer.Option(help="say which parts of each text spoke for what")
    ] = False,
    given: Given,
) -> None:
    """Classify texts: task, tier, p_simple, the probability of each task, and novelty."""
    from routeaudit.pipeline import classify_lines

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    settings = place.load_config(KINDS).settings(
        "classify", ClassifySettings, given["classify"]
    )
    if source == "-":
        lines = sys.stdin.buffer
    else:
        if not Path(source).is_file():
            raise InputError(
                f"there is no file {source}", hint="name a JSONL file, or - for stdin"
            )
        lines = Path(source).open("rb")  # noqa: SIM115 closed below, stdin must stay open
    bad = []
    target = out.open("wb") if out else sys.stdout.buffer
    try:
        for piece in classify_lines(lines, settings, explain=explain):
            target.write(piece.rows)
            bad += piece.rejects
    finally:
        if source != "-":
            lines.close()
        if out:
            target.close()
    for number, reason in bad[:5]:
        talk.say(f"line {number} was left out: {reason}")
    if out:
        talk.say(f"wrote {out}")
    if bad:
        raise PoorInputError(
            f"{len(bad)} lines were left out",
            hint='each line must be {"id": ..., "text": "..."}',
        )
