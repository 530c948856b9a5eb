"""The house style, and the one place that imports matplotlib: chart in, SVG or PNG out.

The same chart gives the same bytes: ids are salted with its name, no date is written, and
text stays text in SVG (a generic font family), so no font file decides how it looks.
"""

import importlib
import io
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from routeaudit.report import numbers
from routeaudit.report.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

WIDTH_IN = 5.0
LEAST_HEIGHT_IN = 0.8
INK, MUTED, RULE = "#1b1f24", "#5c646e", "#d9dde2"
# Okabe and Ito's colours: told apart with every common colour blindness, and in grey.
BLUE, SKY, ORANGE = "#0072b2", "#56b4e9", "#e69f00"
GREEN, RED, PURPLE = "#009e73", "#d55e00", "#cc79a7"
PAPER = "#ffffff"

VARIABLES = {
    INK: "--ink", MUTED: "--muted", RULE: "--rule", PAPER: "--paper", BLUE: "--blue",
    SKY: "--sky", ORANGE: "--orange", GREEN: "--green", RED: "--red", PURPLE: "--purple",
}  # fmt: skip
"""Inline in a page, each colour follows the page's light or dark scheme."""

STYLE: Mapping[str, object] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "text.parse_math": False,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 8,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "svg.fonttype": "none",
    "svg.id": None,
    "figure.dpi": 100,
}
PNG_DPI = 200
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


class Chart(NamedTuple):
    """A drawing of a table, with what a screen reader says in its place."""

    name: str
    title: str
    alt: str
    table: Table
    draw: Callable[["Axes"], None]
    height_in: float = 2.9
    width_in: float = WIDTH_IN


def inline_svg(chart: Chart) -> str:
    """Draw a chart for a page: no size of its own, the page's colours, no ids but needed ones."""
    svg = _drawn_svg(chart)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style type=\"text/css\">.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return _in_page_colours(_without_idle_ids(svg)).strip()


def both_files(chart: Chart) -> tuple[bytes, bytes]:
    """Draw a chart as a PNG file and as an SVG file, both with its title, laid out once."""
    with _house_style(chart.name):
        figure = _figure(chart, chart.title)
        image = _written(figure, "png", PAPER)
        figure.set_layout_engine("none")
        return image, _written(figure, "svg", PAPER)


def standalone_svg(chart: Chart) -> bytes:
    """Draw a chart as an SVG file with its title."""
    return _drawn_svg(chart, title=chart.title).encode()


def png(chart: Chart) -> bytes:
    """Draw a chart as a PNG file with its title, on white, 200 dots an inch."""
    return _saved(chart, "png", chart.title)


def money_ticks(axis: "Axis", currency: str = "USD") -> None:
    """Write an axis in money, every tick with the same decimals."""
    axis.set_major_formatter(
        lambda value, _: numbers.money_like(value, axis.get_majorticklocs(), currency)
    )


def share_ticks(axis: "Axis") -> None:
    """Write an axis in per cent."""
    axis.set_major_formatter(lambda value, _: numbers.exact_share(value))


def count_ticks(axis: "Axis") -> None:
    """Write an axis in whole numbers."""
    axis.set_major_formatter(lambda value, _: numbers.count(value))


def _drawn_svg(chart: Chart, title: str = "") -> str:
    return _saved(chart, "svg", title).decode()


def make_ready() -> None:
    """Import matplotlib in a thread: a third of a second, while others wait for files."""

    def load() -> None:
        for part in ("figure", "backends.backend_agg", "backends.backend_svg"):
            importlib.import_module(f"matplotlib.{part}")

    threading.Thread(target=load).start()


def _saved(chart: Chart, kind: str, title: str) -> bytes:
    with _house_style(chart.name):
        return _written(_figure(chart, title), kind, PAPER if title else "none")


def _written(figure: "Figure", kind: str, face: str) -> bytes:
    """Draw a figure into a file; not by `savefig`, which draws all of it once more beforehand."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.BytesIO()
    figure.set_dpi(PNG_DPI)
    figure.set_facecolor(face)
    if kind == "svg":
        FigureCanvasSVG(figure).print_svg(buffer, metadata=NO_METADATA)  # type: ignore[no-untyped-call]  # matplotlib has no types here
    else:
        FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]  # as above
    return buffer.getvalue()


@contextmanager
def _house_style(salt: str) -> Iterator[None]:
    """Draw in the house style, whatever the user's own is, and without talk of fonts."""
    talk = logging.getLogger("matplotlib")
    level = talk.level
    talk.setLevel(logging.ERROR)
    try:
        import matplotlib as mpl

        with mpl.rc_context(), warnings.catch_warnings():
            mpl.rcdefaults()
            mpl.rcParams.update({**STYLE, "svg.hashsalt": salt})  # type: ignore[dict-item]  # its keys are literals
            # Names from a log may hold letters that the drawing font lacks; browsers have others.
            warnings.filterwarnings(
                "ignore", message="Glyph .* missing from", category=UserWarning
            )
            warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
            # A name or an amount of absurd length leaves no room; the table under it has all.
            warnings.filterwarnings("ignore", message="constrained_layout not applied")
            yield
    finally:
        talk.setLevel(level)


def _figure(chart: Chart, title: str) -> "Figure":
    from matplotlib.figure import Figure

    extra = 0.35 if title else 0.0
    figure = Figure(
        figsize=(chart.width_in, max(chart.height_in, LEAST_HEIGHT_IN) + extra),
        layout="constrained",
    )
    axes = figure.add_subplot()
    chart.draw(axes)
    if title:
        figure.suptitle(title, x=0.02, ha="left", fontsize=10.5, fontweight="bold", color=INK)
    return figure


def _without_idle_ids(svg: str) -> str:
    """Drop ids that nothing refers to: they repeat from chart to chart in one page."""
    used = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", svg))
    return re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", svg)


def _in_page_colours(svg: str) -> str:
    for colour, variable in VARIABLES.items():
        svg = svg.replace(f": {colour}", f": var({variable}, {colour})")
    return svg.replace("'DejaVu Sans', ", "").replace('"DejaVu Sans", ', "")
