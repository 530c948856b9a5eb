"""Charts of quality and speed: the cost-quality front, the threshold curve, latency."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from routeaudit.report import numbers, swept
from routeaudit.report import simulated as tables
from routeaudit.report.charts.canvas import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PAPER,
    RED,
    Chart,
    money_ticks,
    share_ticks,
)
from routeaudit.report.charts.labels import Spot, place
from routeaudit.report.verdict import at_a_glance, baseline, headline, headline_sweep
from routeaudit.result import (
    AuditResult,
    LatencyStats,
    PolicyResult,
    Simulation,
    Sweep,
    SweepPoint,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFAULT_LIMIT = 0.05


class Point(NamedTuple):
    """One labelled point of the front."""

    name: str
    cost: float
    score: float
    is_chosen: bool


class Scale(NamedTuple):
    """How the front measures quality: what it reads of a policy and of a threshold."""

    title: str
    axis: str
    of_policy: Callable[[PolicyResult], float | None]
    of_point: Callable[[SweepPoint], float | None]
    is_share: bool


def front(result: AuditResult) -> Chart | None:
    """Draw quality over cost with honesty rows and the chosen point; None where unknown.

    Quality is the mean score where answers were scored, else the share of all requests that
    would be answered well enough, on whatever evidence the failure rates have.
    """
    simulation = result.simulation
    if simulation is None:
        return None
    scale = _scale(simulation)
    points = _points(simulation, scale)
    if len(points) < 2:  # noqa: PLR2004 one point is no front
        return None
    currency = tables.currency_of(simulation)
    written = numbers.share if scale.is_share else numbers.number
    alt = f"{scale.axis} over the cost of 1,000 calls. ".capitalize() + "; ".join(
        f"{p.name} {numbers.money(p.cost, currency=currency)}, {written(p.score)}"
        for p in points
    )
    curve = headline_sweep(simulation)

    def draw(axes: "Axes") -> None:
        if curve is not None:
            _draw_curve(axes, curve, scale)
        for point in points:
            colour, size = (BLUE, 9) if point.is_chosen else (MUTED, 5)
            axes.plot([point.cost], [point.score], "o", color=colour, markersize=size)
        axes.margins(x=0.14, y=0.14)
        _label_points(axes, points)
        money_ticks(axes.xaxis, currency)
        if scale.is_share:
            share_ticks(axes.yaxis)
        axes.locator_params(nbins=5)
        axes.grid()
        axes.set_xlabel("cost of 1,000 calls; line: the thresholds")
        axes.set_ylabel(scale.axis)

    return Chart("front", scale.title, alt, tables.glance(simulation), draw)


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
            right = curve.chosen > (min(xs) + max(xs)) / 2
            axes.annotate(
                f"chosen {curve.chosen:.3g}", (curve.chosen, 0.97), (-4 if right else 4, 0),
                xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
                ha="right" if right else "left",
            )  # fmt: skip
        axes.set_ylim(0)
        share_ticks(axes.yaxis)
        axes.locator_params(nbins=6)
        axes.grid(axis="y")
        axes.set_xlabel(f"threshold: {curve.param}" if curve.param else "threshold")
        axes.set_ylabel("failing answers")

    return Chart(
        "threshold", "Failure rate by threshold", alt, swept.sweep(curve, simulation), draw
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
    colours = {"today": MUTED, "served by cheaper": GREEN, "escalated": ORANGE}

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

    tall = max(0.9 + 0.34 * len(rows), 2.3)
    return Chart("latency", "Latency now and then", alt, tables.latency(simulation), draw, tall)


def _scale(simulation: Simulation) -> Scale:
    chosen = headline(simulation)
    if chosen is not None and chosen.quality.score_mean is not None:
        return Scale(
            "Score by cost of a call",
            "mean score",
            lambda policy: policy.quality.score_mean,
            lambda point: point.score_mean,
            is_share=False,
        )
    told = "" if chosen is None else f", {chosen.quality.evidence.value}"
    return Scale(
        f"Good answers by cost of a call{told}",
        "answered well enough",
        _good_share,
        lambda point: (
            None if point.failure_rate is None else 1 - point.served_share * point.failure_rate
        ),
        is_share=True,
    )


def _good_share(policy: PolicyResult) -> float | None:
    """Give the share of all requests with a good enough answer; the full arm's count as one."""
    if not policy.served:
        return 1.0
    rate = policy.quality.failure_rate
    return None if rate is None else 1 - rate * policy.served / policy.n


def _points(simulation: Simulation, scale: Scale) -> list[Point]:
    first = headline(simulation)
    found: dict[tuple[float, float], Point] = {}
    for policy in at_a_glance(simulation):
        score = scale.of_policy(policy)
        if policy.cost_per_call is None or score is None:
            continue
        name = numbers.label(policy.policy, longest=26)
        point = Point(name, 1_000 * policy.cost_per_call, score, policy is first)
        # Rows that came out alike are one point with the name of the first.
        found.setdefault((point.cost, score), point)
    return list(found.values())


def _draw_curve(axes: "Axes", curve: Sweep, scale: Scale) -> None:
    known = sorted(
        (1_000 * point.cost_per_call, score)
        for point in curve.points
        if point.cost_per_call is not None and (score := scale.of_point(point)) is not None
    )
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
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.8},
        )  # fmt: skip


def _latency_rows(
    chosen: PolicyResult, today: PolicyResult | None
) -> list[tuple[str, LatencyStats]]:
    rows = [] if today is None else [("today", today.latency_s.all)]
    rows += [
        (f"with {chosen.policy}", chosen.latency_s.all),
        ("served by cheaper", chosen.latency_s.served),
        ("escalated", chosen.latency_s.escalated),
    ]
    return [(name, stats) for name, stats in rows if stats.n and stats.p50 is not None]
