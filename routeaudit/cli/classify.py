"""`routeaudit classify`: verdicts for texts, one JSON object a line in and out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, cast

import typer

from routeaudit.classify.settings import ClassifySettings
from routeaudit.cli.console import Talk, file_or_stdout
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.errors import ConfigError, InputError, PoorInputError

if TYPE_CHECKING:
    from routeaudit.classify import Classifier
    from routeaudit.classify.lines import Reasons

SHOWN = 5
DIGITS = 4  # of a reason's weight; weights are stored in eight bits
KINDS: dict[str, type] = {"classify": ClassifySettings}


@options(**KINDS, talk=Talk, place=Place)
def classify(
    source: Annotated[
        str, typer.Argument(metavar="[FILE]", help='lines of {"id", "text"}; - is stdin')
    ] = "-",
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", callback=file_or_stdout, help="write here instead of to stdout"
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="say which parts of each text spoke for what")
    ] = False,
    given: Given,
) -> None:
    """Classify texts: task, tier, p_simple, and how unlike anything seen they are."""
    from routeaudit.classify.lines import classify_lines
    from routeaudit.classify.making import make_classifier

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    settings = place.load_config().settings("classify", ClassifySettings, given["classify"])
    if "gguf_budget" in given["classify"]:
        raise ConfigError(
            "--gguf-budget reads its texts twice, which `classify` does not",
            hint="use it with `routeaudit scan`",
        )
    bad: list[tuple[int, str]] = []
    with (
        opened(source, "rb", sys.stdin.buffer) as lines,
        opened(out, "wb", sys.stdout.buffer) as to,
    ):
        classifier = make_classifier(settings)
        reasons = _reasons(classifier) if explain else None
        for piece in classify_lines(lines, classifier, settings, reasons):
            to.write(piece.rows)
            bad += piece.rejects
    for number, reason in bad[:SHOWN]:
        talk.say(f"line {number} was left out: {reason}")
    if out:
        talk.say(f"wrote {out}")
    if bad:
        raise PoorInputError(
            f"{len(bad)} lines were left out",
            hint='each line must be {"id": ..., "text": "..."}',
        )


def _reasons(classifier: "Classifier") -> "Reasons":
    from routeaudit.classify.classifiers.embedded import Embedded
    from routeaudit.classify.explain import explain

    if not isinstance(classifier, Embedded):
        raise ConfigError("--explain works with the embedded classifier only")
    judge = classifier
    return lambda text: [
        {
            **reason._asdict(),
            "for_task": round(reason.for_task, DIGITS),
            "for_simple": round(reason.for_simple, DIGITS),
        }
        for reason in explain(text, judge).reasons
    ]


@contextmanager
def opened(name: str | Path | None, mode: str, stream: BinaryIO) -> Iterator[BinaryIO]:
    """Open a file, or hand over the stream for `-` and None; a stream stays open."""
    if name in (None, "-"):
        yield stream
        return
    try:
        with Path(str(name)).open(mode) as file:
            yield cast("BinaryIO", file)
    except OSError as error:
        raise InputError(f"cannot open {name}: {error.strerror}") from error
