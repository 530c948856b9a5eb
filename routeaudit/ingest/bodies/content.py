"""Message contents as plain text: parts joined, media counted, embedded files left out."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple  # Any: parsed JSON

import orjson

from routeaudit.ingest.values import first, items, string

DATA_URI_CHARS = 1024  # shorter ones are icons in prompts about HTML: part of the text
_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,[A-Za-z0-9+/=_-]{1024,}")
TEXT_PARTS = frozenset({"text", "input_text", "output_text", "refusal", "summary_text"})
SILENT_PARTS = frozenset({"thinking", "redacted_thinking", "reasoning"})
TOOL_PARTS = frozenset({"tool_use", "server_tool_use"})
USUAL_ROLES = frozenset({"user", "assistant", "system", "developer"})
CALLED = frozenset({"tool_calls", "function_call"})
RESULT_PARTS = frozenset({"tool_result", "web_search_tool_result", "function_call_output"})


class Text(NamedTuple):
    """A content's text, and how many images, sounds and files came with it."""

    text: str
    media: int = 0


class Turns(NamedTuple):
    """Messages as {"role", "content"} with plain text, and the media among them."""

    messages: list[dict[str, str]]
    media: int


def without_data(text: str) -> str:
    """Replace each embedded file (`data:` URI over 1 KB) by a marker that tells its size."""
    if len(text) < DATA_URI_CHARS or "base64," not in text:
        return text
    return _DATA_URI.sub(lambda found: f"[data of {len(found.group())} characters]", text)


def flatten(content: Any) -> Text:  # noqa: ANN401 parsed JSON
    """Join the texts of a content: a string, one part, or a list of parts."""
    if type(content) is str:
        return Text(content if len(content) < DATA_URI_CHARS else without_data(content))
    if isinstance(content, dict):
        return _part(content)
    if not isinstance(content, list):
        return Text("")
    if len(content) == 1:
        return flatten(content[0])
    found = [flatten(part) for part in content]
    return Text("\n".join(t.text for t in found if t.text), sum(t.media for t in found))


def _part(part: Mapping[str, Any]) -> Text:
    kind = part.get("type")
    if kind == "text" and type(text := part.get("text")) is str and len(text) < DATA_URI_CHARS:
        return Text(text if not text.isspace() else "")  # the usual kind
    kind = string(kind)
    if kind in TEXT_PARTS or (kind is None and "text" in part):
        found = Text(without_data(string(first(part.get("text"), part.get("refusal"))) or ""))
    elif kind in TOOL_PARTS:
        found = Text(calling(part.get("name"), part.get("input")))
    elif kind in RESULT_PARTS:
        found = flatten(first(part.get("content"), part.get("output")))
    elif kind is None and isinstance(part.get("content"), (str, list)):
        found = flatten(part["content"])
    else:
        found = Text("", 1 if isinstance(kind, str) and kind not in SILENT_PARTS else 0)
    return found


def calling(name: Any, arguments: Any) -> str:  # noqa: ANN401 parsed JSON
    """Write a tool call of an earlier turn as text."""
    return f"[calls {string(name) or 'a tool'}: {as_text(arguments)}]"


def as_text(value: Any) -> str:  # noqa: ANN401 parsed JSON
    """Give a string as it is and any other JSON value as JSON."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value, default=str).decode() if value is not None else ""


def turns(messages: Any) -> Turns:  # noqa: ANN401 parsed JSON
    """Flatten a list of messages; a bare string is one user message, and turns stay as they are."""
    if type(messages) is Turns:
        return messages
    if isinstance(messages, str):
        return Turns([{"role": "user", "content": without_data(messages)}], 0)
    if isinstance(messages, dict):
        messages = [messages]
    if isinstance(messages, list) and set(map(type, messages)) == {str}:
        messages = [{"role": "user", "content": text} for text in messages]
    told: list[dict[str, str]] = []
    n_media = 0
    for message in items(messages):
        role, content = message.get("role"), message.get("content")
        if (
            type(content) is str
            and type(role) is str
            and len(content) < DATA_URI_CHARS
            and role in USUAL_ROLES
            and (len(message) == len(("role", "content")) or CALLED.isdisjoint(message))
        ):  # the usual kind, at once
            told.append({"role": role, "content": content})
            continue
        turn, media = _turn(message)
        told.append(turn)
        n_media += media
    return Turns(told, n_media)


def _turn(message: Mapping[str, Any]) -> tuple[dict[str, str], int]:
    text, media = flatten(message.get("content"))
    role = string(message.get("role")) or "user"
    if message.get("tool_calls") or message.get("function_call"):
        calls = [call.get("function") for call in items(message.get("tool_calls"))]
        calls.append(message.get("function_call"))
        made = [
            calling(c.get("name"), c.get("arguments")) for c in calls if isinstance(c, dict)
        ]
        text = "\n".join(t for t in (text, *made) if t)
    return {"role": role, "content": text}, media


def named_calls(calls: Iterable[Any]) -> list[dict[str, str]]:
    """Give tool calls as {"name", "arguments"}; arguments are JSON text."""
    return [
        {"name": string(c.get("name")) or "", "arguments": as_text(_arguments(c))}
        for c in calls
        if isinstance(c, dict)
    ]


def _arguments(call: Mapping[str, Any]) -> Any:  # noqa: ANN401 parsed JSON
    return first(call.get("arguments"), call.get("input"), call.get("args"))
