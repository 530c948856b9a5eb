"""How a scan looks on the terminal."""

from rich.markup import escape

from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import count, money, money_figure, seconds, share, share_figure
from routeaudit.cli.tables import Head, print_plain, show
from routeaudit.result import Audit, AuditResult, Slice, Traffic

TOP = 12


def show_scan(talk: Talk, result: AuditResult) -> None:
    """Print the summary of a scan to stdout."""
    if result.traffic is None or result.audit is None:
        return
    _headline(talk, result.traffic, result.audit)
    for title, slices in (
        ("By task", result.audit.by_task),
        ("By model", result.audit.by_llm),
        ("By team", result.audit.by_team),
        ("By feature", result.audit.by_feature),
    ):
        _breakdown(talk, title, slices)
    _quality(talk, result.traffic)


def _headline(talk: Talk, traffic: Traffic, audit: Audit) -> None:
    rows = [
        ("calls", f"{count(audit.calls)} ({count(traffic.distinct_queries)} distinct queries)"),
        ("from, to", f"{_day(traffic.first_ts)} to {_day(traffic.last_ts)}"),
        ("spend", f"{money(audit.spend_usd)}{_beside(audit)}"),
        ("tokens estimated", f"{share(traffic.tokens_estimated_share, 1)} of the calls"),
        ("projected month", f"{money_figure(audit.month_usd)}{_volume(audit)}"),
        ("simple, by calls", share_figure(audit.simple_calls_share)),
        ("simple, by spend", share_figure(audit.simple_spend_share)),
    ]
    simple = audit.simple_calls_share
    # Under a budget a model read a sample only: say how the quick classifier got on with it.
    if simple.interval and simple.interval.method.startswith("prediction-powered"):
        rows.append(("under the budget", str(simple.note)))
    if talk.plain:
        print_plain(rows)
        return
    talk.out.print()
    for name, value in rows:
        talk.out.print(f"[bold]{name:<18}[/]{escape(value)}")
    talk.out.print()


def _beside(audit: Audit) -> str:
    if audit.spend_usd is None:
        return " (no call has a price)"
    if audit.spend_logged_usd is None:
        return " (computed from tokens; no cost was logged)"
    return f" ({money(audit.spend_logged_usd)} of it as logged, the rest from tokens)"


def _volume(audit: Audit) -> str:
    if audit.month_usd.value is None or audit.calls_per_month is None:
        return ""
    return f", all {count(audit.calls_per_month)} calls of a month"


def _breakdown(talk: Talk, title: str, slices: tuple[Slice, ...]) -> None:
    if not slices or all(part.key is None for part in slices):
        return
    wide = talk.is_wide
    heads = [
        Head(title.removeprefix("By "), is_figure=False), Head("calls"), Head("of calls"),
        Head("spend"), Head("of spend"), Head("simple"),
        *([Head("p50"), Head("p95"), Head("errors")] if wide else []),
    ]  # fmt: skip
    rows = [_row(part, wide=wide) for part in slices[:TOP]]
    more = f" (the largest {TOP} of {len(slices)})" if len(slices) > TOP else ""
    show(
        talk,
        title + more,
        heads,
        rows,
    )


def _row(part: Slice, *, wide: bool) -> list[str]:
    timing = [seconds(part.latency_p50_s), seconds(part.latency_p95_s), count(part.errors)]
    return [
        part.key or "(not logged)", count(part.calls), share(part.share_calls),
        money(part.spend_usd), share(part.share_spend), share(part.simple_calls_share),
        *(timing if wide else []),
    ]  # fmt: skip


def _quality(talk: Talk, traffic: Traffic) -> None:
    rows = [("records", count(traffic.records), "", "")]
    rows += [
        ("merged or skipped", count(n), "", reason) for reason, n in traffic.merged.items()
    ]
    rows += [("rejected", count(n), "", reason) for reason, n in traffic.rejected.items()]
    rows += [("left out, as asked", count(n), "", why) for why, n in traffic.left_out.items()]
    rows += [
        (flaw.name, count(flaw.calls), money(flaw.usd), flaw.advice) for flaw in traffic.hygiene
    ]
    if traffic.unpriced_models:
        names = ", ".join(
            f"{name} ({n})" for name, n in list(traffic.unpriced_models.items())[:TOP]
        )
        rows.append(("models without a price", count(traffic.unpriced_calls), "", names))
    heads = (
        Head("", is_figure=False), Head("count"), Head("spend touched"), Head("", is_figure=False),
    )  # fmt: skip
    show(talk, f"Data quality: {count(traffic.units)} units read", heads, rows)
    for warning in traffic.warnings:
        talk.out.print(f"[yellow]![/] {escape(warning)}", soft_wrap=True)


def _day(moment: str | None) -> str:
    return "—" if moment is None else moment[:16].replace("T", " ")
