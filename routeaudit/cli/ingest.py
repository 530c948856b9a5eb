"""`routeaudit ingest`: any log format in, normalised records out."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routeaudit.cli.console import Talk, file_or_stdout
from routeaudit.cli.mapping import say_mapped
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.errors import PoorInputError
from routeaudit.ingest.settings import AsLogged, IngestSettings

if TYPE_CHECKING:
    from routeaudit.estimate.traffic import Piles
    from routeaudit.frames import Records

KINDS: dict[str, type] = {"ingest": AsLogged}
SHOWN = 10


@options(**KINDS, talk=Talk, place=Place)
def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="files, folders, globs, or - for stdin"),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            callback=file_or_stdout,
            help="a .parquet or .jsonl file \\[default: JSON lines on stdout]",
        ),
    ] = None,
    include_text: Annotated[
        bool, typer.Option("--include-text", help="write prompts and answers as well")
    ] = False,
    given: Given,
) -> None:
    """Turn logs of any format into normalised records, and nothing else."""
    from routeaudit.estimate.traffic import Piles
    from routeaudit.frames import TEXT_COLUMNS
    from routeaudit.ingest import whole_percent
    from routeaudit.ingest.write import fields, write_jsonl, write_records

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    settings = place.load_config().settings("ingest", AsLogged, given["ingest"])
    say_mapped(talk, settings)
    piles, texts = Piles(), TEXT_COLUMNS if include_text else ()
    batches: Iterator[Records] = _counted(sources, settings, piles)
    if out is not None:
        write_records(batches, out, texts)
        talk.say(f"wrote {out}")
    else:
        write_jsonl((fields(batch, texts) for batch in batches), sys.stdout.buffer)
    _tell(talk, piles)
    bad = piles.rejected.total()
    if bad > settings.max_bad_rows * piles.units:
        raise PoorInputError(
            f"{bad} of {piles.units} units could not be read, more than {settings.max_bad_rows:.1%}",
            hint=f"allow it: --max-bad-rows {whole_percent(bad, piles.units)}",
        )


def _counted(
    sources: list[str], settings: IngestSettings, piles: "Piles"
) -> Iterator["Records"]:
    from routeaudit.ingest import ingest as read_logs

    for batch in read_logs(sources, settings):
        piles.add(batch.records, batch.rejects, batch.merged, batch.notes)
        yield batch.records


def _tell(talk: Talk, piles: "Piles") -> None:
    talk.say(
        f"{piles.units:,} units read: {piles.records:,} records, "
        f"{piles.merged.total():,} merged, {piles.rejected.total():,} rejected"
    )
    told = ("merged", piles.merged), ("rejected", piles.rejected), ("left out", piles.left_out)
    for kind, counts in told:
        by_count = sorted(counts.items(), key=lambda told: (-told[1], told[0]))
        for reason, n in by_count[:SHOWN]:
            talk.say(f"  {n:,} {kind}: {reason}")
