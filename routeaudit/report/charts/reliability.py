"""The reliability plot: what a confidence said, and how often it came true."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from routeaudit.report import numbers
from routeaudit.report.charts.canvas import BLUE, MUTED, Chart, share_ticks
from routeaudit.report.tables import Column, Table
from routeaudit.stats.binomial import wilson
from routeaudit.stats.figures import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "How often the confidence came true"
_SMALLEST, _LARGEST = 4.0, 12.0


class Bar(NamedTuple):
    """Answers of like confidence: what it said on average, the share good enough, how many."""

    predicted: float
    observed: float
    answers: int

    @property
    def interval(self) -> Interval:
        """Of the share good enough: Wilson, 95 %."""
        found = wilson(self.observed * self.answers, self.answers)
        return found or Interval(0.0, 1.0)


def reliability(bars: Sequence[Bar], scale: str) -> Chart:
    """Draw bars over the line on which a perfect confidence lies.

    Args:
        bars: at least one, by rising confidence.
        scale: of the confidence: calibrated or raw.
    """
    alt = "; ".join(
        f"said {numbers.share(bar.predicted)}, came true {numbers.share(bar.observed)} of "
        f"{numbers.count(bar.answers)}"
        for bar in bars
    )
    most = max(bar.answers for bar in bars)

    def draw(axes: "Axes") -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle="--")
        for bar in bars:
            low, high = bar.interval
            axes.plot([bar.predicted] * 2, [low, high], color=BLUE, linewidth=1)
            size = _SMALLEST + (_LARGEST - _SMALLEST) * (bar.answers / most) ** 0.5
            axes.plot([bar.predicted], [bar.observed], "o", color=BLUE, markersize=size)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)
        share_ticks(axes.xaxis)
        share_ticks(axes.yaxis)
        axes.grid()
        axes.set_xlabel(f"{scale} confidence of the answers")
        axes.set_ylabel("good enough")

    columns = (
        Column("predicted", "Confidence", "share"),
        Column("observed", "Good enough", "share"),
        Column("answers", "Answers", "count"),
    )
    table = Table("reliability", TITLE, columns, tuple(tuple(bar) for bar in bars))
    return Chart("reliability", TITLE, alt, table, draw, 3.2)
