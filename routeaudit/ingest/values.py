"""Single values as logs write them, turned into ours; what cannot be read is None."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple  # Any: parsed JSON

import orjson

SECONDS_END = 1e11
MILLISECONDS_END = 1e14
MICROSECONDS_END = 1e17
TICKS = (6e17, 7e17)  # .NET: 100 ns since 0001-01-01
TICKS_END = 700_000_000_000_000_000
TICKS_TO_EPOCH = 62_135_596_800 * 10_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S = 86_400
MAX_JSON_LAYERS = 3
MOST = 2**32
EARLIEST_US = 946_684_800_000_000  # 2000-01-01: an older call is a wrong number, not a log
LATEST_US = 4_102_444_800_000_000  # 2100-01-01
PORTAL_TIME = "%m/%d/%Y, %I:%M:%S.%f %p"  # Azure's portal: 5/4/2026, 8:00:00.000 AM
OFFSET = re.compile(r" ([+-]\d\d:?\d\d)(?: [A-Z]{3,5})?$")  # 2026-05-04 08:00:00 +0000 UTC
KIND = re.compile(r"[A-Za-z0-9_][\w.:/-]{0,39}", re.ASCII)


class Moment(NamedTuple):
    """A point in time, and whether its zone was only assumed."""

    us: int
    zone_assumed: bool = False


def moment(value: Any, zone: tzinfo = UTC) -> Moment | None:  # noqa: ANN401 parsed JSON
    """Read a time in any form that logs use: epoch number, ISO text, ticks, [s, ns] pair.

    Returns:
        Microseconds since 1970 UTC; None when it is no time between 2000 and 2100.
    """
    kind = type(value)
    if kind is str:
        return _from_text(value.strip().strip('"'), zone)
    if kind is int:
        return _plausible(value // 1000 if value > TICKS_END else _from_number(value))
    return None if value is None else _odd_moment(value, zone)


def _odd_moment(value: Any, zone: tzinfo) -> Moment | None:  # noqa: ANN401 parsed JSON
    match value:
        case bool():
            found = None
        case datetime():
            found = _from_datetime(value, zone)
        case int() | float():
            found = _plausible(_from_number(value))
        case str():
            found = _from_text(value.strip().strip('"'), zone)
        case [seconds, nanos]:
            found = _from_pair(number(seconds), number(nanos))
        case _:
            found = None
    return found


def between_s(start: Moment | None, end: Moment | None) -> float | None:
    """Give the seconds from one time to another; None if either is unknown or they cross."""
    if start is None or end is None or end.us < start.us:
        return None
    return (end.us - start.us) / 1e6


def _from_pair(seconds: float | None, nanos: float | None) -> Moment | None:
    if seconds is None or nanos is None:
        return None
    return _plausible(round(seconds * 1e6 + nanos / 1e3))


def _from_number(value: float) -> int | None:
    if not math.isfinite(value) or value <= 0:
        return None
    if TICKS[0] <= value <= TICKS[1]:
        return (int(value) - TICKS_TO_EPOCH) // 10
    if value < SECONDS_END:
        return round(value * 1e6)
    if value < MILLISECONDS_END:
        return round(value * 1e3)
    return int(value) if value < MICROSECONDS_END else int(value) // 1000


def _plausible(us: int | None) -> Moment | None:
    return Moment(us) if us is not None and EARLIEST_US <= us < LATEST_US else None


@lru_cache(maxsize=512)  # a record's times are asked for more than once
def _from_text(text: str, zone: tzinfo) -> Moment | None:
    # first as a number: some epochs in digits are also dates of the 18th century
    found = None if text[4:5] == "-" else number(text)
    if found is not None and (epoch := _plausible(_from_number(found))) is not None:
        return epoch
    try:
        return _from_datetime(datetime.fromisoformat(text), zone)
    except ValueError:
        return _from_odd_text(text, zone)


def _from_odd_text(text: str, zone: tzinfo) -> Moment | None:
    """Read 2026/05/04 08:00, a zone in letters, and the dates of mails and HTTP headers."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 few logs write so

    dashed = text.replace("/", "-") if text[4:5] == "/" else text
    dashed = OFFSET.sub(r"\1", dashed)
    iso = dashed.removesuffix(" UTC").removesuffix(" GMT")
    try:
        found = datetime.fromisoformat(iso + ("+00:00" if iso != dashed else ""))
    except ValueError:
        try:
            found = (
                datetime.strptime(text, PORTAL_TIME)  # noqa: DTZ007 the zone is given below
                if text.endswith((" AM", " PM"))
                else parsedate_to_datetime(text)
            )
        except (ValueError, TypeError, IndexError):
            return None
    return _from_datetime(found, zone)


