"""opencode's message files: one assistant message is one call; texts lie elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import Merge, each
from routeaudit.ingest.rows import label, lasted_s, money, status_row, timed, tokens
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import at, string


def sign(record: Mapping[str, Any]) -> bool:
    """Know a message by its session, role and tokens."""
    return {"sessionID", "role", "tokens"} <= record.keys()


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each assistant message."""
    return each(units, _row)


def _row(record: Mapping[str, Any]) -> Row | Merge:
    role = string(record.get("role"))
    if role != "assistant":
        return Merge("not a model call: a message of the user")
    counts = record.get("tokens")
    model = string(record.get("modelID"))
    begun, done = at(record, "time", "created"), at(record, "time", "completed")
    return {
        **timed(begun),
        **tokens(
            prompt=at(counts, "input"),
            completion=at(counts, "output"),
            cached=at(counts, "cache", "read"),
            cache_write=at(counts, "cache", "write"),
            reasoning=at(counts, "reasoning"),
        ),
        **status_row(error=record.get("error")),
        "request_id": string(record.get("id")),
        "session_id": string(record.get("sessionID")),
        "provider": label(record.get("providerID")),
        "model": model,
        "model_requested": model,
        "operation": "chat",
        "finish_reason": string(record.get("finish")),
        "cost_usd": money(record.get("cost")),
        "latency_s": lasted_s(begun, done),
        "feature": string(at(record, "path", "cwd")),
    }


PLUGIN = LogFormat(
    rank=22.0,
    sign=sign,
    needs=either("sessionID role tokens"),
    adapt=adapt,
    about="opencode message files: tokens and time per call; no text",
)
