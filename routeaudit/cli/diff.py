"""`routeaudit diff OLD.toml NEW.toml`: two policies on the same traffic."""

from pathlib import Path
from typing import Annotated

import typer

from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import money, share
from routeaudit.cli.options import Given, options
from routeaudit.cli.place import Place
from routeaudit.cli.simulate import request_of
from routeaudit.cli.tables import Head, show
from routeaudit.errors import ConfigError
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.result import PolicyResult

DIFFED = ("old", "new")
KINDS: dict[str, type] = {"simulate": SimulationSettings}


@options(**KINDS, talk=Talk, place=Place)
def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD.toml", help="a policy: a .toml file or a name")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW.toml", help="the other policy")],
    source: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[SCAN|OUTCOMES]", help="the traffic \\[default: the latest scan]"
        ),
    ] = None,
    *,
    given: Given,
) -> None:
    """Set two policies side by side on the same traffic: share moved, money, failures.

    Nothing is kept: the scan's last simulation stays as it is.
    """
    import polars as pl

    from routeaudit import pipeline

    talk, place = Talk(**given["talk"]), Place(**given["place"])
    given |= {"classify": {}, "ingest": {}}
    request = request_of(tuple(map(str, source or ())), (old, new), given, place)
    done = pipeline.replayed(request, place.open_workspace())
    simulation = done.result.simulation
    policies = [] if simulation is None else list(simulation.policies)
    rows = [row for row in policies if row.role == "policy"]
    paths = [entry.paths.cast(pl.String) for entry, _ in done.replay.replayed.settled]
    if len(rows) != len(DIFFED):
        raise ConfigError("two policies are needed, and both must fit the traffic's arms")
    one, two = rows
    moved = float((paths[0] != paths[1]).sum()) / len(paths[0])
    if talk.json:
        rows_of = {"old": _plainly(one), "new": _plainly(two)}
        talk.dump({"share_moved": moved, **rows_of})
        return
    table = [
        ("to cheaper arms", share(_part(one), 1), share(_part(two), 1)),
        ("estimated saving", _saving(one), _saving(two)),
        ("month", _month(one), _month(two)),
        ("failing", _failing(one), _failing(two)),
        ("verdict", str(one.quality.verdict), str(two.quality.verdict)),
        ("evidence", str(one.quality.evidence), str(two.quality.evidence)),
    ]
    heads = [
        Head("", is_figure=False),
        Head(f"{old}: {one.policy}"),
        Head(f"{new}: {two.policy}"),
    ]
    show(talk, f"{share(moved, 1)} of the requests take another path", heads, table)


def _plainly(row: PolicyResult) -> dict[str, object]:
    return {
        "policy": row.policy,
        "served_share": _part(row),
        "saving_share": row.saving.share,
        "month": row.cost_month.value if row.cost_month else None,
        "failure_rate": row.quality.failure_rate,
        "verdict": row.quality.verdict.value,
        "evidence": row.quality.evidence.value,
    }


def _part(row: PolicyResult) -> float | None:
    return row.served / row.n if row.n else None


def _month(row: PolicyResult) -> str:
    month = row.cost_month
    return money(None) if month is None else money(month.value, row.currency, month.interval)


def _saving(row: PolicyResult) -> str:
    return share(row.saving.share, 1, row.saving.interval)


def _failing(row: PolicyResult) -> str:
    return share(row.quality.failure_rate, 1, row.quality.interval)
