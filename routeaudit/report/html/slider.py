"""A slider over the thresholds; without scripts it is the table under it."""

from routeaudit.report import simulated
from routeaudit.report.html.element import Safe, element, joined
from routeaudit.report.html.parts import folded, table
from routeaudit.report.verdict import headline_sweep
from routeaudit.result import Simulation

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
    data = simulated.sweep(curve, simulation)
    start = nearest(simulation)
    boxes = [
        element("div", element("dt", column.heading), element("dd", "—", class_="value"))
        for column in data.columns
        if column.name in SHOWN
    ]
    control = element(
        "input", type="range", id="cut", min=0, max=len(curve.points) - 1, step=1, value=start
    )
    moved = element(
        "div",
        element("label", f"Try another {curve.param or 'threshold'} of {curve.policy}", for_="cut"),
        control,
        element("dl", *boxes, class_="moved", id="moved", aria_live="polite"),
        id="slider", class_="slider", hidden="hidden",
    )  # fmt: skip
    return joined(moved, folded("All thresholds", table(data, SHOWN, identity="sweep")))


def nearest(simulation: Simulation) -> int:
    """Give the place of the swept threshold nearest to the chosen one; the middle without one."""
    curve = headline_sweep(simulation)
    if curve is None:
        return 0
    chosen = curve.chosen
    if chosen is None:
        return len(curve.points) // 2
    return min(range(len(curve.points)), key=lambda n: abs(curve.points[n].threshold - chosen))
