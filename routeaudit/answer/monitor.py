"""Watch the failure rate of a live router, build by build, with its evidence kept on disk.

Each build (small model, prompt, threshold, calibrator) has a detector of its own: a new build
starts without evidence, and two that serve side by side do not disturb each other.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl

from routeaudit.errors import InputError
from routeaudit.options import check, option
from routeaudit.stats.binomial import wilson
from routeaudit.stats.figures import Bools, Floats
from routeaudit.stats.monitoring import Detector, Week, watch
from routeaudit.stats.thresholds import Guarantee, fixed_sequence, served_levels

STATE_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSettings:
    """What is promised of the answers that a small model serves."""

    limit: float = option(0.05, "failure rate of served answers to keep", low=0.001, high=0.7)
    accept: float = option(0.5, "a score of this or more is a good answer", low=0, high=1)

    def __post_init__(self) -> None:
        check(self)


class WeekCount(msgspec.Struct, frozen=True, kw_only=True):
    """One week of one build: answers served, scored among them, and failures among those."""

    week: str
    served: int
    scored: int
    failures: int


class BuildState(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a build; `alarm_since` is the week of its first alarm."""

    weeks: tuple[WeekCount, ...] = ()
    alarm_since: str | None = None


class MonitorState(msgspec.Struct, frozen=True, kw_only=True):
    """All that a next look needs.

    `seen` holds the keys of the newest week's rows and whether each was scored, so that a file
    that is read twice counts once.
    """

    version: int = STATE_VERSION
    builds: dict[str, BuildState] = {}
    newest: str = ""
    seen: dict[str, bool] = {}


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One build as it stands after a look.

    Attributes:
        evidence: of the Shiryaev-Roberts detector; an alarm from 104 on.
        week_interval: of the newest week's failure rate, Wilson 95 %; null without scores.
        interval: of the rate since the build began, valid at every look at once (95 %).
        advice: what to do about an alarm; empty when there is none.
    """

    build: str
    weeks: tuple[WeekCount, ...]
    evidence: float
    alarm_since: str | None
    is_current: bool
    week_interval: tuple[float, float] | None
    interval: tuple[float, float]
    advice: str = ""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a look found: each build, newest last, and how many rows were not counted."""

    limit: float
    builds: tuple[Watched, ...]
    late: int
    repeated: int

    @property
    def alarms(self) -> tuple[Watched, ...]:
        """The builds of the newest week that fail too often."""
        return tuple(one for one in self.builds if one.is_current and one.alarm_since)


def read_state(file: Path) -> MonitorState:
    """Read what the last look left; an empty state where there was none.

    Raises:
        InputError: the file is damaged, or of another version.
    """
    if not file.exists():
        return MonitorState()
    try:
        state = msgspec.json.decode(file.read_bytes(), type=MonitorState)
    except (msgspec.DecodeError, OSError) as error:
        raise InputError(
            f"the monitor's state {file} cannot be read", hint="start anew with --reset"
        ) from error
    if state.version != STATE_VERSION:
        raise InputError(f"{file} is of another version", hint="start anew with --reset")
    return state


