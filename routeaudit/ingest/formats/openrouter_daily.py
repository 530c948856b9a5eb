"""OpenRouter's daily aggregates, which hold no single calls: refused with advice."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import refused
from routeaudit.ingest.shape import Adapted, LogFormat, Unit, either

ADVICE = (
    "OpenRouter daily totals hold no single calls: export the activity as CSV instead "
    "(openrouter.ai/activity), or fetch /api/v1/generation for each call"
)


def sign(record: Mapping[str, Any]) -> bool:
    """Know a day's total by `requests` beside a `date` and `usage` in dollars."""
    named = "model_permaslug" in record or "model" in record
    return {"date", "requests", "usage"} <= record.keys() and named


def adapt(units: Sequence[Unit]) -> Adapted:
    """Refuse every unit."""
    return refused(units, ADVICE)


PLUGIN = LogFormat(
    rank=14.2,
    sign=sign,
    needs=either("date requests usage"),
    adapt=adapt,
    refuse=ADVICE,
    about="OpenRouter daily totals: refused, they hold no single calls",
)
