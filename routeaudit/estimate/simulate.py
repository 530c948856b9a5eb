"""Replay traffic through policies and set the honesty rows beside them."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec
import polars as pl

from routeaudit.catalog.arms import Arms
from routeaudit.catalog.prices import PriceBook
from routeaudit.comparison import Asked, Entered, Entry
from routeaudit.estimate.assess import assess
from routeaudit.estimate.at_share import rows_at_share
from routeaudit.estimate.best import as_logged_entry, best_single_entry
from routeaudit.estimate.ground import Ground
from routeaudit.estimate.headline import headline
from routeaudit.estimate.hosting import Sized, queue_rows, size_arms, with_gpus
from routeaudit.estimate.log_ground import log_ground
from routeaudit.estimate.oracle import oracle_entry
from routeaudit.estimate.outcomes import OutcomeTable
from routeaudit.estimate.own_gpu import own_gpu
from routeaudit.estimate.promise import Enter, PolicyT, enter_all
from routeaudit.estimate.routes import Replayed, replayed, routes, written_beside
from routeaudit.estimate.sensitivity import tornado
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.estimate.settle import Ledger, Settled, kept_of, scores_of, settle
from routeaudit.estimate.sticky import sticky_entry
from routeaudit.estimate.sweeps import paths_tried, sweeps_of
from routeaudit.estimate.table_ground import table_ground
from routeaudit.result import ArmUsed, PolicyResult, Simulation, Sweep

Row = tuple[Entry, Settled, PolicyResult]
Gpus = Mapping[str, Sized]  # by arm
AT_ONCE = 2
"""Policies that are worked out at the same time: numpy and Polars leave Python's lock to others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A simulation, and what the routes of its policies are made of."""

    simulation: Simulation
    replayed: Replayed

    def routes(self) -> pl.DataFrame:
        """Lay out every request's path under every policy; see `routes.routes`."""
        return routes(self.replayed).collect()

    def save_routes(self, path: Path) -> Future[Path]:
        """Write them to a Parquet file, in a thread of its own, a piece at a time."""
        return written_beside(lambda: routes(self.replayed), path)


def simulate_logs(  # noqa: PLR0913 each by its name
    classified: pl.DataFrame | pl.LazyFrame,
    settings: SimulationSettings,
    *,
    book: PriceBook,
    arms: Arms,
    policies: Sequence[PolicyT],
    enter: Enter[PolicyT],
    seen: Collection[str] | None = None,
) -> Replay:
    """Replay classified calls.

    Args:
        classified: (n,) RECORD_COLUMNS and VERDICT_COLUMNS, text or not.
        settings: how to replay them.
        book: where prices come from.
        arms: which models could have answered.
        policies: whom to compare.
        enter: gives policies their paths: `routeaudit.route.enter`.
        seen: the columns that the policies look at; None: not known.

    Raises:
        ConfigError: a policy or a threshold does not fit.
        PoorInputError: no call can be routed.
    """
    laid = log_ground(classified, settings, book, arms, seen)
    entered = enter_all(laid.ground, policies, laid.asked, settings, enter)
    return replay(laid.ground, entered, settings, laid.asked)


def simulate_outcomes(
    table: OutcomeTable,
    settings: SimulationSettings,
    *,
    policies: Sequence[PolicyT],
    enter: Enter[PolicyT],
    calibration: OutcomeTable | None = None,
) -> Replay:
    """Replay an outcome table.

    Args:
        table: what each model made of the same queries.
        settings: how to replay it.
        policies: whom to compare.
        enter: gives policies their paths: `routeaudit.route.enter`.
        calibration: other outcomes to take the quantiles of a share from.

    Raises:
        ConfigError: an arm, a signal, a policy or a threshold does not fit the table.
        InputError: no row is left.
    """
    laid = table_ground(table, settings, calibration)
    entered = enter_all(laid.ground, policies, laid.asked, settings, enter)
    return replay(laid.ground, entered, settings, laid.asked)


def replay(
    ground: Ground, entered: Entered, settings: SimulationSettings, asked: Asked
) -> Replay:
    """Compare entries on any ground."""
    ledger = Ledger(ground)
    entries = _all_entries(ground, entered)
    for kind in dict.fromkeys(kind for entry in entries for kind in entry.kinds):
        ledger.line(kind)
    ground.extras.hold(_hops(entries))
    # Sweeps take the most memory, so they come before the outcomes that are held to the end.
    sweeps = _sweeps(ledger, entries, settings, asked)
    rows, sized = _settle_all(ledger, entries, settings)
    results = tuple(result for _, _, result in rows)
    first = next((row for row in rows if row[0].role == "policy"), None)
    simulation = Simulation(
        headline=headline(ground, rows),
        kind=ground.kind,
        baseline=ground.baseline_name,
        n=ground.n,
        arms=_arms_used(ground),
        policies=_with_curves(results, sweeps),
        sweeps=sweeps,
        sensitivity=() if first is None else tornado(ground, *first),
        opportunities=ground.opportunities,
        queues=queue_rows(list(sized.values())),
        own_gpu=None if first is None else own_gpu(ground, *first[1:]),
        at_share=rows_at_share(results, settings),
        calls_per_month=ground.calls_per_month,
        warnings=ground.warnings + entered.warnings + _told(ground, rows, asked),
    )
    settled = ((entry, came) for entry, came, _ in rows)
    return Replay(simulation=simulation, replayed=replayed(ground, settled, asked))


