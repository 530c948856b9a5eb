"""Lines of log collectors around another log: Docker, Loki, Splunk, Google, Elastic, loggers."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.detect import detect
from routeaudit.ingest.piles import refused
from routeaudit.ingest.shape import Adapted, LogFormat, Unit, either
from routeaudit.ingest.values import mapping

TEXTS = ("log", "line", "message", "msg", "textPayload", "_raw", "MESSAGE")
OBJECTS = ("jsonPayload", "_source")


def sign(record: Mapping[str, Any]) -> bool:
    """Know a line that is no record itself by a record of a known format in it."""
    return bool(unwrap(record))


def unwrap(record: Mapping[str, Any]) -> list[Any]:
    """Take out the record: an object, or JSON in text, of a line within the line too."""
    inner = mapping(record.get("result"))  # Splunk's
    texts = (part.get(key) for part in (record, inner) for key in TEXTS)
    told = (value for value in texts if isinstance(value, str))
    found = (mapping(value) for value in (*told, *(record.get(key) for key in OBJECTS)))
    for value in found:
        known = detect(value) if value else None
        if known is not None:
            return unwrap(value) if known.format is PLUGIN else [value]
    return []


def adapt(units: Sequence[Unit]) -> Adapted:
    """Reject what is of no known format."""
    return refused(units, "unknown format")


PLUGIN = LogFormat(
    rank=25.1,
    sign=sign,
    needs=either(*TEXTS, *OBJECTS, "result"),
    adapt=adapt,
    unwrap=unwrap,
    about="lines of log collectors (Docker, Loki, Splunk, Google, Elastic) around another format",
)
