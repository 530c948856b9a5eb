"""Read outcome tables: what several models scored, cost and took on the same queries.

One JSON object a line: `{"id", "source", "benchmark", "prompt"?, "currency"?, "models": {NAME:
{"score", "cost"?, "latency_s"?, "prompt_tokens"?, "completion_tokens"?, "confidence"?}},
"signals"?: {NAME: number}}`. An absent key and null are unknown and never 0; a `latency_ms` is read
as well.
"""

import gzip
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any  # a line of JSON holds anything

import numpy as np
import orjson
import polars as pl

from routeaudit.errors import ConfigError, InputError
from routeaudit.estimate.ground import Bools, Floats
from routeaudit.plugins import hint_for

FIELDS = ("score", "cost", "latency_s", "prompt_tokens", "completion_tokens", "confidence")
_OWN = frozenset({"id", "prompt", "models", "signals"})
_LOOKED_AT = 20
MS_PER_S = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTable:
    """n queries and what each model made of them; all arrays (n,), NaN where not known.

    Attributes:
        models: by name, the FIELDS of each.
        present: by name, whether the row mentions the model at all.
        signals: by name.
        flags: other top-level fields, as given: benchmark, contaminated, ...
        prompt_chars: null where the row has no prompt.
        prompt_keys: equal prompts, equal keys; null where the row has none.
        rejected: by reason, lines that are no outcome.
    """

    ids: pl.Series
    models: Mapping[str, Mapping[str, Floats]]
    present: Mapping[str, Bools]
    signals: Mapping[str, Floats]
    flags: Mapping[str, Sequence[object]]
    prompts: pl.Series
    prompt_chars: pl.Series
    prompt_keys: pl.Series
    currency: str
    source: str = ""
    rejected: Mapping[str, int] = field(default_factory=dict)
    p_simple: Floats | None = None
    verdicts: pl.DataFrame | None = None

    @property
    def n(self) -> int:
        """Count the queries."""
        return len(self.ids)

    def with_p_simple(self, p_simple: pl.Series) -> "OutcomeTable":
        """Add the classifier's probability that each prompt is simple; (n,), null is unknown."""
        known = p_simple.cast(pl.Float64).fill_null(np.nan).to_numpy()
        return replace(self, p_simple=known)

    def with_verdicts(self, verdicts: pl.DataFrame) -> "OutcomeTable":
        """Add what the classifier says of each prompt: (n,) with p_simple, task and p_task."""
        kept = verdicts.select("task", "p_task")
        return replace(self.with_p_simple(verdicts["p_simple"]), verdicts=kept)


def is_outcome_table(path: Path) -> bool:
    """Say whether one of the first 20 lines of a file is an outcome; never raises."""
    try:
        return any(_row(line)[0] for _, line in islice(_lines(path), _LOOKED_AT))
    except (OSError, EOFError, InputError):
        return False


def read_outcomes(path: Path) -> OutcomeTable:
    """Read a JSONL file, gzipped or not.

    Raises:
        InputError: it cannot be read, or no line is an outcome.
    """
    rows: list[dict[str, Any]] = []
    rejected: dict[str, int] = {}
    for _, line in _lines(path):
        row, reason = _row(line)
        if row is None:
            rejected[reason] = rejected.get(reason, 0) + 1
        else:
            rows.append(row)
    if not rows:
        raise InputError(
            f"{path} holds no outcomes",
            hint='one JSON object a line: {"id": ..., "models": {"NAME": {"score": 1}}}',
        )
    return replace(table_from(rows, source=str(path)), rejected=rejected)


def table_from(rows: Sequence[Mapping[str, Any]], *, source: str = "") -> OutcomeTable:
    """Make a table of rows that are already parsed.

    Raises:
        InputError: rows are in different currencies.
    """
    names = list(dict.fromkeys(name for row in rows for name in row["models"]))
    signals = list(dict.fromkeys(name for row in rows for name in row.get("signals") or {}))
    prompts = [row["prompt"] if isinstance(row.get("prompt"), str) else None for row in rows]
    ids = [_name(row.get("id"), place) for place, row in enumerate(rows, 1)]
    flags = list(dict.fromkeys(key for row in rows for key in row if key not in _OWN))
    return OutcomeTable(
        ids=pl.Series("request_id", ids, dtype=pl.String),
        models={name: _columns(rows, name) for name in names},
        present={
            name: np.array([row["models"].get(name) is not None for row in rows])
            for name in names
        },
        signals={
            name: _floats([(row.get("signals") or {}).get(name) for row in rows])
            for name in signals
        },
        flags={name: [row.get(name) for row in rows] for name in flags},
        prompts=pl.Series("prompt", prompts, dtype=pl.String),
        prompt_chars=pl.Series("prompt_chars", prompts, dtype=pl.String).str.len_chars(),
        prompt_keys=pl.Series("query_key", [_key(p) for p in prompts], dtype=pl.String),
        currency=_currency(rows),
        source=source,
    )


