"""Answers in any shape: what tracing tools store of a response.

A text, a message, a response body, a list of messages, or JSON stored as text. Everything here
takes any JSON value and never raises.
"""

from collections.abc import Iterable, Mapping
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import usual
from routeaudit.ingest.bodies.pieces import calls_in, content_of, piece_of
from routeaudit.ingest.bodies.prompts import is_redacted, opened
from routeaudit.ingest.rows import Json, dumped, known_model, tidy, told
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import at, first, mapping, string, unwrapped

CONTENT_KEYS = ("content", "parts", "text", "outputText", "completion", "generation")
ANSWERS = (
    "choices",
    "candidates",
    "generations",
    "role",
    "content",
    "parts",
    "kwargs",
    "delta",
)
WRAPS = frozenset((
    "choices", "candidates", "generations", "results", "outputs", "message", "output", "response",
    "data",
))  # fmt: skip
INNER = frozenset(("message", "delta", "kwargs"))
TOLD = frozenset(("response_text", "tool_calls", "redacted"))
MAX_DEPTH = 6
FINISH_KEYS = ("finish_reason", "stop_reason", "finishReason", "stopReason")
ENDS_BESIDE = ("response_metadata", "generation_info")
ENDS = frozenset((*FINISH_KEYS, *ENDS_BESIDE))
BESIDE = ENDS | {"id", "model", "modelVersion"}
KNOWN = frozenset((
    "role", "refusal", "content", "message", "parts", "index", "type", "error", *FINISH_KEYS,
))  # fmt: skip


def answer_row(answer: Json) -> Row:
    """Read an answer of any shape: a text, a message, a response body, a list of messages."""
    if type(answer) is str and (found := usual.answered(answer)) is not None:
        row = tidy({**_told(found.text), "finish_reason": string(found.finish_reason)})
        if not TOLD.isdisjoint(row):
            return row
    return _answer(answer, 0)


def _told(text: str) -> Row:
    if is_redacted(text):
        return {"redacted": True}
    return {"response_text": text} if text else {}


def _answer(answer: Json, depth: int) -> Row:
    value = opened(answer, ANSWERS)
    row: Row = {}
    if depth <= MAX_DEPTH and isinstance(value, list):
        row = _answers(value, depth)
    elif depth <= MAX_DEPTH and isinstance(value, dict):
        row = _body(value, depth)
    if isinstance(answer, str) and TOLD.isdisjoint(row):
        return _answer_text(answer)
    return row


def _body(value: Mapping[str, Any], depth: int) -> Row:
    found = _choices(value, depth)
    if BESIDE.isdisjoint(value):
        return found
    late = first(told(value, FINISH_KEYS), at(value, "response_metadata", "finish_reason"))
    row = {
        **found,
        "response_id": first(found.get("response_id"), string(value.get("id"))),
        "model": known_model(first(value.get("model"), value.get("modelVersion"))),
        "finish_reason": first(found.get("finish_reason"), string(late)),
    }
    return tidy(row)


def _answer_text(text: str) -> Row:
    if is_redacted(text):
        return {"redacted": True}
    return {"response_text": text} if text.strip() and text != "None" else {}


def _choices(value: Mapping[str, Any], depth: int) -> Row:
    if WRAPS.isdisjoint(value):
        return _one_answer(value)
    for key in ("choices", "candidates", "generations", "results", "outputs"):
        inner = unwrapped(value.get(key))
        if isinstance(inner, list) and inner:
            return _answers(inner, depth)
    for key in ("message", "output", "response", "data", "outputs"):
        inner = opened(value.get(key), ANSWERS)
        if inner and isinstance(inner, (str, list, dict)) and "content" not in value:
            return _answer(inner, depth + 1)
    return _one_answer(value)


def _answers(values: Iterable[Any], depth: int) -> Row:
    """Join the texts and tool calls of several; the first finish reason stands."""
    told = [_in_list(value, depth) for value in values]
    if len(told) == 1 and "tool_calls" not in told[0]:
        return told[0]
    texts: list[str] = []
    row: Row = {}
    calls: list[Any] = []
    for found in told:
        texts += [found["response_text"]] if "response_text" in found else []
        calls += found.get("tool_calls", [])
        row = {**found, **row} if row else found
    distinct = [call for n, call in enumerate(calls) if call not in calls[:n]] if calls else []
    return tidy({**row, "response_text": "".join(texts), "tool_calls": distinct})


def _in_list(value: Json, depth: int) -> Row:
    inner = _flat(value)
    return _one_answer(inner) if isinstance(inner, dict) else _answer(inner, depth + 1)


def _flat(value: Json) -> Json:
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def _one_answer(value: Mapping[str, Any]) -> Row:
    inner = None if INNER.isdisjoint(value) else told(value, ("message", "delta", "kwargs"))
    if isinstance(inner, dict) and isinstance(inner.get("kwargs"), dict):
        inner = inner["kwargs"]  # LangChain's {"lc", "id", "kwargs"}
    if isinstance(inner, dict) and INNER.isdisjoint(inner):
        found = _one_answer(inner)
        text = first(found.get("response_text"), value.get("text"))
        reason = first(_ended(value), found.get("finish_reason"))
        return tidy({**found, "response_text": string(text), "finish_reason": reason})
    content = content_of(value, CONTENT_KEYS)
    if isinstance(content, dict) and "parts" in content:
        content = content["parts"]
    piece = piece_of(content, joint="")
    calls = [*piece.tool_calls, *_calls_beside(value)]
    row = _told(piece.text)
    if calls:
        row["tool_calls"] = calls
    if (reason := _ended(value)) is not None:
        row["finish_reason"] = reason
    if content is None and not calls and value and not _knows_itself(value):
        row["response_text"] = dumped(dict(value))
    return row


def _calls_beside(value: Mapping[str, Any]) -> list[dict[str, str]]:
    calls = calls_in(value)
    if not calls and "additional_kwargs" in value:  # the same calls, as the provider wrote them
        calls = calls_in(mapping(value["additional_kwargs"]))
    return calls


def _knows_itself(value: Mapping[str, Any]) -> bool:
    """Tell an answer that said nothing from an object that is itself the answer."""
    return not KNOWN.isdisjoint(value)


def _ended(value: Mapping[str, Any]) -> str | None:
    if ENDS.isdisjoint(value):
        return None
    reason = told(value, FINISH_KEYS)
    for beside in ENDS_BESIDE:
        if reason is None and isinstance(value.get(beside), dict):
            reason = told(value[beside], FINISH_KEYS)
    if isinstance(reason, dict):
        reason = reason.get("finish_reason")
    return string(reason)
