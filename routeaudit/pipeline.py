"""The whole program, in the order it happens."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple  # Any: a TOML table

import msgspec
import polars as pl

from routeaudit.answer.replayed import with_answers, with_who
from routeaudit.catalog.arms import Arms, arms_from
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.classify import Classifier, classify, classify_texts
from routeaudit.classify.gguf_asking import quiet
from routeaudit.classify.making import Watch, digests, make_classifier
from routeaudit.classify.settings import ClassifySettings
from routeaudit.estimate.audit import audit
from routeaudit.estimate.example_queries import ExampleQueries
from routeaudit.estimate.log_columns import narrowed
from routeaudit.estimate.outcomes import OutcomeTable, is_outcome_table, read_outcomes
from routeaudit.estimate.routes import copied_beside
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.simulate import Replay, simulate_logs, simulate_outcomes
from routeaudit.estimate.traffic import GapsSeen, Piles, traffic
from routeaudit.ingest import hygiene, ingest
from routeaudit.ingest.flow import Batch
from routeaudit.ingest.memory import give_back_freed_memory
from routeaudit.ingest.settings import IngestSettings
from routeaudit.judging import ready_classifier
from routeaudit.privacy import Privacy
from routeaudit.provenance import price_digest, provenance, without_secrets
from routeaudit.report import write_reports
from routeaudit.result import SCHEMA_VERSION, AuditResult, read, to_json
from routeaudit.route import Titled, columns_read, enter, load_policies
from routeaudit.workspace import Scan, Workspace, open_scan

log = logging.getLogger(__name__)


class Progress(NamedTuple):
    """How far a scan has come."""

    units: int
    records: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What a scan needs to know."""

    sources: Sequence[str]
    ingest: IngestSettings = field(default_factory=IngestSettings)
    prices: PriceSettings = field(default_factory=PriceSettings)
    classify: ClassifySettings = field(default_factory=ClassifySettings)
    calls_per_month: float | None = None
    privacy: Privacy = field(default_factory=Privacy)
    command: str = "routeaudit scan"


class Scanned(NamedTuple):
    """A finished scan and its result."""

    scan: Scan
    result: AuditResult


def scan(
    request: ScanRequest,
    workspace: Workspace,
    watch: Callable[[Progress], None] = lambda _: None,
    reading: Watch = quiet,
) -> Scanned:
    """Read logs, price and classify each call, and sum them up.

    Batch by batch: nothing holds the whole log in memory, and no text is written unless asked.

    Raises:
        InputError: nothing can be read, or nothing in it is a call.
    """
    classifier, share = ready_classifier(
        request.sources, request.ingest, request.classify, workspace.verdict_cache(), reading
    )
    book = PriceBook(request.prices)
    saved, piles = workspace.new_scan(), Piles()
    examples = ExampleQueries(seed=request.ingest.seed, asked=request.privacy.include_text)
    try:
        for number, batch in enumerate(ingest(request.sources, request.ingest)):
            calls = priced_calls(batch, classifier, request, book)
            piles.add(batch.records, batch.rejects, batch.merged, batch.notes)
            saved.write_part(number, calls)
            examples.add(calls)
            saved.add_rejects(batch.rejects)
            watch(Progress(piles.units, piles.records, piles.rejected.total()))
        if not piles.records:
            found = (piles.left_out, piles.rejected, piles.merged)
            reasons = [told for pile in found for told in pile.most_common(3)]
            workspace.refuse(saved, reasons)
        give_back_freed_memory()
        told = summarise(saved, piles, request, classifier.fingerprint)
        result = examples.given_to(told)
        if share is not None and result.audit is not None:
            replaced = msgspec.structs.replace(result.audit, simple_calls_share=share)
            result = msgspec.structs.replace(result, audit=replaced)
        saved.result_file.write_bytes(to_json(result))
    except BaseException:
        workspace.discard(saved)
        raise
    finished = workspace.finish(saved)
    log.info("scanned %d calls into %s", piles.records, finished.folder)
    return Scanned(finished, result)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationRequest:
    """What a simulation needs to know.

    Attributes:
        source: a scan folder, logs, or one outcome table; empty: the latest scan.
        policies: names, or TOML files.
        params: fields of a policy, by its name.
        arms: `[arms.*]` of the configuration.
        calibration: other outcomes to take the quantiles of a share from.
        scan: how logs are scanned when they are named instead of a scan.
    """

    source: Sequence[str] = ()
    policies: Sequence[str] = ("binary", "three-tier", "confidence")
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    arms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calibration: Path | None = None
    settings: SimulationSettings = field(default_factory=SimulationSettings)
    scan: ScanRequest


class Simulated(NamedTuple):
    """A finished simulation; `scan` is None where an outcome table was replayed.

    `routes` is the file beside the scan; it is still being written while charts are drawn.
    `unread` counts the lines of a table that are no outcome, and all of its lines.
    """

    result: AuditResult
    replay: Replay
    scan: Scan | None
    routes: Future[Path] | None = None
    unread: tuple[int, int] = (0, 0)


