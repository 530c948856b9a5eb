"""How a simulation looks on the terminal."""

from rich.markup import escape

from routeaudit.cli.beside_view import show_beside
from routeaudit.cli.console import Talk
from routeaudit.cli.months_view import show_months
from routeaudit.cli.numbers import (
    UNKNOWN,
    bare_seconds,
    count,
    money,
    per_call,
    share,
    share_range,
)
from routeaudit.cli.sweep_view import show_sweeps
from routeaudit.cli.tables import Head, show
from routeaudit.result import AuditResult, Figure, PolicyResult, Simulation


def show_simulation(talk: Talk, result: AuditResult) -> None:
    """Print a simulation to stdout: the headline first, the evidence beside every figure."""
    simulation = result.simulation
    if simulation is None:
        return
    if not talk.plain:
        talk.out.print()
        talk.out.print(f"[bold]{escape(simulation.headline)}[/]")
        talk.out.print(f"[dim]Baseline: {escape(simulation.baseline)}[/]")
        talk.out.print()
    _rows_main(talk, simulation)
    _evidence(talk, simulation)
    _drafts(talk, simulation)
    show_sweeps(talk, simulation)
    _at_share(talk, simulation)
    show_months(talk, result, simulation)
    _latency(talk, simulation)
    show_beside(talk, simulation)
    _arms(talk, simulation)
    from routeaudit.report.verdict import warnings_of

    for warning in warnings_of(simulation):
        talk.out.print(f"[yellow]![/] {escape(warning)}", soft_wrap=True)


def _name(row: PolicyResult) -> str:
    return row.policy if row.role == "policy" else f"  {row.policy}"


def _rows_main(talk: Talk, simulation: Simulation) -> None:
    """Print cost and quality side by side; honesty rows stand indented under their policy."""
    wide = talk.is_wide
    heads = [
        Head("policy", is_figure=False), Head("served"), Head("escal."), Head("per call"),
        *([Head("total"), Head("month")] if wide else []),
        Head("saving"),
        *([Head("range")] if wide else []),
        Head("failing"),
        *([Head("range"), Head("lost"), Head("gained")] if wide else []),
        Head("verdict"),
    ]  # fmt: skip
    limit = simulation.policies[0].quality.limit if simulation.policies else 0
    show(
        talk,
        f"{count(simulation.n)} requests; failing: answers of a cheaper arm that are not good "
        f"enough, limit {limit:.0%}",
        heads,
        [_row(row, wide=wide) for row in simulation.policies],
    )
    from routeaudit.report.simulated import cheaper_rows_told

    if (why := cheaper_rows_told(simulation)) and not talk.plain:
        talk.out.print(f"{escape(why)}\n")


def _row(row: PolicyResult, *, wide: bool) -> list[str]:
    quality, money_of = row.quality, row.currency
    month, span = (
        (None, None)
        if row.cost_month is None
        else (row.cost_month.value, row.cost_month.interval)
    )
    return [
        _name(row), share(_part(row.served, row.n)), share(_part(row.escalated, row.n)),
        per_call(row.cost_per_call, money_of),
        *([money(row.cost_total, money_of), money(month, money_of, span)] if wide else []),
        share(row.saving.share, 2 if wide else 1, row.saving.interval),
        *([share_range(row.saving.interval)] if wide else []),
        share(quality.failure_rate, 1, quality.interval),
        *([share_range(quality.interval), count(quality.lost), count(quality.gained)]
          if wide else []),
        str(quality.verdict),
    ]  # fmt: skip


def _evidence(talk: Talk, simulation: Simulation) -> None:
    """Say for each policy what its failure rate rests on."""
    carried = any(row.quality.rate_all is not None for row in simulation.policies)
    rows = [
        (
            row.policy, str(row.quality.evidence), count(_scored(row)),
            share_range(row.quality.interval) or UNKNOWN,
            *([_carried(row.quality.rate_all)] if carried else []),
            UNKNOWN if row.quality.upper is None else share(row.quality.upper, 1),
            "" if not row.quality.more_needed else f"about {row.quality.more_needed:,} more",
        )
        for row in simulation.policies
        if row.role == "policy"
    ]  # fmt: skip
    heads = [
        Head("policy", is_figure=False), Head("evidence", is_figure=False), Head("scored"),
        Head("range"), *([Head("all traffic (PPI++)")] if carried else []),
        Head("95 % upper bound"), Head("to settle it", is_figure=False),
    ]  # fmt: skip
    show(talk, "What the failure rates rest on", heads, rows)


def _drafts(talk: Talk, simulation: Simulation) -> None:
    """Price escalation both ways: with the first answer as context, and without."""
    rows = [
        (row.policy, count(row.escalated), per_call(row.per_call_with_draft, row.currency),
         per_call(row.per_call_without_draft, row.currency))
        for row in simulation.policies
        if row.per_call_with_draft != row.per_call_without_draft
    ]  # fmt: skip
    heads = [
        Head("policy", is_figure=False), Head("escalated"), Head("per call with draft"),
        Head("without"),
    ]  # fmt: skip
    if rows:
        show(
            talk, "Escalated requests may carry the first answer along (--context)", heads, rows
        )


