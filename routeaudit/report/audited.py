"""The tables of the audit: what was read, what it cost, who sent it."""

from collections.abc import Iterable

from routeaudit.report import numbers
from routeaudit.report.tables import Column, Table
from routeaudit.result import Audit, Example, Slice, Traffic, Week

SLICE_COLUMNS = (
    Column("calls", "Calls", "count"),
    Column("spend_usd", "Spend", "money"),
    Column("share_calls", "Share of calls", "share"),
    Column("share_spend", "Share of spend", "share"),
    Column("simple_calls_share", "Simple", "share"),
    Column("prompt_tokens", "Tokens in", "count"),
    Column("completion_tokens", "Tokens out", "count"),
    Column("latency_p50_s", "p50", "seconds"),
    Column("latency_p95_s", "p95", "seconds"),
    Column("errors", "Errors", "count"),
)


def slices(name: str, title: str, rows: Iterable[Slice]) -> Table:
    """Tabulate a breakdown of the traffic, one row a slice."""
    key = Column(name, title)
    body = tuple((row.key, *(getattr(row, c.name) for c in SLICE_COLUMNS)) for row in rows)
    return Table(
        f"by_{name}", f"Spend by {title.lower()}, the whole log", (key, *SLICE_COLUMNS), body
    )


def spend_sentence(audit: Audit, traffic: Traffic | None) -> str:
    """Say what the whole log cost, between which days, and what is not in it."""
    if audit.spend_usd is None:
        return "No call of the log has a price."
    days = ""
    if traffic is not None and traffic.first_ts and traffic.last_ts:
        days = f", {traffic.first_ts[:10]} to {traffic.last_ts[:10]}"
    unpriced = 0 if traffic is None else traffic.unpriced_calls
    left = f"; {numbers.count(unpriced)} without a price are not in it" if unpriced else ""
    return (
        f"The {numbers.count(audit.calls)} calls of the whole log{days and days + ','} cost "
        f"{numbers.money(audit.spend_usd)} in all{left}. What follows is of all of them, "
        "not of a month."
    )


def breakdowns(audit: Audit) -> tuple[Table, ...]:
    """Tabulate every breakdown that has rows."""
    made = (
        slices("team", "Team", audit.by_team),
        slices("feature", "Feature", audit.by_feature),
        slices("task", "Task", audit.by_task),
        slices("tier", "Tier", audit.by_tier),
        slices("llm", "LLM", audit.by_llm),
    )
    return tuple(table for table in made if table.rows)


def users(audit: Audit) -> Table:
    """Tabulate the users with the highest spend; empty where the log names none."""
    title = "User" if audit.users == "clear" else "User, hashed"
    rows = audit.by_user if any(row.key is not None for row in audit.by_user) else ()
    return slices("user", title, rows)


def examples(found: tuple[Example, ...]) -> Table:
    """Tabulate logged queries, word for word; there are none unless the user asked for text."""
    columns = (
        Column("task", "Task"),
        Column("llm", "LLM"),
        Column("p_simple", "Simple", "share"),
        Column("query", "Query", "prose"),
    )
    rows = tuple((e.task, e.llm, e.p_simple, e.query) for e in found)
    return Table("examples", "Example queries, as logged", columns, rows)


def weeks(audit: Audit) -> Table:
    """Tabulate the calendar weeks of an audit."""
    return weeks_table(audit.weeks)


def weeks_table(found: tuple[Week, ...]) -> Table:
    """Tabulate calendar weeks."""
    columns = (
        Column("week", "Week of"),
        Column("calls", "Calls", "count"),
        Column("spend_usd", "Spend", "money"),
        Column("simple_calls_share", "Simple", "share"),
        Column("partial", "Partial", "flag"),
    )
    rows = tuple(
        (w.start, w.calls, w.spend_usd, w.simple_calls_share, w.partial) for w in found
    )
    return Table("weeks", "Week by week", columns, rows)


def prices(audit: Audit) -> Table:
    """Tabulate the prices that were applied, and where each came from."""
    names = ("input_usd_per_mtok", "output_usd_per_mtok", "cached_usd_per_mtok")
    headings = ("In / M tokens", "Out / M tokens", "Cached / M tokens")
    columns = (
        Column("llm_id", "LLM"),
        Column("provider", "Provider"),
        *(Column(n, h, "price") for n, h in zip(names, headings, strict=True)),
        Column("status", "Status"),
        Column("source", "Source", "prose"),
        Column("calls", "Calls", "count"),
    )
    rows = tuple(tuple(getattr(p, c.name) for c in columns) for p in audit.prices)
    return Table("prices", "Prices applied", columns, rows)


def hygiene(traffic: Traffic) -> Table:
    """Tabulate the flaws of the logs and what each touches."""
    columns = (
        Column("name", "Flaw"),
        Column("calls", "Calls", "count"),
        Column("usd", "Amount", "money"),
        Column("advice", "Advice", "prose"),
    )
    rows = tuple((h.name, h.calls, h.usd, h.advice) for h in traffic.hygiene)
    return Table("data_quality", "Data quality", columns, rows)


def unread(traffic: Traffic) -> Table:
    """Tabulate the lines that became no record, by reason."""
    columns = (
        Column("pile", "Pile"),
        Column("reason", "Reason"),
        Column("lines", "Lines", "count"),
    )
    piles = (
        ("rejected", traffic.rejected),
        ("merged", traffic.merged),
        ("unpriced", traffic.unpriced_models),
    )
    rows = tuple(
        (pile, reason, lines)
        for pile, found in piles
        for reason, lines in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    )
    return Table("left_out", "Lines left out and models without a price", columns, rows)


def sources(traffic: Traffic) -> Table:
    """Tabulate the files that were read."""
    columns = (
        Column("path", "File"),
        Column("formats", "Formats"),
        Column("units", "Lines", "count"),
        Column("records", "Records", "count"),
        Column("merged", "Merged", "count"),
        Column("rejected", "Rejected", "count"),
    )
    rows = tuple(
        (s.path, ", ".join(sorted(s.formats)), s.units, s.records, s.merged, s.rejected)
        for s in traffic.sources
    )
    return Table("sources", "Files read", columns, rows)
