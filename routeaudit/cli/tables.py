"""Tables for people (Rich) and for scripts (tab-separated), from the same rows."""

import sys
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypedDict

from rich import box
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from routeaudit.cli.console import Talk

AROUND = 3  # characters around a column
SHORT = 12  # cells up to so many characters are never broken
LEAST_NAME = 16  # where a table is too wide, a name is broken from here on, if that will do
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
    for head, width in zip(heads, _widths(heads, body, talk.out.width), strict=True):
        table.add_column(
            head.title, justify="right" if head.is_figure else "left", overflow="fold", **width
        )
    for row in body:
        table.add_row(*(escape(cell) for cell in row))
    talk.out.print(table)


class _Width(TypedDict, total=False):
    """What a column is told of its width: at least so many characters, or exactly."""

    min_width: int | None
    width: int


def _widths(heads: Sequence[Head], body: Sequence[Sequence[str]], room: int) -> list[_Width]:
    """Say how wide columns are: titles may wrap; figures and names never do.

    Rich narrows the widest columns first and cuts off what its least widths then leave no room
    for, so where a table is too wide the columns with most to spare give way here.
    """
    widest = [max((cell_len(row[i]) for row in body), default=0) for i in range(len(heads))]
    least = [
        min(cells, LONGEST_NAME) if head.is_figure or i == 0 or cells <= SHORT else None
        for i, (head, cells) in enumerate(zip(heads, widest, strict=True))
    ]
    wanted = [max(cell_len(head.title), w) for head, w in zip(heads, widest, strict=True)]
    spare = sum(wanted) + AROUND * len(heads) - 1 - room  # no divider behind the last
    if spare <= 0 or None in least:
        return [_Width(min_width=one) for one in least]
    words = [max(map(cell_len, head.title.split()), default=0) for head in heads]
    names = [min(widest[0], LEAST_NAME), *(one or 0 for one in least[1:])]
    # First titles are broken between words, then names, then titles within words; then names
    # where they must, so that no figure is.
    for floor in (
        [max(pair) for pair in zip(words, [one or 0 for one in least], strict=True)],
        [max(pair) for pair in zip(words, names, strict=True)],
        names,
        [1, *names[1:]],
    ):
        while spare > 0:
            at = max(range(len(heads)), key=lambda i: wanted[i] - floor[i])
            if wanted[at] <= floor[at]:
                break
            wanted[at] -= 1
            spare -= 1
    return [_Width(width=one) for one in wanted]


def print_plain(rows: Iterable[Sequence[str]]) -> None:
    """Print rows with tabs between cells; a tab or line end inside a cell becomes a space."""
    for row in rows:
        sys.stdout.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
