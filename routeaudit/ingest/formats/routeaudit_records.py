"""Records that routeaudit wrote itself, read back."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.frames import RECORD_COLUMNS
from routeaudit.ingest.piles import each
from routeaudit.ingest.rows import timed
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import number, unwrapped

PLACE = ("ts", "source_format", "source_file", "source_line")  # read anew
PUBLISHED = {"query": "prompt_text", "logprob_mean": "logprobs"}
JSON_FIELDS = ("messages", "tool_calls", "tags")


def sign(value: Mapping[str, Any]) -> bool:
    """Know a record by three of its own columns."""
    return "source_format" in value and "source_line" in value and "query_key" in value


def read(value: Mapping[str, Any]) -> Row:
    """Read one record; `source_line` is where it stands now."""
    kept = [name for name in RECORD_COLUMNS if name not in PLACE]
    row = {name: value.get(name) for name in kept if value.get(name) is not None}
    for name, published in PUBLISHED.items():
        if value.get(published) is not None:
            row[name] = value[published]
    for name in JSON_FIELDS:
        if name in row:
            row[name] = unwrapped(row[name])
    for name in ("latency", "ttft"):
        told = number(value.get(f"{name}_ms"))
        if told is not None:
            row[f"{name}_s"] = told / 1000
    return {**row, **timed(value.get("ts")), "tz_assumed": value.get("tz_assumed")}


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read records, each for itself."""
    return each(units, read)


PLUGIN = LogFormat(
    rank=0.1,
    sign=sign,
    needs=either("source_format source_line query_key"),
    adapt=adapt,
    about="routeaudit's own records",
)
