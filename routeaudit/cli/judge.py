"""`routeaudit judge`: a local model decides what no scorer could."""

import sys
from typing import Annotated

import typer

from routeaudit.answer.settings import AnswerSettings
from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place


@options(talk=Talk, place=Place)
def judge(
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
        typer.Option(
            "--model", "-m", help="the judge: a .gguf file, or a name from `models list`; it "
            "should be larger than the model that answered",
        ),
    ],
    arm: Annotated[str, typer.Option(help="whose answers: micro or mid")] = "mid",
    given: Given,
) -> None:  # fmt: skip
    """Let a local model judge what no scorer could decide, in both orders."""
    import msgspec

    from routeaudit import answering
    from routeaudit.cli.answer_view import show_outcome
    from routeaudit.ingest import IngestSettings

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    config = place.load_config({"answer": AnswerSettings, "ingest": IngestSettings})
    workspace = place.open_workspace()
    request = answering.AnswerRequest(
        model_file="",
        logs=tuple(logs or ()),
        settings=config.settings("answer", AnswerSettings, {"arm": arm}),
        ingest=config.settings("ingest", IngestSettings),
    )
    outcome = answering.judge(request, workspace.latest(), workspace, model)
    if talk.json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(outcome)) + b"\n")
    else:
        show_outcome(talk, outcome)
