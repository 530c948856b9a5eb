"""Charts of a result, each the drawing of one of its tables."""

from routeaudit.report.charts.canvas import (
    Chart,
    both_files,
    inline_svg,
    make_ready,
    png,
    standalone_svg,
)
from routeaudit.report.charts.cost import before_after, breakeven, tornado, waterfall
from routeaudit.report.charts.quality import front, latency, threshold
from routeaudit.report.charts.spend import spend_by, weekly_chart
from routeaudit.result import AuditResult

__all__ = [
    "Chart",
    "both_files",
    "charts_of",
    "inline_svg",
    "make_ready",
    "png",
    "standalone_svg",
    "weekly_chart",
]


def charts_of(result: AuditResult) -> dict[str, Chart]:
    """Give the charts that the result has data for, by name, in the order of the report."""
    audit = result.audit
    made = [
        before_after(result),
        waterfall(result),
        *(spend_by(audit, name) for name in ("team", "feature", "task") if audit),
        front(result),
        threshold(result),
        latency(result),
        weekly_chart(audit.weeks) if audit else None,
        breakeven(result),
        tornado(result),
    ]
    return {chart.name: chart for chart in made if chart is not None}
