"""Charts of quality and speed: the cost-quality front, the threshold curve, latency."""

from typing import TYPE_CHECKING, NamedTuple

from routeaudit.report import numbers
from routeaudit.report import simulated as tables
from routeaudit.report.charts.canvas import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    RED,
    Chart,
    money_ticks,
    share_ticks,
)
from routeaudit.report.charts.labels import Spot, place
from routeaudit.report.verdict import at_a_glance, baseline, headline, headline_sweep
from routeaudit.result import AuditResult, LatencyStats, PolicyResult, Simulation, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFAULT_LIMIT = 0.05


class Point(NamedTuple):
    """One labelled point of the front."""

    name: str
    cost: float
    score: float
    is_chosen: bool


def front(result: AuditResult) -> Chart | None:
    """Draw score over cost with honesty rows and the chosen point; None without scores."""
    simulation = result.simulation
    points = [] if simulation is None else _points(simulation)
    if simulation is None or len(points) < 2:  # noqa: PLR2004 one point is no front
        return None
    currency = tables.currency_of(simulation)
    alt = "Mean score over the cost of 1,000 calls. " + "; ".join(
        f"{p.name} {numbers.money(p.cost, currency=currency)}, score {numbers.number(p.score)}"
        for p in points
    )
    curve = headline_sweep(simulation)

    def draw(axes: "Axes") -> None:
        if curve is not None:
            _draw_curve(axes, curve)
        for point in points:
            colour, size = (BLUE, 9) if point.is_chosen else (MUTED, 5)
            axes.plot([point.cost], [point.score], "o", color=colour, markersize=size)
        axes.margins(x=0.12, y=0.14)
        _label_points(axes, points)
        money_ticks(axes.xaxis, currency)
        axes.locator_params(nbins=5)
        axes.grid()
        axes.set_xlabel("cost of 1,000 calls")
        axes.set_ylabel("mean score")

    title = "Score by cost of a call"
    return Chart("front", title, alt, tables.glance(simulation), draw, 3.2)


def threshold(result: AuditResult) -> Chart | None:
    """Draw the failure rate over the threshold with the limit; None without failure rates."""
    simulation, chosen = result.simulation, headline(result.simulation)
    curve = headline_sweep(simulation)
    if simulation is None or chosen is None or curve is None:
        return None
    points = [
        (p.threshold, p.failure_rate, p) for p in curve.points if p.failure_rate is not None
    ]
    if len(points) < 2:  # noqa: PLR2004 one point is no curve
        return None
    limit = chosen.quality.limit
    alt = (
        f"Failure rate of answers from cheaper models over {curve.param or 'the threshold'}, from "
        f"{numbers.share(points[0][1])} at {numbers.number(points[0][0])} to "
        f"{numbers.share(points[-1][1])} at {numbers.number(points[-1][0])}; "
        f"limit {numbers.exact_share(limit)}, chosen {numbers.number(curve.chosen)}."
    )

    def draw(axes: "Axes") -> None:
        xs = [x for x, _, _ in points]
        axes.plot(xs, [rate for _, rate, _ in points], color=BLUE, linewidth=1.8)
        spans = [(x, p.interval) for x, _, p in points if p.interval is not None]
        axes.fill_between(
            [x for x, _ in spans], [i.low for _, i in spans], [i.high for _, i in spans],
            color=BLUE, alpha=0.16, linewidth=0,
        )  # fmt: skip
        axes.axhline(limit, color=RED, linewidth=1.3, linestyle=(0, (4, 3)))
        axes.text(
            max(xs),
            limit,
            f"limit {numbers.exact_share(limit)} ",
            color=RED,
            ha="right",
            va="bottom",
        )
        if curve.chosen is not None:
            axes.axvline(curve.chosen, color=INK, linewidth=1)
            axes.annotate(
                f"chosen {curve.chosen:.3g}", (curve.chosen, 0.97), (4, 0),
                xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
            )  # fmt: skip
        axes.set_ylim(0)
        share_ticks(axes.yaxis)
        axes.locator_params(nbins=6)
        axes.grid(axis="y")
        axes.set_xlabel(curve.param or "threshold")
        axes.set_ylabel("failure rate")

    return Chart(
        "threshold", "Failure rate by threshold", alt, tables.sweep(curve, simulation), draw
    )