def without_flagged(table: OutcomeTable, names: Sequence[str]) -> tuple[OutcomeTable, int]:
    """Leave out the rows on which a field is set (true, 1, "yes"); say how many.

    Raises:
        ConfigError: no row has such a field (the hint names the nearest).
    """
    drop = np.zeros(table.n, bool)
    for name in names:
        if name not in table.flags:
            raise ConfigError(
                f"no row has a field {name!r} to drop by", hint=hint_for(name, [*table.flags])
            )
        drop |= np.array([_is_set(value) for value in table.flags[name]])
    return (_rows(table, ~drop), int(drop.sum())) if drop.any() else (table, 0)


def _rows(table: OutcomeTable, keep: Bools) -> OutcomeTable:
    where = pl.Series(keep)
    return replace(
        table,
        ids=table.ids.filter(where),
        models={
            name: {key: values[keep] for key, values in columns.items()}
            for name, columns in table.models.items()
        },
        present={name: values[keep] for name, values in table.present.items()},
        signals={name: values[keep] for name, values in table.signals.items()},
        flags={
            name: [value for value, kept in zip(values, keep, strict=True) if kept]
            for name, values in table.flags.items()
        },
        prompts=table.prompts.filter(where),
        prompt_chars=table.prompt_chars.filter(where),
        prompt_keys=table.prompt_keys.filter(where),
        p_simple=None if table.p_simple is None else table.p_simple[keep],
        verdicts=None if table.verdicts is None else table.verdicts.filter(where),
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                bare = line.removeprefix(b"\xef\xbb\xbf").strip()
                if bare:
                    yield number, bare
    except (gzip.BadGzipFile, EOFError) as error:
        raise InputError(f"{path} is a damaged gzip file") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def _row(line: bytes) -> tuple[dict[str, Any] | None, str]:
    try:
        row = _loads(line)
    except (ValueError, RecursionError):
        return None, "not JSON"
    if not isinstance(row, dict):
        return None, "not a JSON object"
    return (row, "") if _is_outcome(row) else (None, "no models with outcomes")


def _loads(line: bytes) -> Any:  # noqa: ANN401 a line of JSON holds anything
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        # Python writes NaN and Infinity, which JSON lacks: unknown, and no reason to lose a row.
        return json.loads(line)


def _is_outcome(row: Mapping[str, Any]) -> bool:
    models = row.get("models")
    return (
        isinstance(models, dict)
        and any(entry is not None for entry in models.values())
        and all(entry is None or isinstance(entry, dict) for entry in models.values())
    )


def _columns(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, Floats]:
    entries = [row["models"].get(name) or {} for row in rows]
    columns = {key: _floats([entry.get(key) for entry in entries]) for key in FIELDS}
    taken, in_ms = columns["latency_s"], _floats([entry.get("latency_ms") for entry in entries])
    columns["latency_s"] = np.where(np.isnan(taken), in_ms / MS_PER_S, taken)
    return columns


def _floats(values: Sequence[object]) -> Floats:
    return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: object) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return math.nan
    return float(value) if isinstance(value, (bool, int, float)) and _fits(value) else math.nan


def _fits(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


def _name(value: object, place: int) -> str:
    return str(place if value is None else value)


def _is_set(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in {"", "0", "false", "no", "n"}
    return bool(value)


def _key(prompt: str | None) -> str | None:
    """Hash a prompt; case and spaces apart, copies have one key."""
    if prompt is None:
        return None
    plain = " ".join(prompt.casefold().split())
    return hashlib.md5(
        plain.encode("utf-8", "surrogatepass"), usedforsecurity=False
    ).hexdigest()


def _currency(rows: Sequence[Mapping[str, Any]]) -> str:
    named = {str(row["currency"]).strip().upper() for row in rows if row.get("currency")}
    if len(named) > 1:
        raise InputError(
            f"the table mixes currencies: {', '.join(sorted(named))}",
            hint="one table, one currency",
        )
    return named.pop() if named else "USD"