def _scored(row: PolicyResult) -> int:
    """Count the answers that the failure rate rests on: those of a cheaper arm."""
    served = row.quality.served_scored
    return row.quality.n_scored if served is None else served


def _carried(figure: Figure | None) -> str:
    if figure is None:
        return UNKNOWN
    return f"{share(figure.value, 1, figure.interval)} ({share_range(figure.interval)})"


def _at_share(talk: Talk, simulation: Simulation) -> None:
    """Say what a month would cost at exactly the shares asked and flat prices: arithmetic."""
    from routeaudit.report.simulated import currency_of

    currency = currency_of(simulation)
    rows = [
        (row.policy, "/".join(f"{part:.0%}" for part in row.shares), count(row.calls_per_month),
         per_call(row.cost_per_call, currency), money(row.month_before, currency),
         money(row.month_after, currency),
         share(row.reduction, 2))
        for row in simulation.at_share
    ]  # fmt: skip
    heads = [
        Head("policy", is_figure=False), Head("shares"), Head("calls a month"), Head("per call"),
        Head("before"), Head("after"), Head("reduction"),
    ]  # fmt: skip
    if rows:
        show(
            talk,
            "At exactly these shares and flat prices (arithmetic, not traffic)",
            heads,
            rows,
        )


def _latency(talk: Talk, simulation: Simulation) -> None:
    wide = talk.is_wide
    rows = []
    for row in simulation.policies:
        if row.role != "policy" and not row.policy.startswith("all-"):
            continue
        every, served, escalated = (
            row.latency_s.all,
            row.latency_s.served,
            row.latency_s.escalated,
        )
        figures = [every.p50, every.p95, every.p99, served.p50, served.p95]
        figures += [escalated.p50, escalated.p95] if wide else [escalated.p95]
        evidence = [str(row.latency_s.evidence)] if wide else []
        rows.append((_name(row), *map(bare_seconds, figures), *evidence))
    heads = [
        Head("policy", is_figure=False), Head("p50"), Head("p95"), Head("p99"),
        Head("served p50"), Head("p95"),
        *([Head("escalated p50"), Head("p95")] if wide else [Head("escalated p95")]),
        *([Head("evidence", is_figure=False)] if wide else []),
    ]  # fmt: skip
    how = {str(r.latency_s.evidence) for r in simulation.policies if r.role == "policy"}
    show(talk, f"Latency in seconds ({', '.join(sorted(how))})", heads, rows)
    _against_full(talk, simulation)


def _against_full(talk: Talk, simulation: Simulation) -> None:
    """Say how much faster served requests are, and how much slower escalated ones."""
    rows = [
        (row.policy, *_times(row.latency_s.speedup_served),
         *_times(row.latency_s.slowdown_escalated))
        for row in simulation.policies
        if row.latency_s.speedup_served or row.latency_s.slowdown_escalated
    ]  # fmt: skip
    heads = [
        Head("policy", is_figure=False), Head("served: times faster"), Head("range"),
        Head("escalated: times slower"), Head("range"),
    ]  # fmt: skip
    if rows:
        show(talk, "Against the full arm on the same requests, in the middle", heads, rows)


def _times(figure: Figure | None) -> tuple[str, str]:
    if figure is None or figure.value is None:
        return UNKNOWN, ""
    ends = figure.interval
    return f"{figure.value:.2f}", f"{ends.low:.2f} to {ends.high:.2f}" if ends else ""


def _arms(talk: Talk, simulation: Simulation) -> None:
    from routeaudit.report.simulated import price_source

    rows = [
        (
            arm.arm, arm.llm_id,
            _price(arm.price.input_usd_per_mtok, arm.price.output_usd_per_mtok)
            if arm.price else UNKNOWN,
            f"{arm.latency_evidence}, {arm.quality_evidence}",
            price_source(arm, simulation.arms) or UNKNOWN,
            *([arm.note] if talk.plain else []),
        )
        for arm in simulation.arms
    ]  # fmt: skip
    heads = [
        Head("arm", is_figure=False), Head("model", is_figure=False), Head("USD/Mtok in/out"),
        Head("latency, quality", is_figure=False), Head("price from", is_figure=False),
        *([Head("note", is_figure=False)] if talk.plain else []),
    ]  # fmt: skip
    show(talk, "Arms", heads, rows)
    for arm in simulation.arms:
        if arm.note and not talk.plain:
            talk.data(f"{arm.arm}: {arm.note}")


def _price(given: float | None, made: float | None) -> str:
    return UNKNOWN if given is None or made is None else f"{given:g} / {made:g}"


def _part(value: int, whole: int) -> float | None:
    return value / whole if whole else None
