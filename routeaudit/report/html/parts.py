"""Parts that sections share: figures with their data table, tables, definition lists."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from routeaudit.report.charts import Chart, inline_svg
from routeaudit.report.html.element import Safe, element, joined
from routeaudit.report.tables import Table, shown, worth_showing

LEFT = ("text", "prose", "flag")
MOST_ROWS = 200
SHORT = 16  # a name up to so many letters is not broken
MOST_PRINTED = 14


def section(identity: str, title: str, *children: str | None, class_: str = "") -> Safe:
    """Make a titled section; empty when it has nothing to say."""
    body = joined(*children)
    if not body:
        return Safe()
    heading = element("h2", title, id=f"{identity}-title")
    return element(
        "section", heading, body, id=identity, aria_labelledby=f"{identity}-title", class_=class_ or None
    )  # fmt: skip


def figure(chart: Chart | None, heading: str = "h3") -> Safe:
    """Make a chart with its title, what a screen reader says, and the table under it."""
    if chart is None:
        return Safe()
    return element(
        "figure",
        element("figcaption", element(heading, chart.title)),
        element(
            "div", Safe(inline_svg(chart)), role="img", aria_label=chart.alt, class_="drawing"
        ),
        folded("Data table", table(chart.table)),
        class_="chart",
    )


def grid(*children: str, class_: str = "grid") -> Safe:
    """Lay parts side by side where there is room."""
    parts = [child for child in children if child]
    return element("div", *parts, class_=class_) if parts else Safe()


def folded(summary: str, content: str) -> Safe:
    """Make a part that opens on a click, without a script."""
    return element("details", element("summary", summary), content)


def table(
    data: Table,
    columns: Sequence[str] | None = None,
    *,
    identity: str | None = None,
    printed: Literal[7, 14] = 14,
) -> Safe:
    """Make a table of the named columns that hold anything; a long one is cut and says so.

    Paper shows the first `printed` rows.
    """
    places = worth_showing(data, columns)
    heads = [data.columns[place] for place in places]
    head = element(
        "tr", *(element("th", c.heading, scope="col", class_=_side(c.kind)) for c in heads)
    )
    cells = shown(data)[:MOST_ROWS]
    body = [
        element("tr", *(_cell(row[p], data.columns[p].kind) for p in places)) for row in cells
    ]
    made = element(
        "table", element("caption", data.title), element("thead", head), element("tbody", *body), id=identity
    )  # fmt: skip
    class_ = "scroll" if printed == MOST_PRINTED else "scroll short"
    scroll = element(
        "div", made, class_=class_, tabindex="0", role="region", aria_label=data.title
    )
    return joined(scroll, _cut(len(data.rows), printed))


def definitions(pairs: Iterable[tuple[str, str]] | Mapping[str, str], class_: str = "") -> Safe:
    """Make a list of terms and what they are."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    rows = [element("div", element("dt", key), element("dd", value)) for key, value in items]
    return element("dl", *rows, class_=class_ or None) if rows else Safe()


def _cell(text: str, kind: str) -> Safe:
    if kind == "prose":
        # A logged query may be written from right to left.
        return element("td", text, class_="prose", dir="auto")
    if kind == "text" and len(text) <= SHORT:
        return element("td", text, class_="word")
    return element("td", text, class_=_side(kind))


def _side(kind: str) -> str | None:
    return None if kind in LEFT else "n"


def _cut(rows: int, printed: int) -> Safe:
    """Say that rows are missing: from the page, or from paper only."""
    most, class_ = (MOST_ROWS, "note") if rows > MOST_ROWS else (printed, "note paper")
    if rows <= most:
        return Safe()
    text = f"The first {most} of {rows:,} rows; the CSV file has them all."
    return element("p", text, class_=class_)
