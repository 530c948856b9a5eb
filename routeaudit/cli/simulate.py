"""`routeaudit simulate`: the same traffic, replayed through routing policies."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.classify.settings import ClassifySettings
from routeaudit.cli.completion import policies
from routeaudit.cli.console import Talk
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.poor import refuse_bad_lines, refuse_the_poor, refuse_unpriced_arms
from routeaudit.cli.report import wrote
from routeaudit.errors import ConfigError
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.ingest.settings import IngestSettings
from routeaudit.options import flag_of
from routeaudit.privacy import Privacy

if TYPE_CHECKING:
    from routeaudit.pipeline import SimulationRequest
    from routeaudit.result import AuditResult

KINDS: dict[str, type] = {
    "simulate": SimulationSettings, "classify": ClassifySettings, "ingest": IngestSettings,
}  # fmt: skip
ALL = ("binary", "three-tier", "confidence")


@options(**KINDS, privacy=Privacy, talk=Talk, place=Place)
def simulate(
    source: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCAN|LOGS...|OUTCOMES]",
            help="a scan's folder, logs, or an outcome table \\[default: the latest scan]",
        ),
    ] = None,
    *,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            "-p",
            autocompletion=policies,
            help="binary, three-tier, confidence, another policy, a .toml file, or all (these "
            "three); may be repeated \\[default: all]",
        ),
    ] = None,
    calibrate_on: Annotated[
        Path | None,
        typer.Option(
            help="outcome tables: take the thresholds of --share from this other table"
        ),
    ] = None,
    assume_price: Annotated[
        str | None,
        typer.Option(help="price of unknown models: INPUT,OUTPUT USD per million tokens"),
    ] = None,
    reports: Annotated[
        Path | None,
        typer.Option(
            "--reports", "-o", help="write the reports here \\[default: reports, unless --json]"
        ),
    ] = None,
    given: Given,
) -> None:
    """Replay the traffic through routing policies: cost, latency, failures."""
    from routeaudit import pipeline
    from routeaudit.cli.heap import look_for_cycles_seldom, share_one_heap
    from routeaudit.cli.progress import counting
    from routeaudit.cli.turns import let_charts_go_first
    from routeaudit.report import make_ready

    share_one_heap()
    look_for_cycles_seldom()
    talk, place = Talk(**given["talk"]), Place(**given["place"])
    given["prices"] = {"assume_price": assume_price} if assume_price else {}
    given["calibration"] = {"calibrate_on": calibrate_on} if calibrate_on else {}
    request = replace(
        request_of(tuple(source or ()), _names(policy or []), given, place),
        calibration=calibrate_on,
    )
    logs_named = bool(source) and not _is_ready(source)
    _refuse_unread(given, logs_named=logs_named, table_named=_is_table(source))
    wanted = reports if reports is not None or talk.json else Path("reports")
    if wanted is not None:
        make_ready()
    with counting(talk, "scanning") as watch:
        done = pipeline.simulate(request, place.open_workspace(), watch.scan)
    if wanted is not None:
        let_charts_go_first()
    _show(talk, done.result, sweep=request.settings.sweep)
    if wanted is not None:
        wrote(talk, pipeline.write_simulation(done, wanted))
    if done.routes is not None:
        done.routes.result()
    if logs_named and done.scan is not None and done.result.traffic is not None:
        refuse_the_poor(done.result.traffic, request.scan, done.scan.rejects_file)
    refuse_bad_lines(*done.unread, request.scan.ingest.max_bad_rows)
    refuse_unpriced_arms(done.result.simulation)


def _show(talk: Talk, result: "AuditResult", *, sweep: bool) -> None:
    from routeaudit.cli.simulation_view import show_simulation
    from routeaudit.cli.sweep_view import show_best_points
    from routeaudit.result import to_json

    if talk.json:
        sys.stdout.buffer.write(to_json(result))
        return
    show_simulation(talk, result)
    if sweep and result.simulation is not None:
        show_best_points(talk, result.simulation)


def request_of(
    source: tuple[str, ...], policies: tuple[str, ...], given: Given, place: Place
) -> "SimulationRequest":
    """Make the request from what was typed and what the configuration says."""
    from routeaudit import pipeline

    config = place.load_config()
    return pipeline.SimulationRequest(
        source=source,
        policies=policies,
        params=config.table("policy"),
        arms=config.table("arms"),
        settings=config.settings("simulate", SimulationSettings, given["simulate"]),
        scan=pipeline.ScanRequest(
            sources=(),
            ingest=config.settings("ingest", IngestSettings, given["ingest"]),
            prices=config.settings("prices", PriceSettings, given.get("prices")),
            classify=config.settings("classify", ClassifySettings, given["classify"]),
            privacy=Privacy(**given.get("privacy", {})),
            command=" ".join(["routeaudit", *sys.argv[1:]]),
        ),
    )


def _names(asked: list[str]) -> tuple[str, ...]:
    names = [name for text in asked or ["all"] for name in text.split(",") if name]
    listed = [each for name in names for each in (ALL if name == "all" else (name,))]
    return tuple(dict.fromkeys(listed))


def _is_ready(source: list[str] | None) -> bool:
    """Say whether the traffic was read before: a scan, or an outcome table."""
    from routeaudit.workspace import open_scan

    paths = [Path(name) for name in source or ()]
    return _is_table(source) or any(open_scan(path) for path in paths)


def _is_table(source: list[str] | None) -> bool:
    from routeaudit.estimate.outcomes import is_outcome_table

    return source is not None and len(source) == 1 and is_outcome_table(Path(source[0]))


LOGS_ONLY = ("retry_rate", "context", "host_view", "latency_target_s", "assume_price")
TABLES_ONLY = ("drop", "signal_means", "calibrate_on")


def _refuse_unread(given: Given, *, logs_named: bool, table_named: bool) -> None:
    """Refuse options that nothing would read: a saved scan is not read or classified again."""
    reads = {"seed", "max_bad_rows"} if table_named else {"seed"}
    unread = {} if logs_named else {k: v for k, v in given["ingest"].items() if k not in reads}
    if not logs_named and not table_named:
        unread |= given["classify"]
    if table_named and given["privacy"]:
        flag = _flag(given["privacy"])
        raise ConfigError(f"{flag} does nothing on an outcome table: no report shows its words")
    if unread and not table_named:
        raise ConfigError(
            f"{_flag(unread)} does nothing on a saved scan",
            hint=f"scan again: routeaudit scan {_flag(unread)} ...",
        )
    asked = given["simulate"] | given["prices"] | given["calibration"]
    other = LOGS_ONLY if table_named else TABLES_ONLY
    unread |= {name: asked[name] for name in other if asked.get(name) is not None}
    if unread:
        here, there = "an outcome table", "logs"
        if not table_named:
            here, there = there, "outcome tables"
        raise ConfigError(f"{_flag(unread)} does nothing on {here}: it is for {there}")


def _flag(given: Mapping[str, object]) -> str:
    return flag_of(next(iter(given)))
