"""`routeaudit judge`: a model decides what no scorer could."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any  # Any: values of any option

import typer

from routeaudit.answer.settings import AnswerSettings, JudgeSettings
from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.errors import ConfigError

if TYPE_CHECKING:
    from routeaudit.answer.judge import Judging
    from routeaudit.config import Config

KINDS: dict[str, type] = {"judge": JudgeSettings}


@options(**KINDS, talk=Talk, place=Place)
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
    ] = "",
    arm: Annotated[str, typer.Option(help="whose answers: micro or mid")] = "mid",
    given: Given,
) -> None:  # fmt: skip
    """Let a model judge what no scorer could decide, in both orders.

    A local GGUF file, or, only where --endpoint names one, an OpenAI-compatible endpoint: the
    requests and both answers are then sent there.
    """
    import msgspec

    from routeaudit import answering
    from routeaudit.answer.saved import Files, nothing_waits
    from routeaudit.cli.answer_view import judging, show_outcome
    from routeaudit.ingest import IngestSettings

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    config = place.load_config()
    workspace = place.open_workspace()
    request = answering.AnswerRequest(
        model_file="",
        logs=tuple(logs or ()),
        settings=config.settings("answer", AnswerSettings, {"arm": arm}),
        ingest=config.settings("ingest", IngestSettings),
    )
    chosen = _judge(model, config, given["judge"], request.settings)
    with chosen as one, judging(talk, one.name) as watch:
        asked: list[int] = []

        def counted(done: int, of: int) -> None:
            asked.append(of)
            watch(done, of)

        outcome = answering.judge(request, workspace.latest(), workspace, one, counted)
    if not any(asked):
        talk.say(nothing_waits(Files(workspace.latest().answers_folder, arm)))
    if talk.json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(outcome)) + b"\n")
    else:
        show_outcome(talk, outcome, workspace.latest().answers_folder)


def _judge(
    model: str, config: "Config", given: dict[str, Any], answers: AnswerSettings
) -> "AbstractContextManager[Judging]":
    """Open the judge that was named; a file on the command line wins over a configured address."""
    if model and "endpoint" in given:
        raise ConfigError("two judges are named", hint="--model or --endpoint, not both")
    if model:
        from routeaudit.answer.judge import Judge
        from routeaudit.local_model.catalogue import find_file

        return Judge(find_file(model), answers)
    settings = config.settings("judge", JudgeSettings, given)
    if not settings.endpoint:
        raise ConfigError("who is to judge?", hint="--model FILE.gguf, or --endpoint ADDRESS")
    from routeaudit.answer.endpoint import Endpoint
    from routeaudit.answer.endpoint_judge import EndpointJudge

    return nullcontext(
        EndpointJudge(Endpoint.of(settings, os.environ), at_once=settings.at_once)
    )
