"""What to read from the logs, and how."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routeaudit import options
from routeaudit.errors import ConfigError
from routeaudit.ingest.values import Moment, moment
from routeaudit.options import option

ESTIMATES = "count tokens in the texts where a log tells none, and mark those calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings:
    """What to read from the logs, and how.

    Raises:
        ConfigError: a value is out of its range, no time or no time zone.
    """

    format: str = option("auto", "log format of every record, or auto")
    since: str | None = option(
        None, "leave out calls before this time (ISO, local to timezone)"
    )
    until: str | None = option(None, "leave out calls from this time on")
    timezone: str = option(
        "UTC", "zone of times that name none, as in Europe/Berlin", also=("--tz",)
    )
    sample: str | None = option(None, "keep only N calls, or P% of them, chosen by hash")
    seed: int = option(0, "which calls the sample holds", low=0)
    max_bad_rows: float = option(
        0.01, "share of unreadable records that is put up with", low=0, high=1
    )
    map: tuple[str, ...] = option(
        (), "where a field lies: field=$.path; request and response take bodies"
    )
    map_file: str | None = option(None, "TOML file with map, filter and explode")
    filter: tuple[str, ...] = option((), "keep only records like this: type==GENERATION")
    explode: str | None = option(None, "path of a list whose elements are the calls")
    estimate_tokens: bool = option(default=True, help=ESTIMATES)
    processes: int | None = option(
        None, "worker processes for slow formats; none by default on small logs", low=0
    )

    def __post_init__(self) -> None:
        options.check(self)
        try:
            zone = ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigError(
                f"there is no time zone {self.timezone!r}", hint="as in Europe/Berlin"
            ) from error
        since, until = (self._time(name, zone) for name in ("since", "until"))
        if since is not None and until is not None and since.us >= until.us:
            raise ConfigError(f"since is not before until: {self.since} and {self.until}")
        sample_of(self.sample)

    def _time(self, name: str, zone: ZoneInfo) -> Moment | None:
        told = getattr(self, name)
        if told is None:
            return None
        found = moment(told, zone)
        if found is None:
            raise ConfigError(
                f"{name} is no time: {told!r}", hint="as in 2026-10-01 or 2026-10-01T08:00"
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AsLogged(IngestSettings):
    """What to read from the logs where only what they tell is wanted: unknown counts stay null."""

    estimate_tokens: bool = option(default=False, help=ESTIMATES)


def sample_of(told: str | None) -> tuple[int | None, float | None]:
    """Read `--sample`: a number of calls, or a share of them; (None, None) for all.

    Raises:
        ConfigError: it is neither.
    """
    if told is None:
        return None, None
    try:
        if told.endswith("%"):
            share = float(told[:-1]) / 100
            if 0 < share <= 1:
                return None, share
        elif int(told) > 0:
            return int(told), None
    except ValueError:
        pass
    raise ConfigError(
        f"sample cannot be {told!r}", hint="a number of calls (5000) or a share (10%)"
    )
