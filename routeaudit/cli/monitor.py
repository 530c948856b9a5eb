"""`routeaudit monitor`: is a live router still keeping its promise?"""

import sys
from typing import Annotated

import typer

from routeaudit.answer.monitor import Look, MonitorSettings, Watched, WeekCount
from routeaudit.answer.served_rows import RowSettings
from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import count, share
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.tables import Head, print_plain, show
from routeaudit.errors import GateFailedError

KINDS: dict[str, type] = {"monitor": MonitorSettings, "rows": RowSettings}
WEEKS_SHOWN = 8
MOST_ODDS = 1_000_000


@options(**KINDS, talk=Talk, place=Place)
def monitor(
    new_logs: Annotated[
        list[str],
        typer.Argument(
            metavar="NEW_LOGS...",
            help="what the live router logged since: JSONL rows with time, route and score, or "
            "LLM API logs; files, folders, globs, or - for rows on stdin",
        ),
    ],
    *,
    name: Annotated[
        str, typer.Option(help="name of the router; each keeps evidence of its own")
    ] = "router",
    reset: Annotated[
        bool, typer.Option("--reset", help="forget all evidence and start with these logs")
    ] = False,
    given: Given,
) -> None:
    """Watch a live router's failure rate: OK, or ALARM and what to do."""
    import msgspec

    from routeaudit import watching
    from routeaudit.answer.monitor import MonitorState

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    config = place.load_config()
    request = watching.MonitorRequest(
        sources=new_logs,
        rows=RowSettings(**given["rows"]),
        monitor=config.settings("monitor", MonitorSettings, given["monitor"]),
        name=name,
        state=MonitorState() if reset else None,
    )
    done = watching.monitor(request, place.open_workspace())
    if talk.json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(done.look)) + b"\n")
    else:
        _show(talk, done.look)
    for reason, rows in done.left_out.items():
        talk.say(f"left out, {reason}: {rows:,} rows")
    if done.look.late:
        talk.say(f"left out, of a week that was closed before: {done.look.late:,} rows")
    if done.look.repeated:
        talk.say(f"counted before: {done.look.repeated:,} rows")
    talk.say(f"evidence kept: {done.file}")
    if done.look.alarms:
        raise GateFailedError(_alarm(done.look), hint=done.look.alarms[-1].advice)


def _alarm(seen: Look) -> str:
    worst = seen.alarms[-1]
    return (
        f"ALARM since {worst.alarm_since}: {worst.build} fails more often than {seen.limit:.0%}"
    )


def _show(talk: Talk, seen: Look) -> None:
    for one in seen.builds:
        _headline(talk, one, seen.limit)
        heads = [
            Head("week", is_figure=False), Head("served"), Head("scored"), Head("of served"),
            Head("failures"), Head("rate"),
        ]  # fmt: skip
        show(talk, one.build, heads, [_week(week) for week in one.weeks[-WEEKS_SHOWN:]])


def _headline(talk: Talk, one: Watched, limit: float) -> None:
    state = "ALARM" if one.alarm_since else "OK"
    if not one.is_current:
        state += ", no longer serving"
    rows = [
        ("status", state),
        ("limit", share(limit, 1)),
        ("newest week", f"{_rate(one.weeks[-1])}{_range(one.week_interval)}"),
        ("since it began", _range(one.interval).strip(" ()") + ", valid at every look"),
        ("evidence", f"{_evidence(one.evidence)} (an alarm from 104 on)"),
    ]
    if one.advice:
        rows.append(("what to do", one.advice))
    if talk.plain:
        print_plain(rows)
        return
    talk.out.print()
    for label, value in rows:
        talk.out.print(f"[bold]{label:<16}[/]", end="")
        talk.out.print(value, markup=False)


def _evidence(odds: float) -> str:
    """Print odds with two digits: a product of many ratios bears no more."""
    if odds >= MOST_ODDS:
        return f"over {MOST_ODDS:,.0f}"
    return f"{float(f'{odds:.2g}'):,.{0 if odds >= 10 else 2}f}"  # noqa: PLR2004 two digits


def _range(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f" ({share(ends[0], 1)} to {share(ends[1], 1)})"


def _rate(week: WeekCount) -> str:
    return share(week.failures / week.scored if week.scored else None, 1)


def _week(week: WeekCount) -> list[str]:
    answered = week.scored / week.served if week.served else None
    return [
        week.week, count(week.served), count(week.scored), share(answered),
        count(week.failures), _rate(week),
    ]  # fmt: skip
