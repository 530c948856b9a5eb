"""Reports: files that are functions of a result; the same result gives the same bytes."""

from routeaudit.report.charts import make_ready
from routeaudit.report.files import (
    write_charts,
    write_html,
    write_json,
    write_reports,
    write_summary,
    write_tables,
)

__all__ = [
    "make_ready",
    "write_charts",
    "write_html",
    "write_json",
    "write_reports",
    "write_summary",
    "write_tables",
]
