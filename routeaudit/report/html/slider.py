"""A slider over the thresholds; without scripts it is the table under it."""

import msgspec

from routeaudit.report import swept
from routeaudit.report.html.element import Safe, element, joined
from routeaudit.report.html.parts import folded, table
from routeaudit.report.tables import worth_showing
from routeaudit.report.verdict import headline, headline_sweep
from routeaudit.result import Simulation, Sweep

MOST_POINTS = 101
SHOWN = (
    "threshold", "served_share", "cost_per_call", "cost_month", "failure_rate", "failure_high",
    "latency_p95_s",
)  # fmt: skip
"""The columns of the sweep that the slider moves; the script reads the cells of the table."""


def slider(simulation: Simulation) -> Safe:
    """Make the slider and its table; empty when nothing was swept."""
    curve = headline_sweep(simulation)
    if curve is None:
        return Safe()
    curve = thinned(curve)
    data = swept.sweep(curve, simulation)
    boxes = [
        element(
            "div", element("dt", data.columns[place].heading), element("dd", class_="value")
        )
        for place in worth_showing(data, SHOWN)
    ]
    control = element(
        "input",
        type="range",
        id="cut",
        min=0,
        max=len(curve.points) - 1,
        step=1,
        value=nearest(curve),
    )
    moved = element(
        "div",
        element("label", f"Try another {curve.param or 'threshold'} of {curve.policy}", for_="cut"),
        control,
        element("dl", *boxes, class_="moved", id="moved", aria_live="polite"),
        _without_cache(simulation),
        id="slider", class_="slider", hidden="hidden",
    )  # fmt: skip
    return joined(moved, folded("All thresholds", table(data, SHOWN, identity="sweep")))


def _without_cache(simulation: Simulation) -> Safe | None:
    """Say what the thresholds leave out: a cold cache depends on the calls around a call."""
    chosen = headline(simulation)
    lost = chosen is not None and any(step.name == "cache" for step in chosen.waterfall)
    said = "Costs here leave out the prompt cache that switching loses; the tiles count it."
    return element("p", said, class_="note") if lost else None


def thinned(curve: Sweep) -> Sweep:
    """Keep about a hundred thresholds, both ends and the one nearest to the chosen."""
    if len(curve.points) <= MOST_POINTS:
        return curve
    last, kept = len(curve.points) - 1, MOST_POINTS - 1
    places = {round(n * last / kept) for n in range(MOST_POINTS)} | {nearest(curve)}
    points = tuple(curve.points[place] for place in sorted(places))
    return msgspec.structs.replace(curve, points=points)


def nearest(curve: Sweep) -> int:
    """Give the place of the threshold nearest to the chosen one; the middle without one."""
    chosen = curve.chosen
    if chosen is None:
        return len(curve.points) // 2
    return min(range(len(curve.points)), key=lambda n: abs(curve.points[n].threshold - chosen))
