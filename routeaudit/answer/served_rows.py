"""What a live router logged, as rows that can be counted: which build served, and was it good.

A row needs a time and a route; a score (or feedback) and a confidence are read where they are.
"""

import fnmatch
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple  # Any: a row of a log holds anything

import orjson
import polars as pl

from routeaudit.frames import TS, Column, Columns, schema
from routeaudit.options import check, option

TIMES = ("ts", "timestamp", "time", "at", "created_at")
ROUTES = ("route", "routed_to", "path", "arm")
SCORES = ("score", "acceptable", "correct", "feedback")
IDS = ("request_id", "id")
BUILD_PARTS = ("slm", "model", "prompt_version", "threshold", "calibrator")
SMALL = ("slm", "small", "micro", "mid", "weak")
LARGE = ("llm", "large", "full", "strong", "escalated")
WORDS = {"good": 1.0, "up": 1.0, "yes": 1.0, "bad": 0.0, "down": 0.0, "no": 0.0}
_EPOCH_MS_FROM = 1e11

ROW_COLUMNS: Columns = {
    "key": Column(pl.String, "the same for the same row in another file"),
    "at": Column(TS, "when it was served", "UTC"),
    "week": Column(pl.String, "ISO week, as in 2026-W45"),
    "build": Column(pl.String, "small model, prompt and threshold that served it"),
    "score": Column(pl.Float64, "how good the answer was; null when nobody said", "0..1"),
    "confidence": Column(pl.Float64, "of the small model; null when not logged", "0..1"),
}
ROW_SCHEMA = schema(ROW_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSettings:
    """How to read what a live router logged."""

    small_routes: str = option(",".join(SMALL), "names of routes that a small model served")
    small_model: str | None = option(
        None, "logs that name no route: small models, as in 'llama-3.1-8b*'"
    )
    build: str | None = option(
        None, "name of the build (model, prompt, threshold) [default: as each row says]"
    )

    def __post_init__(self) -> None:
        check(self)

    def is_small(self, row: Mapping[str, Any]) -> bool | None:
        """Tell whether a small model gave the answer; null when the row does not say."""
        route = first(row, ROUTES)
        if not isinstance(route, str) or not route:
            name = row.get("model")
            if self.small_model is None or not isinstance(name, str):
                return None
            return fnmatch.fnmatch(name.lower(), self.small_model.lower())
        # Of a path such as slm>llm the last arm gave the answer.
        last = route.lower().rsplit(">", 1)[-1].strip()
        if last in {name.strip().lower() for name in self.small_routes.split(",")}:
            return True
        return False if last in LARGE else None


class ServedRows(NamedTuple):
    """(n,) rows of ROW_SCHEMA that a small model served, oldest first, and what was left out."""

    rows: pl.DataFrame
    left_out: Counter[str]
    escalated: int


def served_rows(values: Iterable[Mapping[str, Any]], settings: RowSettings) -> ServedRows:
    """Read rows of any origin; what cannot be counted is counted by its reason."""
    left_out: Counter[str] = Counter()
    rows, escalated = [], 0
    for value in values:
        small, at = settings.is_small(value), moment(first(value, TIMES))
        score, reason = score_of(value)
        if at is None or small is None or reason:
            left_out[reason or ("no time" if at is None else "no known route")] += 1
        elif small:
            build = settings.build or build_of(value)
            confidence = _number(value.get("confidence"))
            rows.append((key_of(value), at, f"{at:%G-W%V}", build, score, confidence))
        else:
            escalated += 1
    frame = pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row").sort("at", maintain_order=True)
    return ServedRows(frame, left_out, escalated)


def is_row(value: object) -> bool:
    """Tell whether a JSON value is a row of a router's own log, not of an LLM API."""
    return isinstance(value, dict) and isinstance(first(value, ROUTES), str)


def first(value: Mapping[str, Any], names: Iterable[str]) -> object:
    """Give the first of these fields that is there and is not null."""
    return next((value[name] for name in names if value.get(name) is not None), None)


def moment(told: object) -> datetime | None:
    """Read a time: ISO 8601 (UTC where it names no zone), or seconds or milliseconds."""
    if isinstance(told, datetime):
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    try:
        if isinstance(told, int | float) and not isinstance(told, bool):
            seconds = told / 1000 if told >= _EPOCH_MS_FROM else told
            return datetime.fromtimestamp(seconds, UTC)
        if isinstance(told, str):
            read = datetime.fromisoformat(told)
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def score_of(row: Mapping[str, Any]) -> tuple[float | None, str]:
    """Read how good the answer was, 0..1, and a reason when what is there is no score.

    `score`, `acceptable`, `correct`, `feedback` (true, 0..1, good, up) or `failed` (true).
    """
    told = first(row, SCORES)
    if isinstance(told, str):
        told = WORDS.get(told.strip().lower(), told)
    if told is None and isinstance(failed := row.get("failed"), bool):
        told = not failed
    if told is None:
        return None, ""
    value = _number(told)
    if value is None or not 0 <= value <= 1:
        return None, "a score that is not in 0..1"
    return value, ""


def build_of(row: Mapping[str, Any]) -> str:
    """Name what answered: `build`, else model, prompt version, threshold and calibrator."""
    if isinstance(told := row.get("build"), str | int | float):
        return str(told)
    parts = [
        f"{name}={row[name]}"
        for name in BUILD_PARTS
        if isinstance(row.get(name), str | int | float)
    ]
    return " ".join(parts) or "unnamed build"


def key_of(row: Mapping[str, Any]) -> str:
    """Give a key that the same row has again in another file; 16 hex digits."""
    told = first(row, IDS)
    # A score may come later than the row: without an id it does not make it another row.
    rest = {name: value for name, value in row.items() if name not in (*SCORES, "failed")}
    text = str(told) if told is not None else orjson.dumps(
        rest, option=orjson.OPT_SORT_KEYS, default=str
    ).decode()  # fmt: skip
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _number(told: object) -> float | None:
    if not isinstance(told, int | float):
        return None
    return float(told) if math.isfinite(told) else None