def _told(ground: Ground, rows: Sequence[Row], asked: Asked) -> tuple[str, ...]:
    """Say what policies rest on, where some policy does."""
    told = []
    if any(entry.reads_classifier for entry, _, _ in rows) and ground.classifier_told:
        told.append(ground.classifier_told)
    escalates = any(
        entry.score == "confidence" or ">" in kind
        for entry, _, _ in rows
        for kind in entry.kinds
    )
    if escalates and ground.confidence_told:
        told.append(ground.confidence_told)
    if asked.kept is not None and all(entry.score != "confidence" for entry, _, _ in rows):
        told.append("--escalate set nothing: no policy here escalates by one threshold")
    return tuple(told)


def _all_entries(ground: Ground, entered: Entered) -> list[Entry]:
    """Set beside each policy its sticky variant, and at the end what sees outcomes."""
    entries: list[Entry] = []
    for entry in entered.entries:
        beside = sticky_entry(ground, entry)
        entries += [entry] if beside is None else [entry, beside]
    last = (as_logged_entry(ground, entries), best_single_entry(ground), oracle_entry(ground))
    return entries + [entry for entry in last if entry is not None]


def _settle_all(
    ledger: Ledger, entries: Sequence[Entry], settings: SimulationSettings
) -> tuple[list[Row], dict[str, Gpus]]:
    sized: dict[str, Gpus] = {}
    # The rows beside a policy get its GPUs, so where there are some they take turns.
    with ThreadPoolExecutor(1 if ledger.ground.hosts else AT_ONCE) as pool:
        rows = list(pool.map(lambda entry: _row(ledger, entry, settings, sized), entries))
        # Arrays of policies that wait for the other rows would add to what those take.
        return list(pool.map(lambda row: _with_arrays(ledger, *row), rows)), sized


def _hops(entries: Sequence[Entry]) -> set[tuple[str, str]]:
    """List the hops that entries take, and those that their sweeps try."""
    kinds = {kind for entry in entries for kind in entry.kinds}
    kinds |= {path for entry in entries for path in paths_tried(entry)}
    return {hop for kind in kinds for hop in pairwise(kind.split(">"))}


def _row(
    ledger: Ledger, entry: Entry, settings: SimulationSettings, sized: dict[str, Gpus]
) -> tuple[Row, Gpus]:
    """Settle and assess a row; with the GPUs that it pays by the month."""
    ground, came = ledger.ground, settle(ledger, entry)
    if ground.hosts and entry.role == "policy":
        sized[entry.policy] = size_arms(ground, entry, came, settings)
    gpus = _gpus_paid(entry, settings, sized)
    came = with_gpus(ground, entry, came, gpus)
    result = assess(ground, entry, came, settings)
    return (entry, scores_of(ground, entry, came), result), gpus


def _with_arrays(ledger: Ledger, row: Row, gpus: Gpus) -> Row:
    """Settle a policy once more: its arrays are read again when all rows are assessed."""
    entry, _, result = row
    if entry.role != "policy":
        return row
    came = with_gpus(ledger.ground, entry, settle(ledger, entry), gpus)
    return entry, kept_of(came), result


def _gpus_paid(entry: Entry, settings: SimulationSettings, sized: dict[str, Gpus]) -> Gpus:
    """Give the GPUs of a row, those of the policy that it stands beside; none paid by the second."""
    if settings.host_view != "provisioned":
        return {}
    beside = str(entry.params.get("beside") or entry.policy)
    return sized.get(beside) or next(iter(sized.values()), {})


def _sweeps(
    ledger: Ledger, entries: Sequence[Entry], settings: SimulationSettings, asked: Asked
) -> tuple[Sweep, ...]:
    policies = (entry for entry in entries if entry.role == "policy")

    def swept(entry: Entry) -> tuple[Sweep, ...]:
        return sweeps_of(ledger, entry, settings, asked)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(sweep for found in pool.map(swept, policies) for sweep in found)


def _with_curves(
    results: Sequence[PolicyResult], sweeps: Sequence[Sweep]
) -> tuple[PolicyResult, ...]:
    """Give each policy its curve; two of one name have theirs in the order they stand in."""
    left, found = list(sweeps), []
    for result in results:
        mine = next((s for s in left if s.policy == result.policy), None)
        if result.role == "policy" and mine is not None:
            left.remove(mine)
            found.append(msgspec.structs.replace(result, sweep=mine))
        else:
            found.append(result)
    return tuple(found)


def _arms_used(ground: Ground) -> tuple[ArmUsed, ...]:
    return tuple(
        ArmUsed(
            arm=arm,
            llm_id=column.llm_id,
            price=column.price,
            latency_evidence=column.latency_evidence,
            quality_evidence=column.quality_evidence,
            note=column.note,
            provider=column.provider,
        )
        for arm, column in ground.arms.items()
    )
