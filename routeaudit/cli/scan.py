"""`routeaudit scan`: audit the traffic."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.classify.settings import ClassifySettings
from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.errors import PoorInputError
from routeaudit.ingest.settings import IngestSettings

if TYPE_CHECKING:
    from routeaudit.pipeline import ScanRequest
    from routeaudit.result import Traffic

KINDS: dict[str, type] = {
    "ingest": IngestSettings, "prices": PriceSettings, "classify": ClassifySettings,
}  # fmt: skip


@options(**KINDS, talk=Talk, place=Place)
def scan(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="files, folders, globs, or - for stdin"),
    ],
    *,
    calls_per_month: Annotated[
        float | None,
        typer.Option(min=0, help="project to this volume instead of the observed one"),
    ] = None,
    given: Given,
) -> None:
    """Audit the traffic: who spends what on which kind of work, and how much is simple."""
    from routeaudit import pipeline
    from routeaudit.cli.progress import counting
    from routeaudit.cli.scan_view import show_scan
    from routeaudit.result import to_json

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    config = place.load_config(KINDS)
    request = pipeline.ScanRequest(
        sources=sources,
        ingest=config.settings("ingest", IngestSettings, given["ingest"]),
        prices=config.settings("prices", PriceSettings, given["prices"]),
        classify=config.settings("classify", ClassifySettings, given["classify"]),
        calls_per_month=calls_per_month,
        command=" ".join(["routeaudit", *sys.argv[1:]]),
    )
    with counting(talk, "scanning") as watch:
        done = pipeline.scan(request, place.open_workspace(), watch.scan, watch.reading)
    if talk.json:
        sys.stdout.buffer.write(to_json(done.result))
    else:
        show_scan(talk, done.result)
    talk.say(f"scan saved: {done.scan.folder}")
    if done.result.traffic is not None:
        _refuse_the_poor(done.result.traffic, request, str(done.scan.rejects_file))


def _refuse_the_poor(traffic: "Traffic", request: "ScanRequest", rejects: str) -> None:
    bad, limit = sum(traffic.rejected.values()), request.ingest.max_bad_rows
    if bad > limit * traffic.units:
        raise PoorInputError(
            f"{bad} of {traffic.units} units could not be read, more than {limit:.1%}",
            hint=f"see {rejects}, or allow it: --max-bad-rows {bad / traffic.units:.0%}",
        )
    if traffic.unpriced_share > request.prices.max_unpriced:
        raise PoorInputError(
            f"{traffic.unpriced_share:.1%} of the calls have no price "
            f"(more than {request.prices.max_unpriced:.1%})",
            hint="add [[prices.own]] to routeaudit.toml, or --assume-price INPUT,OUTPUT",
        )