def write_state(file: Path, state: MonitorState) -> None:
    """Keep the state; a crash leaves the old one or the new one, never half of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=1))
    partial.replace(file)


def look(
    state: MonitorState, rows: pl.DataFrame, settings: MonitorSettings
) -> tuple[MonitorState, Look]:
    """Count new rows and ask every build's detector.

    Args:
        state: what the last look left.
        rows: of `served_rows.ROW_SCHEMA`, oldest first. Weeks before the newest one of `state`
            are closed: their rows are left out and counted as late.
        settings: the promise.
    """
    on_time = rows.filter(pl.col("week") >= state.newest)
    fresh = _unseen(on_time, state)
    counted = _counted(state, fresh, settings)
    newest = max([state.newest, *fresh["week"].to_list()])
    kept = state.seen if newest == state.newest else {}
    here = fresh.filter(pl.col("week") == newest)
    seen = kept | dict(zip(here["key"], here["score"].is_not_null(), strict=True))
    builds = {name: _judged(name, one, settings) for name, one in counted.items()}
    shown = tuple(_shown(name, one, newest, settings, rows) for name, one in builds.items())
    found = Look(
        limit=settings.limit,
        builds=tuple(sorted(shown, key=lambda one: one.weeks[-1].week)),
        late=rows.height - on_time.height,
        repeated=on_time.height - fresh.height,
    )
    return MonitorState(builds=builds, newest=newest, seen=seen), found


def _unseen(rows: pl.DataFrame, state: MonitorState) -> pl.DataFrame:
    """Leave out what was counted; a row counts again, as scored only, once its score came."""
    # Of a row that is there twice the scored one counts.
    last = rows.sort(pl.col("score").is_not_null(), maintain_order=True)
    once = last.unique("key", keep="last", maintain_order=True).sort("at", maintain_order=True)
    before = pl.col("key").replace_strict(state.seen, default=None, return_dtype=pl.Boolean)
    told = once.with_columns(before=before)
    scored_now = pl.col("score").is_not_null() & ~pl.col("before")
    return told.filter(pl.col("before").is_null() | scored_now)


def _counted(
    state: MonitorState, fresh: pl.DataFrame, settings: MonitorSettings
) -> dict[str, BuildState]:
    counts = fresh.group_by("build", "week", maintain_order=True).agg(
        served=pl.col("before").is_null().sum(),
        scored=pl.col("score").is_not_null().sum(),
        failures=(pl.col("score") < settings.accept).sum(),
    )
    builds = dict(state.builds)
    for build, week, served, scored, failures in counts.sort(
        "week", maintain_order=True
    ).iter_rows():
        old = builds.get(build, BuildState())
        new = WeekCount(week=week, served=served, scored=scored, failures=failures)
        builds[build] = BuildState(weeks=_with(old.weeks, new), alarm_since=old.alarm_since)
    return builds


def _with(weeks: tuple[WeekCount, ...], new: WeekCount) -> tuple[WeekCount, ...]:
    if not weeks or weeks[-1].week != new.week:
        return (*weeks, new)
    last = weeks[-1]
    both = WeekCount(
        week=new.week,
        served=last.served + new.served,
        scored=last.scored + new.scored,
        failures=last.failures + new.failures,
    )
    return (*weeks[:-1], both)


def _judged(build: str, state: BuildState, settings: MonitorSettings) -> BuildState:
    """Note the first week of an alarm: once raised it stays until the build changes."""
    detector, since = Detector(limit=settings.limit), state.alarm_since
    for week in state.weeks:
        detector = watch(detector, Week(week.week, week.scored, week.failures, build))
        if detector.alarm and since is None:
            since = week.week
    return BuildState(weeks=state.weeks, alarm_since=since)


def _shown(
    build: str, state: BuildState, newest: str, settings: MonitorSettings, rows: pl.DataFrame
) -> Watched:
    detector = Detector(limit=settings.limit)
    for week in state.weeks:
        detector = watch(detector, Week(week.week, week.scored, week.failures, build))
    last = state.weeks[-1]
    now = wilson(last.failures, last.scored)
    # Weeks before the alarm were another world: they would make any threshold look good.
    since = pl.col("week") >= (state.alarm_since or newest)
    advice = _advice(rows.filter((pl.col("build") == build) & since), settings)
    return Watched(
        build=build,
        weeks=state.weeks,
        evidence=math.exp(min(detector.log_evidence, 700.0)),
        alarm_since=state.alarm_since,
        is_current=last.week == newest,
        week_interval=None if now is None else (now.low, now.high),
        interval=(detector.rate_interval.low, detector.rate_interval.high),
        advice=advice if state.alarm_since and last.week == newest else "",
    )


def _advice(rows: pl.DataFrame, settings: MonitorSettings) -> str:
    """Name the laxest threshold that the rows since the alarm prove to keep the limit."""
    known = rows.filter(pl.col("confidence").is_not_null())
    scored = known.filter(pl.col("score").is_not_null())
    if scored.is_empty():
        return "retrain; the rows hold no confidence, so no threshold can be proposed"
    found = higher_threshold(
        known["confidence"].to_numpy(),
        scored["confidence"].to_numpy(),
        (scored["score"] < settings.accept).to_numpy(),
        settings.limit,
    )
    if found.threshold is None:
        return f"retrain; {found.reason}"
    kept = (known["confidence"] >= found.threshold).sum() / known.height
    return (
        f"retrain, or raise the threshold to {found.threshold:.3g}: it keeps {settings.limit:.0%} "
        f"(95 % sure) and {kept:.0%} of what is served now"
    )


def higher_threshold(served: Floats, scored: Floats, failed: Bools, limit: float) -> Guarantee:
    """Find the laxest guaranteed threshold among the served answers' own confidences.

    Args:
        served: (n,) confidence of every served answer.
        scored: (m,) confidence of those that were scored.
        failed: (m,) whether each was a failure.
        limit: the failure rate to keep.
    """
    return fixed_sequence(served_levels(served), scored, failed, limit)