def latency(result: AuditResult) -> Chart | None:
    """Draw p50 to p95 of today and of the policy; None without known latencies."""
    simulation, chosen = result.simulation, headline(result.simulation)
    if simulation is None or chosen is None:
        return None
    rows = _latency_rows(chosen, baseline(simulation))
    if not rows:
        return None
    alt = "Seconds from p50 to p95. " + "; ".join(
        f"{name} {numbers.seconds(stats.p50)} to {numbers.seconds(stats.p95)}"
        for name, stats in rows
    )
    colours = {"today": MUTED, "served": GREEN, "escalated": ORANGE}

    def draw(axes: "Axes") -> None:
        longest = max(stats.p95 or stats.p50 or 0.0 for _, stats in rows)
        for height, (name, stats) in enumerate(rows):
            ends = [end for end in (stats.p50, stats.p95) if end is not None]
            colour = colours.get(name, BLUE)
            axes.plot(
                ends, [height] * len(ends), color=colour, linewidth=3, solid_capstyle="round"
            )
            axes.plot(ends[:1], [height], "o", color=colour, markersize=7)
            text = f"{numbers.seconds(stats.p50)} to {numbers.seconds(stats.p95)}"
            axes.text(ends[-1] + 0.025 * longest, height, text, va="center")
        axes.set_yticks(range(len(rows)), [name for name, _ in rows], color=INK)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, 1.45 * longest or 1)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} s")
        axes.locator_params(axis="x", nbins=5)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlabel("seconds: dot p50, end of line p95")

    tall = 0.9 + 0.34 * len(rows)
    return Chart("latency", "Latency now and then", alt, tables.latency(simulation), draw, tall)


def _points(simulation: Simulation) -> list[Point]:
    first = headline(simulation)
    return [
        Point(
            numbers.label(p.policy, longest=26),
            1_000 * p.cost_per_call,
            p.quality.score_mean,
            p is first,
        )
        for p in at_a_glance(simulation)
        if p.cost_per_call is not None and p.quality.score_mean is not None
    ]


def _draw_curve(axes: "Axes", curve: Sweep) -> None:
    known = [
        (1_000 * p.cost_per_call, p.score_mean)
        for p in curve.points
        if p.cost_per_call is not None and p.score_mean is not None
    ]
    known.sort()
    axes.plot(
        [cost for cost, _ in known],
        [score for _, score in known],
        color=BLUE,
        linewidth=1.4,
        alpha=0.65,
    )


def _label_points(axes: "Axes", points: list[Point]) -> None:
    """Write the names beside the points, with a thin line where one had to move away."""
    axes.autoscale_view()
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    order = sorted(points, key=lambda p: (not p.is_chosen, -p.score, p.cost))
    spots = [
        Spot(
            p.name,
            (p.cost - left) / ((right - left) or 1),
            (p.score - low) / ((high - low) or 1),
        )
        for p in order
    ]
    for point, spot, placed in zip(order, spots, place(spots), strict=True):
        if placed.y != spot.y:
            axes.plot(
                [spot.x, placed.x], [spot.y, placed.y], color=MUTED, linewidth=0.6,
                transform=axes.transAxes,
            )  # fmt: skip
        weight, colour = ("bold", INK) if point.is_chosen else ("normal", MUTED)
        axes.text(
            placed.x, placed.y, point.name, transform=axes.transAxes, va="center", color=colour,
            ha="left" if placed.side == "right" else "right", fontsize=8, fontweight=weight,
        )  # fmt: skip


def _latency_rows(
    chosen: PolicyResult, today: PolicyResult | None
) -> list[tuple[str, LatencyStats]]:
    rows = [] if today is None else [("today", today.latency_s.all)]
    rows += [
        (f"with {chosen.policy}", chosen.latency_s.all),
        ("served", chosen.latency_s.served),
        ("escalated", chosen.latency_s.escalated),
    ]
    return [(name, stats) for name, stats in rows if stats.n and stats.p50 is not None]
