"""Charts of money: before and after, gross to net, break-even, and what it hangs on."""

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from routeaudit.report import numbers, own_gpus
from routeaudit.report import simulated as tables
from routeaudit.report.charts.canvas import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    RED,
    RULE,
    Chart,
    count_ticks,
    money_ticks,
)
from routeaudit.report.tables import Cell
from routeaudit.report.verdict import at_a_glance, baseline, headline
from routeaudit.result import (
    AuditResult,
    Interval,
    PolicyResult,
    SensitivityRow,
    Simulation,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 10
BESIDE = ("random", "best-single")
"""Beside the policies: chance with the same share, and the cheapest that one model gets."""


def before_after(result: AuditResult) -> Chart | None:
    """Draw a month's cost of each policy below today's; None without a known cost.

    Of the honesty rows only chance and the cheapest model are drawn; the table has all.
    """
    simulation = result.simulation
    if simulation is None:
        return None
    first, today = headline(simulation), baseline(simulation)
    shown = [p for p in at_a_glance(simulation) if p is not today]
    others = [p for p in shown if p.role == "policy" or p.policy.startswith(BESIDE)]
    ordered = [*([] if today is None else [today]), *others]
    rows = [p for p in ordered if _month(p) is not None]
    if not rows:
        return None
    names = ["today" if p is today else numbers.label(p.policy, longest=28) for p in rows]
    alt = "Bars of the estimated cost of a month. " + "; ".join(
        f"{name} {_money(p)}" for name, p in zip(names, rows, strict=True)
    )

    def draw(axes: "Axes") -> None:
        colours = [BLUE if r is first else MUTED if r is today else RULE for r in rows]
        values = [_month(row) or 0.0 for row in rows]
        axes.barh(range(len(rows)), values, color=colours, height=0.62)
        end = 1.35 * max([*values, 1e-12])
        for place, (row, value) in enumerate(zip(rows, values, strict=True)):
            _whisker(axes, place, row)
            span = _range(row)
            reach = value if span is None else max(value, span.high)
            axes.text(reach + end * 0.015, place, _money(row), va="center", color=INK)
        _horizontal(axes, names, end)

    height = max(0.7 + 0.26 * len(rows), 1.7)
    table = tables.glance(simulation)
    return Chart(
        "cost-before-after", "Cost of a month, before and after", alt, table, draw, height
    )


def waterfall(result: AuditResult) -> Chart | None:
    """Draw the steps from the gross to the net saving; None without steps."""
    policy = headline(result.simulation)
    if policy is None or not policy.waterfall:
        return None
    table = tables.waterfall(policy)
    in_months = tables.month_scale(policy) is not None
    bars = [(str(row[0]), _amount(row[1] if in_months else row[2])) for row in table.rows]
    alt = "Steps from gross to net saving. " + "; ".join(
        f"{numbers.label(name, longest=40)} {numbers.money(amount, currency=policy.currency)}"
        for name, amount in bars
    )
    net_range = _net_range(policy) if in_months else ""

    def draw(axes: "Axes") -> None:
        spans = _spans([amount for _, amount in bars])
        peak, low = max(high for _, high in spans), min(start for start, _ in spans)
        last = len(bars) - 1
        for place, ((_, amount), (left, right)) in enumerate(zip(bars, spans, strict=True)):
            whole = BLUE if amount >= 0 else RED
            colour = whole if place in (0, last) else (GREEN if amount >= 0 else RED)
            axes.barh(place, right - left, left=left, color=colour, height=0.6)
            text = numbers.money_like(amount, [a for _, a in bars], policy.currency)
            text += net_range if place == last else ""
            axes.text(right + 0.015 * (peak - low), place, text, va="center", color=INK)
        _joints(axes, bars)
        _horizontal(axes, [numbers.label(n, longest=30) for n, _ in bars], peak * 1.5 or 1.0)
        axes.set_xlim(left=min(low * 1.1, 0.0))

    height = max(0.7 + 0.33 * len(bars), 1.7)
    return Chart("waterfall", table.title, alt, table, draw, height)


def tornado(result: AuditResult) -> Chart | None:
    """Draw the net saving at both ends of each assumption; None without any."""
    simulation = result.simulation
    rows = [] if simulation is None else [r for r in simulation.sensitivity if _known(r)]
    if simulation is None or not rows:
        return None
    rows = sorted(rows, key=_swing)[-MOST_BARS:]
    currency = tables.currency_of(simulation)
    alt = "Net saving when one assumption moves. " + "; ".join(
        f"{numbers.label(r.factor, longest=40)}: {numbers.money(r.net_low, currency=currency)} to "
        f"{numbers.money(r.net_high, currency=currency)}"
        for r in reversed(rows)
    )

    def draw(axes: "Axes") -> None:
        for place, row in enumerate(rows):
            base = row.net_base or 0.0
            for end, colour in ((row.net_low, ORANGE), (row.net_high, BLUE)):
                axes.barh(place, (end or 0.0) - base, left=base, color=colour, height=0.55)
            _name_ends(axes, place, row)
        axes.margins(x=0.42)
        names = [textwrap.fill(numbers.label(row.factor, longest=56), 24) for row in rows]
        axes.axvline(rows[-1].net_base or 0.0, color=INK, linewidth=1)
        axes.set_yticks(range(len(rows)), names, color=INK, multialignment="right")
        money_ticks(axes.xaxis, currency)
        axes.locator_params(axis="x", nbins=5)
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("net saving; orange: low end, blue: high")

    return Chart(
        "tornado",
        tables.tornado_title(simulation),
        alt,
        tables.sensitivity(simulation),
        draw,
        1.0 + 0.3 * len(rows),
    )


class Pays(NamedTuple):
    """GPUs of one's own: what they cost a month, and the calls from which they pay."""

    name: str
    month_usd: float
    calls: float


def breakeven(result: AuditResult) -> Chart | None:
    """Draw what routing saves against what own GPUs cost, by volume; None where they never pay.

    Of the arms that run on GPUs; else of one GPU, by arithmetic.
    """
    simulation = result.simulation
    found = None if simulation is None else _gpus(simulation)
    if simulation is None or found is None:
        return None
    now, fixed, even = simulation.calls_per_month, found.month_usd, found.calls
    alt = (
        f"{found.name} cost {numbers.money(fixed)} a month and "
        f"pay from about {numbers.about(even)} calls a month; today {numbers.count(now)}."
    )

    def draw(axes: "Axes") -> None:
        reach = 1.25 * max(even, now or 0.0)
        axes.plot([0, reach], [0, fixed * reach / even], color=BLUE, linewidth=1.8)
        axes.axhline(fixed, color=RED, linewidth=1.4, linestyle=(0, (4, 3)))
        axes.plot([even], [fixed], "o", color=INK, markersize=5)
        axes.annotate(
            f"pays from about {numbers.about(even)}", (even, fixed), (-6, 8),
            textcoords="offset points", ha="right",
        )  # fmt: skip
        axes.annotate(
            f"GPUs {numbers.money(fixed)}",
            (0, fixed),
            (5, 3),
            textcoords="offset points",
            color=RED,
        )
        if now is not None:
            axes.axvline(now, color=MUTED, linewidth=1)
            side, height = ("right", 0.06) if now > reach / 2 else ("left", 0.5)
            text = f"  today {numbers.count(now)}  "
            axes.text(now, height * fixed, text, color=MUTED, va="bottom", ha=side)
        axes.set_xlim(0, reach)
        axes.set_ylim(0, 1.3 * fixed)
        count_ticks(axes.xaxis)
        money_ticks(axes.yaxis)
        axes.locator_params(nbins=5)
        axes.set_xlabel("calls a month (blue: what routing saves before the GPUs)")
        axes.grid(axis="y")

    table = own_gpus.queues(simulation) if simulation.queues else own_gpus.own_gpu(simulation)
    return Chart("breakeven", "When own GPUs pay", alt, table, draw, 2.4)


def _gpus(simulation: Simulation) -> Pays | None:
    for queue in simulation.queues:
        if queue.month_usd and queue.breakeven_calls_per_month:
            name = f"Own GPUs for {numbers.label(queue.arm, longest=40)}"
            return Pays(name, queue.month_usd, queue.breakeven_calls_per_month)
    one = simulation.own_gpu
    if one is None or one.breakeven_calls_per_month is None:
        return None
    return Pays("One GPU would", one.month_usd, one.breakeven_calls_per_month)


def _horizontal(axes: "Axes", names: list[str], end: float) -> None:
    axes.set_yticks(range(len(names)), names, color=INK)
    axes.invert_yaxis()
    axes.set_xlim(0, end)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(False)


def _month(policy: PolicyResult) -> float | None:
    return None if policy.cost_month is None else policy.cost_month.value


def _range(policy: PolicyResult) -> Interval | None:
    return None if policy.cost_month is None else policy.cost_month.interval


def _whisker(axes: "Axes", place: int, policy: PolicyResult) -> None:
    span = _range(policy)
    if span is not None:
        axes.plot([span.low, span.high], [place, place], color=INK, linewidth=1.1)


def _money(policy: PolicyResult) -> str:
    return numbers.money(_month(policy), _range(policy), policy.currency)


def _name_ends(axes: "Axes", place: int, row: SensitivityRow) -> None:
    """Write what each end of a bar assumes, outside of the bar."""
    base = row.net_base or 0.0
    ends = sorted(((row.net_low or 0.0, row.low_label), (row.net_high or 0.0, row.high_label)))
    outside = (min(ends[0][0], base), max(ends[1][0], base))
    for (_, text), at, side in zip(ends, outside, ("right", "left"), strict=True):
        axes.annotate(
            textwrap.fill(numbers.label(text, longest=36), 19), (at, place),
            (-4 if side == "right" else 4, 0), ha=side, va="center", ma=side, textcoords="offset points", color=MUTED, fontsize=7.5,
        )  # fmt: skip


def _spans(amounts: list[float]) -> list[tuple[float, float]]:
    """Give the ends of each bar: every step starts where the last ended, the net at zero."""
    level, found = 0.0, []
    for amount in amounts[:-1]:
        found.append((min(level, level + amount), max(level, level + amount)))
        level += amount
    return [*found, (min(amounts[-1], 0.0), max(amounts[-1], 0.0))]


def _net_range(policy: PolicyResult) -> str:
    """Write the range of a month's net saving; empty without one."""
    span, total, scale = (
        policy.saving.interval,
        policy.saving.baseline_total,
        tables.month_scale(policy),
    )
    if span is None or total is None or scale is None:
        return ""
    ends = Interval(low=span.low * total * scale, high=span.high * total * scale)
    return f"  ({numbers.money_range(ends, policy.currency)})"


def _joints(axes: "Axes", bars: list[tuple[str, float]]) -> None:
    """Join the bars where one ends and the next starts."""
    level = 0.0
    for place, (_, amount) in enumerate(bars[:-1]):
        level += amount
        axes.plot([level, level], [place + 0.3, place + 0.7], color=MUTED, linewidth=0.7)


def _amount(cell: Cell) -> float:
    return float(cell) if isinstance(cell, (int, float)) else 0.0


def _known(row: SensitivityRow) -> bool:
    return None not in (row.net_low, row.net_high, row.net_base)


def _swing(row: SensitivityRow) -> float:
    return abs((row.net_high or 0.0) - (row.net_low or 0.0))
