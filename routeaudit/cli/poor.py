"""Input that was read but is too poor: said once everything is written, with exit code 3."""

from pathlib import Path
from typing import TYPE_CHECKING

from routeaudit.errors import PoorInputError
from routeaudit.ingest import whole_percent

if TYPE_CHECKING:
    from routeaudit.pipeline import ScanRequest
    from routeaudit.result import Simulation, Traffic


def refuse_the_poor(traffic: "Traffic", request: "ScanRequest", rejects: Path) -> None:
    """Refuse a log with too many unreadable units or too many calls without a price.

    Raises:
        PoorInputError: says which, how many, and what to do.
    """
    bad, limit = sum(traffic.rejected.values()), request.ingest.max_bad_rows
    if bad > limit * traffic.units:
        raise PoorInputError(
            f"{bad} of {traffic.units} units could not be read, more than {limit:.1%}",
            hint=f"see {rejects}, or allow it: --max-bad-rows {whole_percent(bad, traffic.units)}",
        )
    if traffic.unpriced_share > request.prices.max_unpriced:
        raise PoorInputError(
            f"{traffic.unpriced_share:.1%} of the calls have no price "
            f"(more than {request.prices.max_unpriced:.1%})",
            hint="add [[prices.own]] to routeaudit.toml, or --assume-price INPUT,OUTPUT",
        )


def refuse_bad_lines(bad: int, lines: int, limit: float) -> None:
    """Refuse an outcome table of which too many lines are no outcome.

    Raises:
        PoorInputError: says how many, and what to do.
    """
    if bad > limit * lines:
        raise PoorInputError(
            f"{bad} of {lines} lines are no outcome, more than {limit:.1%}",
            hint=f"the warnings say why; --max-bad-rows {whole_percent(bad, lines)} allows it",
        )


def refuse_unpriced_arms(simulation: "Simulation | None") -> None:
    """Refuse a replay of logs in which a policy's cost is not known, for want of a price.

    Raises:
        PoorInputError: says which policies, and what to do.
    """
    if simulation is None or simulation.kind != "logs":
        return
    names = [
        row.policy
        for row in simulation.policies
        if row.role == "policy" and row.cost_total is None
    ]
    if names:
        raise PoorInputError(
            f"what {' and '.join(names)} would cost is not known: an arm has no price",
            hint="--price mid=0.001, [arms.mid] input_usd_per_mtok, or [[prices.own]] in routeaudit.toml",
        )
