"""Tables of the reports on the terminal: the same cells, the same rounding."""

from typing import TYPE_CHECKING

from routeaudit.cli.console import Talk
from routeaudit.cli.tables import Head, show

if TYPE_CHECKING:
    from routeaudit.report.tables import Table


def show_table(talk: Talk, table: "Table") -> None:
    """Print a report's table; nothing where it has no row."""
    from routeaudit.report.tables import shown

    words = ("text", "prose")
    heads = [Head(c.heading, is_figure=c.kind not in words) for c in table.columns]
    if table.rows:
        show(talk, table.title, heads, shown(table))
