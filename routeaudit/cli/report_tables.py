"""Tables of the reports on the terminal: the same cells, the same rounding."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from routeaudit.cli.console import Talk
from routeaudit.cli.tables import Head, show

if TYPE_CHECKING:
    from routeaudit.report.tables import Table


def show_table(talk: Talk, table: "Table", narrow: Collection[str] = ()) -> None:
    """Print a report's table; nothing where it has no row.

    Args:
        talk: how the command speaks.
        table: what to print.
        narrow: the columns to keep where the terminal has no room for all; empty: all of them.
    """
    from routeaudit.report.tables import shown

    words = ("text", "prose")
    places = [
        place
        for place, column in enumerate(table.columns)
        if not narrow or talk.is_wide or column.name in narrow
    ]
    heads = [
        Head(table.columns[place].heading, is_figure=table.columns[place].kind not in words)
        for place in places
    ]
    if table.rows:
        show(
            talk, table.title, heads, [[row[place] for place in places] for row in shown(table)]
        )