def simulate(
    request: SimulationRequest,
    workspace: Workspace,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Simulated:
    """Replay traffic as `replayed` does, and keep it beside its scan as the last simulation."""
    done = replayed(request, workspace, watch)
    if done.scan is None:
        return done
    done.scan.simulation_file.write_bytes(to_json(done.result))
    return done._replace(routes=done.replay.save_routes(done.scan.routes_file))


def replayed(
    request: SimulationRequest,
    workspace: Workspace,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Simulated:
    """Replay a scan, logs or an outcome table through policies; nothing is kept.

    Raises:
        InputError: there is nothing to replay.
        ConfigError: a policy, an arm or a threshold does not fit.
    """
    table = len(request.source) == 1 and is_outcome_table(Path(request.source[0]))
    named = {"cascade": request.settings.cascade()} if table else {}
    policies = load_policies(request.policies, {**named, **request.params})
    if table:
        return _replay_outcomes(request, policies)
    return _replay_logs(request, policies, find_scan(request, workspace, watch))


def find_scan(
    request: SimulationRequest, workspace: Workspace, watch: Callable[[Progress], None]
) -> Scan:
    """Give the scan that was named or the latest one; scan what is named but is no scan."""
    if not request.source:
        return workspace.latest()
    found = open_scan(Path(request.source[0])) if len(request.source) == 1 else None
    if found is not None:
        return found
    logs = replace(request.scan, sources=request.source)
    return scan(logs, workspace, watch).scan


def _replay_logs(
    request: SimulationRequest, policies: Sequence[Titled], saved: Scan
) -> Simulated:
    seen = columns_read([one.policy for one in policies])
    replay = simulate_logs(
        with_answers(narrowed(saved.records(), seen), saved.answers_folder),
        request.settings,
        book=PriceBook(request.scan.prices),
        arms=arms_from(request.arms, Arms()),
        policies=policies,
        enter=enter,
        seen=seen,
    )
    scanned = request.scan.privacy.of_saved(read(saved.result_file))
    command = without_secrets(request.scan.command)
    result = AuditResult(
        schema_version=SCHEMA_VERSION,
        provenance=msgspec.structs.replace(scanned.provenance, command=command),
        traffic=scanned.traffic,
        audit=scanned.audit,
        simulation=with_who(replay.simulation, saved.answers_folder),
        examples=scanned.examples,
    )
    return Simulated(result, replay, saved)


def _replay_outcomes(request: SimulationRequest, policies: Sequence[Titled]) -> Simulated:
    classifier = make_classifier(request.scan.classify)

    def table(path: Path) -> OutcomeTable:
        found = read_outcomes(path)
        verdicts = classify_texts(found.prompts, classifier, request.scan.classify)
        return found.with_verdicts(verdicts)

    tested = table(Path(request.source[0]))
    unread = sum(tested.rejected.values())
    replay = simulate_outcomes(
        tested,
        request.settings,
        policies=policies,
        enter=enter,
        calibration=table(request.calibration) if request.calibration else None,
    )
    result = AuditResult(
        schema_version=SCHEMA_VERSION,
        provenance=provenance(
            request.scan.command,
            seed=request.settings.seed,
            fingerprint=classifier.fingerprint,
            sources=request.source,
            made_with=digests(request.scan.classify),
        ),
        simulation=replay.simulation,
    )
    return Simulated(result, replay, None, unread=(unread, tested.n + unread))


def priced_calls(
    batch: Batch, classifier: Classifier, request: ScanRequest, book: PriceBook
) -> pl.DataFrame:
    """Take one batch through the first stages; its rows stay where they are."""
    calls = with_cost(classify(batch.records, classifier, request.classify), book)
    return request.privacy.of_calls(calls)


def summarise(saved: Scan, piles: Piles, request: ScanRequest, fingerprint: str) -> AuditResult:
    """Make the result of a scan from its saved calls."""
    calls, seed = saved.records(), request.ingest.seed
    audited = audit(
        calls, calls_per_month=request.calls_per_month, seed=seed, sampled=piles.sampled,
        users=request.privacy.users,
    )  # fmt: skip
    return AuditResult(
        schema_version=SCHEMA_VERSION,
        provenance=provenance(
            request.command,
            seed=seed,
            fingerprint=fingerprint,
            sources=[*piles.by_file],
            made_with=digests(request.classify) | {"prices": price_digest(audited.prices)},
        ),
        traffic=traffic(
            calls,
            piles,
            max_unpriced=request.prices.max_unpriced,
            checks=hygiene.checks(),
            gaps=GapsSeen(*hygiene.gaps(calls.select("ts").collect()["ts"])),
        ),
        audit=audited,
    )


def write_simulation(done: Simulated, folder: Path) -> list[Path]:
    """Write every report of a simulation, and the route of each request.

    Raises:
        InputError: the folder cannot be written to.
    """
    path = folder / "routes.parquet"
    routes = done.routes
    copying = done.replay.save_routes(path) if routes is None else copied_beside(routes, path)
    return [*write_reports(done.result, folder), copying.result()]
