"""Charts of the audit: where the money goes, and week by week."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from routeaudit.report import audited as tables
from routeaudit.report import numbers
from routeaudit.report.charts.canvas import BLUE, INK, MUTED, RULE, Chart, money_ticks
from routeaudit.result import Audit, Slice, Week

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 10
MOST_WEEKS = 26
NARROW_IN = 3.4  # three stand side by side


class Bar(NamedTuple):
    """One bar: its name, dollars, and whether it gathers the small rest."""

    name: str
    usd: float
    is_rest: bool


def spend_by(audit: Audit, name: Literal["team", "feature", "task"]) -> Chart | None:
    """Draw the ten slices with the highest spend and the rest; None without known spend."""
    rows = {"team": audit.by_team, "feature": audit.by_feature, "task": audit.by_task}[name]
    bars = top_and_other(rows)
    if not bars:
        return None
    alt = f"Bars of spend by {name}. " + "; ".join(
        f"{b.name} {numbers.money(b.usd)}" for b in bars
    )

    def draw(axes: "Axes") -> None:
        sizes = [bar.usd for bar in bars]
        axes.barh(
            range(len(bars)), [bar.usd for bar in bars], height=0.62,
            color=[RULE if bar.is_rest else BLUE for bar in bars],
        )  # fmt: skip
        widest = max(*(bar.usd for bar in bars), 1e-12)
        for place, bar in enumerate(bars):
            axes.text(
                bar.usd + 0.02 * widest, place, numbers.money_like(bar.usd, sizes), va="center"
            )
        axes.set_yticks(range(len(bars)), [bar.name for bar in bars], color=INK)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.25 * widest)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.spines["left"].set_visible(False)

    title = f"Spend by {name}, the whole log"
    table = tables.slices(name, name.capitalize(), rows)
    return Chart(f"spend-{name}", title, alt, table, draw, 0.3 + 0.22 * len(bars), NARROW_IN)


def top_and_other(rows: Sequence[Slice]) -> list[Bar]:
    """Keep the ten slices with the highest known spend and add the others up."""
    known = sorted(
        ((row.spend_usd, numbers.label(row.key, longest=24)) for row in rows if row.spend_usd),
        key=lambda pair: (-pair[0], pair[1]),
    )
    bars = [Bar(name, usd, is_rest=False) for usd, name in known[:MOST_BARS]]
    rest = known[MOST_BARS:]
    if rest:
        bars.append(Bar(f"{len(rest)} others", sum(usd for usd, _ in rest), is_rest=True))
    return bars


def weekly_chart(found: tuple[Week, ...]) -> Chart | None:
    """Draw the spend of each week and its share of simple calls; None below two weeks."""
    weeks = [week for week in found if week.spend_usd is not None][-MOST_WEEKS:]
    if len(weeks) < 2:  # noqa: PLR2004 one week is no trend
        return None
    alt = "Bars of spend by week. " + "; ".join(
        f"{w.start} {numbers.money(w.spend_usd)}" + (" (partial)" if w.partial else "")
        for w in weeks
    )

    def draw(axes: "Axes") -> None:
        values = [week.spend_usd or 0.0 for week in weeks]
        colours = [RULE if week.partial else BLUE for week in weeks]
        axes.bar(range(len(weeks)), values, color=colours, width=0.62)
        if len(weeks) <= MOST_BARS:
            for place, week in enumerate(weeks):
                text = f"{numbers.share(week.simple_calls_share)}\nsimple"
                axes.text(
                    place,
                    values[place],
                    text,
                    ha="center",
                    va="bottom",
                    color=MUTED,
                    fontsize=7.5,
                )
        step = -(-len(weeks) // 6)
        axes.set_xticks(
            range(0, len(weeks), step), [week.start for week in weeks[::step]], fontsize=7.5
        )
        axes.set_ylim(0, 1.25 * max([*values, 1e-12]))
        money_ticks(axes.yaxis)
        axes.locator_params(axis="y", nbins=5)
        axes.grid(axis="y")
        axes.set_xlabel("week of; grey: partial week")

    return Chart("weekly", "Week by week", alt, tables.weeks_table(found), draw, 2.3)
