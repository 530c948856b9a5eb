"""Many results over time: a row for each, and the weeks that they cover together."""

from collections.abc import Sequence
from typing import NamedTuple

from routeaudit.report import audited, markdown
from routeaudit.report.charts import Chart, weekly_chart
from routeaudit.report.tables import Cell, Column, Table
from routeaudit.report.verdict import headline, recommend
from routeaudit.result import Audit, AuditResult, PolicyResult, Traffic, Week


class Named(NamedTuple):
    """A result and what to call it, usually its folder."""

    name: str
    result: AuditResult


def history(results: Sequence[Named]) -> Table:
    """Tabulate the results, the oldest log first."""
    columns = (
        Column("result", "Result"),
        Column("first_day", "From"),
        Column("last_day", "To"),
        Column("calls", "Calls", "count"),
        Column("month_usd", "Month", "money"),
        Column("simple_calls_share", "Simple", "share"),
        Column("policy", "Policy"),
        Column("net_savings", "Net saving", "share"),
        Column("failure_rate", "Failure", "share"),
        Column("failure_upper", "At most", "share"),
        Column("advice", "Advice"),
    )
    rows = tuple(_row(named) for named in sorted(results, key=_age))
    return Table("history", "Results over time", columns, rows)


def weeks(results: Sequence[Named]) -> tuple[Week, ...]:
    """Join the weeks of all results; a whole week wins over a partial, then the later result."""
    found: dict[str, Week] = {}
    for named in sorted(results, key=_age):
        for week in () if named.result.audit is None else named.result.audit.weeks:
            kept = found.get(week.start)
            if kept is None or kept.partial or not week.partial:
                found[week.start] = week
    return tuple(found[start] for start in sorted(found))


def weekly(results: Sequence[Named]) -> Table:
    """Tabulate the weeks of all results."""
    return audited.weeks_table(weeks(results))


def chart(results: Sequence[Named]) -> Chart | None:
    """Draw the weeks of all results; None below two weeks with a known spend."""
    return weekly_chart(weeks(results))


def to_markdown(results: Sequence[Named]) -> str:
    """Write the trend for people."""
    blocks = ["# Trend", markdown.table(history(results), most=60)]
    by_week = weekly(results)
    if by_week.rows:
        blocks += ["## Week by week", markdown.table(by_week, most=60)]
    return "\n\n".join(blocks) + "\n"


def _age(named: Named) -> tuple[str, str, str]:
    traffic = named.result.traffic
    first = (traffic.first_ts or "") if traffic else ""
    return first, named.result.provenance.created, named.name


def _row(named: Named) -> tuple[Cell, ...]:
    result = named.result
    policy = headline(result.simulation)
    name = None if policy is None else policy.policy
    advice = recommend(result).advice.value
    return (
        named.name,
        *_days(result.traffic),
        *_audited(result.audit),
        name,
        *_simulated(policy),
        advice,
    )


def _days(traffic: Traffic | None) -> tuple[Cell, Cell]:
    if traffic is None or not traffic.first_ts or not traffic.last_ts:
        return None, None
    return traffic.first_ts[:10], traffic.last_ts[:10]


def _audited(audit: Audit | None) -> tuple[Cell, ...]:
    if audit is None:
        return (None,) * 3
    return audit.calls, audit.month_usd.value, audit.simple_calls_share.value


def _simulated(policy: PolicyResult | None) -> tuple[Cell, ...]:
    if policy is None:
        return (None,) * 3
    return policy.saving.share, policy.quality.failure_rate, policy.quality.upper
