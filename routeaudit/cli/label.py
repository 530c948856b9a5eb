"""`routeaudit label`: a person judges answers, one key each, not knowing whose they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routeaudit.answer.settings import AnswerSettings
from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place

if TYPE_CHECKING:
    from routeaudit.answer.judge import Shown

KEYS = "1 only the first is good · 2 only the second · = both · b neither · s skip · q stop"
SHOWN_CHARS = 4_000


@options(talk=Talk, place=Place)
def label(
    logs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LOGS...]",
            help="where the scanned logs lie \\[default: the files that the scan read]",
        ),
    ] = None,
    *,
    arm: Annotated[str, typer.Option(help="whose answers: micro or mid")] = "mid",
    export: Annotated[
        Path | None, typer.Option(help="write the labels to this .csv or .jsonl, and stop")
    ] = None,
    import_from: Annotated[
        Path | None, typer.Option("--import", help="add labels from this .csv or .jsonl")
    ] = None,
    given: Given,
) -> None:
    """Judge answers by hand, one key each: people stand above every scorer."""
    from routeaudit import answering
    from routeaudit.answer.labels import import_labels, read_labels, write_labels
    from routeaudit.answer.saved import Files, measure, nothing_waits, read_run
    from routeaudit.cli.answer_view import show_outcome
    from routeaudit.ingest import IngestSettings

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    config = place.load_config()
    workspace = place.open_workspace()
    scan = workspace.latest()
    request = answering.AnswerRequest(
        model_file="",
        logs=tuple(logs or ()),
        settings=config.settings("answer", AnswerSettings, {"arm": arm}),
        ingest=config.settings("ingest", IngestSettings),
    )
    files = Files(scan.answers_folder, arm)
    read_run(files)
    if export is not None:
        write_labels(export, read_labels(files.labels))
        talk.say(f"wrote {export}")
        return
    if import_from is not None:
        talk.say(f"labels added: {import_labels(files.labels, import_from):,}")
    else:
        rows = answering.to_label(request, scan, workspace)
        _judge(talk, files.labels, rows)
        if not rows:
            talk.say(nothing_waits(files))
    show_outcome(talk, measure(files), files.folder)


def _judge(talk: Talk, file: Path, rows: "Sequence[Shown]") -> None:
    from routeaudit.answer.labels import add_label

    for number, row in enumerate(rows, start=1):
        swapped = is_swapped(row.query_key)
        _show(talk, row, f"{number} of {len(rows)}", swapped=swapped)
        said = None
        while said is None:
            key = typer.getchar()
            if key in {"q", "\x03", "\x04"}:
                return
            said = meaning(key, swapped=swapped)
        add_label(file, row.query_key, said)


def is_swapped(query_key: str) -> bool:
    """Tell whether the small model's answer is shown first: by chance, but always the same."""
    from routeaudit.stats.sampling import sampled

    # A die of its own: the sample holds the prompts whose own die is low.
    return bool(sampled([f"shown first|{query_key}"], 0.5, seed=0)[0])


def meaning(key: str, *, swapped: bool) -> str | None:
    """Turn a key into a label of the small model's answer; None for any other key."""
    first, second = ("good", "bad") if swapped else ("bad", "good")
    return {"1": first, "2": second, "=": "equal", "b": "bad", "s": "skip"}.get(key)


def _show(talk: Talk, row: "Shown", title: str, *, swapped: bool) -> None:
    from rich.panel import Panel
    from rich.text import Text

    answers = [row.answer, row.logged] if swapped else [row.logged, row.answer]
    out = talk.out
    if out.is_terminal:
        out.clear()
    out.print()
    out.print(
        Panel(Text(row.asked[:SHOWN_CHARS]), title=f"asked ({title})", title_align="left")
    )
    for name, words in zip(("first answer", "second answer"), answers, strict=True):
        out.print(Panel(Text(words[:SHOWN_CHARS]), title=name, title_align="left"))
    out.print(KEYS, markup=False)
