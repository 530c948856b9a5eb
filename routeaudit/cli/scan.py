"""`routeaudit scan`: audit the traffic."""

import sys
from typing import Annotated

import typer

from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.classify.settings import ClassifySettings
from routeaudit.cli.console import Talk
from routeaudit.cli.mapping import say_mapped
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.poor import refuse_the_poor
from routeaudit.ingest.settings import IngestSettings
from routeaudit.privacy import Privacy

KINDS: dict[str, type] = {
    "ingest": IngestSettings, "prices": PriceSettings, "classify": ClassifySettings,
}  # fmt: skip


@options(**KINDS, privacy=Privacy, talk=Talk, place=Place)
def scan(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="files, folders, globs, or - for stdin"),
    ],
    *,
    calls_per_month: Annotated[
        float | None,
        typer.Option(min=1, help="project to this volume instead of the observed one"),
    ] = None,
    given: Given,
) -> None:
    """Audit the traffic: who spends what on which kind of work, and how much is simple."""
    from routeaudit import pipeline
    from routeaudit.cli.progress import counting
    from routeaudit.cli.scan_view import show_scan
    from routeaudit.result import to_json

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    config = place.load_config()
    request = pipeline.ScanRequest(
        sources=sources,
        ingest=config.settings("ingest", IngestSettings, given["ingest"]),
        prices=config.settings("prices", PriceSettings, given["prices"]),
        classify=config.settings("classify", ClassifySettings, given["classify"]),
        calls_per_month=calls_per_month,
        privacy=Privacy(**given["privacy"]),
        command=" ".join(["routeaudit", *sys.argv[1:]]),
    )
    say_mapped(talk, request.ingest)
    with counting(talk, "scanning") as watch:
        done = pipeline.scan(request, place.open_workspace(), watch.scan, watch.reading)
    if talk.json:
        sys.stdout.buffer.write(to_json(done.result))
    else:
        show_scan(talk, done.result)
    talk.say(f"scan saved: {done.scan.folder}")
    if done.result.traffic is not None:
        refuse_the_poor(done.result.traffic, request, done.scan.rejects_file)
