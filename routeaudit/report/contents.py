"""Every table of a result, in the order of the report."""

from collections.abc import Callable

from routeaudit.report import audited, own_gpus, simulated, swept
from routeaudit.report.tables import Table
from routeaudit.report.verdict import headline
from routeaudit.result import AuditResult, Simulation


def all_tables(result: AuditResult) -> tuple[Table, ...]:
    """Give every table of a result that has rows, in the order of the report."""
    made: list[Table] = []
    if result.audit is not None:
        made += [
            *audited.breakdowns(result.audit),
            audited.users(result.audit),
            audited.weeks(result.audit),
            audited.prices(result.audit),
        ]
    if result.simulation is not None:
        made += _simulated(result.simulation)
    if result.traffic is not None:
        made += [
            audited.hygiene(result.traffic),
            audited.unread(result.traffic),
            audited.sources(result.traffic),
        ]
    made.append(audited.examples(result.examples))
    return tuple(table for table in made if table.rows)


def _simulated(simulation: Simulation) -> list[Table]:
    writers: tuple[Callable[[Simulation], Table], ...] = (
        simulated.policies,
        simulated.at_share, swept.metrics, simulated.latency, simulated.sensitivity,
        simulated.opportunities, own_gpus.queues, own_gpus.own_gpu,
        simulated.arms,
    )  # fmt: skip
    chosen = headline(simulation)
    steps = [] if chosen is None else [simulated.waterfall(chosen)]
    curves = [swept.sweep(found, simulation) for found in simulation.sweeps]
    return [*(write(simulation) for write in writers), *steps, *curves]
