"""Charts of money: before and after, gross to net, break-even, and what it hangs on."""

from itertools import pairwise
from typing import TYPE_CHECKING

from routeaudit.report import numbers
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
from routeaudit.report.verdict import at_a_glance, baseline, headline
from routeaudit.result import (
    AuditResult,
    Interval,
    PolicyResult,
    SensitivityRow,
    WaterfallStep,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 10


def before_after(result: AuditResult) -> Chart | None:
    """Draw a month's cost of each policy beside today's; None without a known cost."""
    simulation = result.simulation
    if simulation is None:
        return None
    first, today = headline(simulation), baseline(simulation)
    rows = [p for p in at_a_glance(simulation) if _month(p) is not None]
    if not rows:
        return None
    alt = "Bars of the estimated cost of a month. " + "; ".join(
        f"{numbers.label(p.policy, longest=40)} {_money(p)}" for p in rows
    )

    def draw(axes: "Axes") -> None:
        names = [numbers.label(row.policy, longest=28) for row in rows]
        colours = [BLUE if r is first else MUTED if r is today else RULE for r in rows]
        values = [_month(row) or 0.0 for row in rows]
        axes.barh(range(len(rows)), values, color=colours, height=0.62)
        for place, row in enumerate(rows):
            _whisker(axes, place, row)
        end = 1.35 * max([*values, 1e-12])
        for place, (row, value) in enumerate(zip(rows, values, strict=True)):
            span = _range(row)
            reach = value if span is None else max(value, span.high)
            axes.text(reach + end * 0.015, place, _money(row), va="center", color=INK)
        _horizontal(axes, names, end)

    height = 0.9 + 0.26 * len(rows)
    return Chart(
        "cost-before-after",
        "Cost of a month, before and after",
        alt,
        tables.glance(simulation),
        draw,
        height,
    )


def waterfall(result: AuditResult) -> Chart | None:
    """Draw the steps from the gross to the net saving; None without steps."""
    policy = headline(result.simulation)
    if policy is None or not policy.waterfall:
        return None
    steps = policy.waterfall
    net = policy.saving.net
    alt = "Steps from gross to net saving. " + "; ".join(
        f"{numbers.label(s.name, longest=40)} {numbers.money(s.amount, currency=policy.currency)}"
        for s in steps
    )

    def draw(axes: "Axes") -> None:
        level = 0.0
        for place, step in enumerate(steps):
            colour = BLUE if place == 0 else (GREEN if step.amount >= 0 else RED)
            axes.barh(place, step.amount, left=level, color=colour, height=0.6)
            level += step.amount
        if net is not None:
            axes.barh(len(steps), net, color=BLUE, height=0.6)
        peak = max([*_levels(steps), net or 0.0, 0.0])
        low = min([*_levels(steps), net or 0.0, 0.0])
        amounts = [*(s.amount for s in steps), *([] if net is None else [net])]
        tops = [*_tops(steps), *([] if net is None else [max(net, 0.0)])]
        for place, (amount, top) in enumerate(zip(amounts, tops, strict=True)):
            text = numbers.money_like(amount, amounts, policy.currency)
            axes.text(top + 0.015 * (peak - low), place, text, va="center")
        names = [numbers.label(s.name, longest=30) for s in steps]
        _horizontal(axes, [*names, *([] if net is None else ["net saving"])], peak * 1.3 or 1.0)
        axes.set_xlim(left=min(low * 1.1, 0.0))

    return Chart(
        "waterfall",
        tables.WATERFALL,
        alt,
        tables.waterfall(policy),
        draw,
        1.1 + 0.27 * len(steps),
    )


def tornado(result: AuditResult) -> Chart | None:
    """Draw the net saving at both ends of each assumption; None without any."""
    simulation = result.simulation
    rows = [] if simulation is None else [r for r in simulation.sensitivity if _known(r)]
    if simulation is None or not rows:
        return None
    rows = sorted(rows, key=_swing)[-MOST_BARS:]
    currency = simulation.policies[0].currency if simulation.policies else "USD"
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
        names = [numbers.label(row.factor, longest=32) for row in rows]
        axes.axvline(rows[-1].net_base or 0.0, color=INK, linewidth=1)
        axes.set_yticks(range(len(rows)), names, color=INK)
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
        1.0 + 0.27 * len(rows),
    )


def breakeven(result: AuditResult) -> Chart | None:
    """Draw what routing saves against what own GPUs cost, by volume; None without GPUs."""
    simulation = result.simulation
    if simulation is None:
        return None
    rows = [q for q in simulation.queues if q.month_usd and q.breakeven_calls_per_month]
    if not rows:
        return None
    queue, now = rows[0], simulation.calls_per_month
    fixed, even = queue.month_usd or 0.0, queue.breakeven_calls_per_month or 1.0
    alt = (
        f"Own GPUs for {numbers.label(queue.arm, longest=40)} cost {numbers.money(fixed)} a month and "
        f"pay from {numbers.count(even)} calls a month; today {numbers.count(now)}."
    )

    def draw(axes: "Axes") -> None:
        reach = 1.25 * max(even, now or 0.0)
        axes.plot([0, reach], [0, fixed * reach / even], color=BLUE, linewidth=1.8)
        axes.axhline(fixed, color=RED, linewidth=1.4, linestyle=(0, (4, 3)))
        axes.plot([even], [fixed], "o", color=INK, markersize=5)
        axes.annotate(
            f"pays from {numbers.count(even)}", (even, fixed), (-6, 8),
            textcoords="offset points", ha="right",
        )  # fmt: skip
        axes.text(0.01 * reach, fixed, f"GPUs {numbers.money(fixed)}", va="bottom", color=RED)
        if now is not None:
            axes.axvline(now, color=MUTED, linewidth=1)
            side = "right" if now > reach / 2 else "left"
            text = f" today {numbers.count(now)} "
            axes.text(now, 0.04 * fixed, text, color=MUTED, va="bottom", ha=side)
        axes.set_xlim(0, reach)
        axes.set_ylim(0)
        count_ticks(axes.xaxis)
        money_ticks(axes.yaxis)
        axes.locator_params(nbins=5)
        axes.set_xlabel("calls a month (blue: what routing saves before the GPUs)")
        axes.grid(axis="y")

    return Chart("breakeven", "When own GPUs pay", alt, tables.queues(simulation), draw)


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
            numbers.label(text, longest=22), (at, place), (-4 if side == "right" else 4, 0),
            ha=side, va="center", textcoords="offset points", color=MUTED, fontsize=7.5,
        )  # fmt: skip


def _levels(steps: tuple[WaterfallStep, ...]) -> list[float]:
    return [sum(step.amount for step in steps[: n + 1]) for n in range(len(steps))]


def _tops(steps: tuple[WaterfallStep, ...]) -> list[float]:
    ends = [0.0, *_levels(steps)]
    return [max(pair) for pair in pairwise(ends)]


def _known(row: SensitivityRow) -> bool:
    return None not in (row.net_low, row.net_high, row.net_base)


def _swing(row: SensitivityRow) -> float:
    return abs((row.net_high or 0.0) - (row.net_low or 0.0))
