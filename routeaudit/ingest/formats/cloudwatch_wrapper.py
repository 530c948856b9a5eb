"""CloudWatch around another log: its records are JSON in a string, and are detected again."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import Merge, Reject, each
from routeaudit.ingest.rows import Json
from routeaudit.ingest.shape import Adapted, LogFormat, Unit, either
from routeaudit.ingest.values import items, unwrapped

LISTS = ("logEvents", "events")
BESIDE = {"logStream", "logStreamName", "logGroup", "logGroupName", "ingestionTime", "eventId"}


def sign(record: Mapping[str, Any]) -> bool:
    """Know a line by `@message`, a cell of Insights, or a `message` among CloudWatch's keys."""
    if isinstance(record.get("@message"), str):
        return True
    if str(record.get("field", "")).startswith("@") and "value" in record:
        return True
    return bool(_rows(record)) or bool(_messages(record)) or _is_event(record)


def _is_event(record: Mapping[str, Any]) -> bool:
    told = record.get("message")
    if not isinstance(told, str):
        return False
    if BESIDE & record.keys() or record.keys() == {"timestamp", "message", "id"}:
        return True
    return record.keys() == {"timestamp", "message"} and isinstance(unwrapped(told), dict)


def _rows(record: Mapping[str, Any]) -> list[Any]:
    """List the rows of an Insights answer: each a list of {"field", "value"}."""
    found = record.get("results")
    rows = found if isinstance(found, list) else []
    return [
        row for row in rows if isinstance(row, list) and any("field" in x for x in items(row))
    ]


def _messages(record: Mapping[str, Any]) -> list[Any]:
    return [
        event["message"]
        for key in LISTS
        for event in items(record.get(key))
        if isinstance(event.get("message"), str)
    ]


def unwrap(record: Mapping[str, Any]) -> list[Any]:
    """Take the wrapped records out; [] where the only one is no JSON object."""
    texts: list[Json] = [record.get("@message")]
    if record.get("field") == "@message":
        texts.append(record.get("value"))
    texts += [
        cell.get("value")
        for row in _rows(record)
        for cell in items(row)
        if cell.get("field") == "@message"
    ]
    texts += [*_messages(record), record.get("message") if _is_event(record) else None]
    found = [unwrapped(text) for text in texts if text is not None]
    return found if len(found) > 1 else [value for value in found if isinstance(value, dict)]


def adapt(units: Sequence[Unit]) -> Adapted:
    """Pile up wrappers with nothing in them: other fields of Insights, lines of plain text."""
    return each(units, _outcome)


def _outcome(record: Mapping[str, Any]) -> Merge | Reject:
    if "field" in record and record.get("field") != "@message":
        return Merge("not a model call: another field of the same CloudWatch row")
    return Reject("a CloudWatch message that is no JSON object")


PLUGIN = LogFormat(
    rank=3.0,
    sign=sign,
    needs=either("@message", "field value", "message", "results", *LISTS),
    adapt=adapt,
    unwrap=unwrap,
    about="CloudWatch exports and Insights results around another format",
)
