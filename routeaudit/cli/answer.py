"""`routeaudit answer`: a local small model answers a sample of the scanned traffic."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routeaudit.answer.settings import AnswerSettings
from routeaudit.catalog.arms import Arms, arms_from
from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.errors import InputError
from routeaudit.ingest.settings import IngestSettings

if TYPE_CHECKING:
    from routeaudit.workspace import Scan, Workspace

KINDS: dict[str, type] = {"answer": AnswerSettings}


@options(**KINDS, talk=Talk, place=Place)
def answer(
    logs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LOGS...]",
            help="where the scanned logs lie \\[default: the files that the scan read]",
        ),
    ] = None,
    *,
    model: Annotated[
        str,
        typer.Option("--model", "-m", help="a .gguf file, or a name from `models list`"),
    ] = "",
    scan: Annotated[
        Path | None, typer.Option(help="folder of a scan \\[default: the latest]")
    ] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="only show the sample that would be answered")
    ] = False,
    given: Given,
) -> None:
    """Let a local small model answer a sample; score it, and see how sure it is."""
    import msgspec

    from routeaudit import answering
    from routeaudit.cli.answer_view import show_outcome, show_plan, writing

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    config = place.load_config()
    workspace = place.open_workspace()
    request = answering.AnswerRequest(
        model_file=model,
        logs=tuple(logs or ()),
        settings=config.settings("answer", AnswerSettings, given["answer"]),
        ingest=config.settings("ingest", IngestSettings),
        arms=arms_from(config.table("arms"), Arms()),
    )
    saved = _scan(scan, workspace)
    planned = answering.plan(request, saved)
    if plan_only or not talk.json:
        show_plan(talk, planned)
    if plan_only:
        return
    if not model:
        raise InputError("which model is to answer?", hint="--model FILE.gguf")
    if request.settings.embedder:
        _warn_of(talk, request.settings.embedder)
    with writing(talk) as watch:
        outcome = answering.answer(request, saved, planned, workspace, watch)
    if talk.json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(outcome)) + b"\n")
    else:
        show_outcome(talk, outcome, saved.answers_folder)
    talk.say(f"answers kept: {saved.answers_folder}; `routeaudit simulate` now uses them")


def _warn_of(talk: Talk, embedder: str) -> None:
    from routeaudit.local_model.catalogue import find_file
    from routeaudit.local_model.comparer import is_embedder
    from routeaudit.local_model.gguf_header import read_header

    file = find_file(embedder)
    if not is_embedder(read_header(file)):
        talk.say(
            f"{file.name} was not made to embed texts: the mean of its states is a weak measure"
        )


def _scan(folder: "Path | None", workspace: "Workspace") -> "Scan":
    from routeaudit.workspace import open_scan

    if folder is None:
        return workspace.latest()
    found = open_scan(folder)
    if found is None:
        raise InputError(f"{folder} is no scan")
    return found