def _from_datetime(value: datetime, zone: tzinfo) -> Moment | None:
    assumed = value.tzinfo is None
    aware = value.replace(tzinfo=zone) if assumed else value
    try:
        since = aware - EPOCH
    except OverflowError:
        return None
    us = (since.days * DAY_S + since.seconds) * 1_000_000 + since.microseconds
    return Moment(us, assumed) if EARLIEST_US <= us < LATEST_US else None


def number(value: Any) -> float | None:  # noqa: ANN401 parsed JSON
    """Read a finite number, also from text; None for anything else, booleans included."""
    if type(value) is float and math.isfinite(value):  # the usual kind, at once
        return value
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def count(value: Any) -> int | None:  # noqa: ANN401 parsed JSON
    """Read a count (tokens, turns): a whole number >= 0 that fits 32 bits, else None."""
    if type(value) is int:  # the usual kind, at once
        return value if 0 <= value < MOST else None
    if value is None:
        return None
    found = number(value)
    return (
        int(found) if found is not None and 0 <= found < MOST and found == int(found) else None
    )


def string(value: Any) -> str | None:  # noqa: ANN401 parsed JSON
    """Keep a text that is not blank; numbers become text; None for anything else."""
    if type(value) is str or isinstance(value, str):
        # not `strip`: it would copy long texts
        return value if value and not value.isspace() else None
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return None


def not_a_call(kind: Any, otherwise: str) -> str:  # noqa: ANN401 parsed JSON
    """Say what was logged instead of a call; words, which may be anyone's, are "another kind"."""
    name = string(kind)
    shown = otherwise if name is None else name if KIND.fullmatch(name) else "another kind"
    return f"not a model call: {shown}"


def at(value: Any, *keys: str | int) -> Any:  # noqa: ANN401 parsed JSON
    """Walk down objects and lists; None where the way ends."""
    for key in keys:
        if value is None:
            return None
        if type(value) is dict:
            value = value.get(key)
        elif type(value) is list:  # before `Mapping`, which takes long to say no
            if not isinstance(key, int) or not -len(value) <= key < len(value):
                return None
            value = value[key]
        elif isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        else:
            return None
    return value


def first(*values: Any) -> Any:  # noqa: ANN401 parsed JSON
    """Give the first value that is not None."""
    for value in values:  # a loop: four times as fast as a generator here
        if value is not None:
            return value
    return None


def first_text(*values: Any) -> str | None:  # noqa: ANN401 parsed JSON
    """Give the first value that is a text and not blank."""
    for value in values:
        if value is not None and (found := string(value)) is not None:
            return found
    return None


_OPENING = frozenset(("{", "[", '"'))


def unwrapped(value: Any) -> Any:  # noqa: ANN401 parsed JSON
    """Parse JSON that was stored as text, up to three layers deep; else give it back."""
    for _ in range(MAX_JSON_LAYERS):
        if type(value) is not str and not isinstance(value, str):
            return value
        head = value[:1]
        # a slice first: `lstrip` would copy long texts
        if head not in _OPENING and (not head.isspace() or value.lstrip()[:1] not in _OPENING):
            return value
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 parsed JSON
    """Give an object, also one stored as text; an empty one for anything else."""
    if type(value) is dict:
        return value
    found = unwrapped(value)
    return found if isinstance(found, dict) else {}


def items(value: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 parsed JSON
    """Give the objects in a list, also one stored as text; nothing for anything else."""
    found = value if type(value) is list else unwrapped(value)
    if not isinstance(found, list):
        return iter(())
    return iter([i for i in found if type(i) is dict or isinstance(i, dict)])
