"""Tables for people (Rich) and for scripts (tab-separated), from the same rows."""

import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich import box
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from routeaudit.cli.console import Talk

SHORT = 12  # cells up to so many characters are never broken
LONGEST_NAME = 26  # a longer name is broken rather than a column of figures lost


class Head(NamedTuple):
    """A column's title and whether it holds figures."""

    title: str
    is_figure: bool = True


def show(talk: Talk, title: str, heads: Sequence[Head], rows: Iterable[Sequence[str]]) -> None:
    """Print one table to stdout."""
    if talk.plain:
        print_plain([[head.title for head in heads], *rows])
        return
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
        pad_edge=False, header_style="dim",
    )  # fmt: skip
    body = [list(row) for row in rows]
    for i, head in enumerate(heads):
        # Titles may wrap; figures and names never do.
        widest = max((cell_len(row[i]) for row in body), default=0)
        table.add_column(
            head.title,
            justify="right" if head.is_figure else "left",
            min_width=min(widest, LONGEST_NAME)
            if head.is_figure or i == 0 or widest <= SHORT
            else None,
            overflow="fold",
        )
    for row in body:
        table.add_row(*(escape(cell) for cell in row))
    talk.out.print(table)


def print_plain(rows: Iterable[Sequence[str]]) -> None:
    """Print rows with tabs between cells; a tab or line end inside a cell becomes a space."""
    for row in rows:
        sys.stdout.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
