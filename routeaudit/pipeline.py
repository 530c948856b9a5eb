"""The whole program, in the order it happens."""

import hashlib
import logging
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import polars as pl

import routeaudit
from routeaudit.catalog.price_settings import PriceSettings
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.catalog.published import price_table_version
from routeaudit.classify import Classifier, classify, load_classifier
from routeaudit.classify.settings import ClassifySettings
from routeaudit.estimate.audit import audit
from routeaudit.estimate.traffic import Piles, traffic
from routeaudit.ingest import Batch, ingest
from routeaudit.ingest.settings import IngestSettings
from routeaudit.result import SCHEMA_VERSION, AuditResult, Provenance, to_json
from routeaudit.workspace import Scan, Workspace

log = logging.getLogger(__name__)
LIBRARIES = ("duckdb", "polars", "numpy", "genai-prices", "scikit-learn")


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
    seed: int = 0
    command: str = "routeaudit scan"


class Scanned(NamedTuple):
    """A finished scan and its result."""

    scan: Scan
    result: AuditResult


def scan(
    request: ScanRequest,
    workspace: Workspace,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Scanned:
    """Read logs, price and classify each call, and sum them up.

    Batch by batch: nothing holds the whole log in memory, and no text is written.

    Raises:
        InputError: nothing can be read, or nothing in it is a call.
    """
    classifier = load_classifier(request.classify)
    book = PriceBook(request.prices)
    saved, piles = workspace.new_scan(), Piles()
    try:
        for number, batch in enumerate(ingest(request.sources, request.ingest)):
            calls = priced_calls(batch, classifier, book)
            piles.add(batch.records, batch.rejects, batch.merged)
            saved.write_part(number, calls)
            saved.add_rejects(batch.rejects)
            watch(Progress(piles.units, piles.records, piles.rejected.total()))
        result = summarise(saved, piles, request, classifier.fingerprint)
        saved.result_file.write_bytes(to_json(result))
    except BaseException:
        workspace.discard(saved)
        raise
    finished = workspace.finish(saved)
    log.info("scanned %d calls into %s", piles.records, finished.folder)
    return Scanned(finished, result)


def priced_calls(batch: Batch, classifier: Classifier, book: PriceBook) -> pl.DataFrame:
    """Take one batch through the first stages; its rows stay where they are."""
    return with_cost(classify(batch.records, classifier), book)


def summarise(saved: Scan, piles: Piles, request: ScanRequest, fingerprint: str) -> AuditResult:
    """Make the result of a scan from its saved calls."""
    calls = saved.records()
    return AuditResult(
        schema_version=SCHEMA_VERSION,
        provenance=provenance(request, fingerprint),
        traffic=traffic(calls, piles, max_unpriced=request.prices.max_unpriced),
        audit=audit(calls, calls_per_month=request.calls_per_month, seed=request.seed),
    )


def provenance(request: ScanRequest, fingerprint: str) -> Provenance:
    """Say what it takes to get the same result again."""
    return Provenance(
        routeaudit=routeaudit.__version__,
        created=created(),
        command=request.command,
        seed=request.seed,
        classifier=fingerprint,
        prices=price_table_version(),
        inputs=dict(digests(request.sources)),
        versions={"python": platform.python_version()} | {n: version(n) for n in LIBRARIES},
    )


def created() -> str:
    """Give the time of this run, or `SOURCE_DATE_EPOCH` where builds must repeat."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.replace(microsecond=0).isoformat()


def digests(sources: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the SHA-256 of each file that was named; folders and streams are left out."""
    for source in sources:
        path = Path(source)
        if path.is_file():
            with path.open("rb") as file:
                yield source, hashlib.file_digest(file, "sha256").hexdigest()
