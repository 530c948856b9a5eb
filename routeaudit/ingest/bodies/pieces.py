"""The pieces of a message: text, media, tool calls and their results, in any vendor's words."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.bodies.content import calling, without_data
from routeaudit.ingest.rows import Json, dumped, told
from routeaudit.ingest.values import at, first, string, unwrapped

MEDIA_TYPES = {
    "image_url", "input_image", "image", "image-url", "input_audio", "audio", "file",
    "input_file", "document", "video", "blob", "uri", "media",
}  # fmt: skip
TEXT_KEYS = ("text", "content", "refusal", "guardContent")
MEDIA_KEYS = frozenset((
    "inlineData", "inline_data", "fileData", "file_data", "image", "document", "video",
    "image_url", "input_audio",
))  # fmt: skip
CALL_TYPES = {"tool_use", "tool_call", "tool-call", "function_call", "custom_tool_call"}
RESULT_TYPES = {
    "tool_result", "tool_call_response", "tool-result", "function_call_output",
    "custom_tool_call_output",
}  # fmt: skip
THOUGHT_TYPES = {"thinking", "redacted_thinking", "reasoning", "thought"}


class Piece(NamedTuple):
    """What one message or part of it holds."""

    text: str = ""
    n_media: int = 0
    tool_calls: tuple[dict[str, str], ...] = ()

    def told(self) -> str:
        """Give the text as it stands in a prompt: earlier tool calls are written out."""
        if not self.tool_calls:
            return self.text
        calls = (calling(call["name"], call["arguments"]) for call in self.tool_calls)
        return "\n".join(text for text in (self.text, *calls) if text)


def piece_of(content: Json, *, joint: str = "\n") -> Piece:
    """Read a message's content: text, one part, or a list of parts.

    Args:
        content: as logged.
        joint: what stands between the texts of two parts.
    """
    if isinstance(content, list):
        if len(content) == 1:
            return _part(content[0])
        found = [_part(part) for part in content]
        return Piece(
            joint.join(piece.text for piece in found if piece.text),
            sum(piece.n_media for piece in found),
            tuple(call for piece in found for call in piece.tool_calls),
        )
    return _part(content)


def content_of(message: Mapping[str, Any], keys: Iterable[str]) -> Json:
    """Give the first content under these keys; parts stored as JSON text are parsed.

    Other JSON in text is left alone: it is what someone said.
    """
    content = told(message, keys)
    if type(content) is not str or (content[:1] != "[" and not content[:1].isspace()):
        return content
    if content.lstrip()[:2] != "[{":
        return content
    found = unwrapped(content)
    parts = found if isinstance(found, list) else []
    known = all(isinstance(part, dict) and {"type", "text"} & part.keys() for part in parts)
    return parts if parts and known else content


def _part(part: Json) -> Piece:
    if isinstance(part, str):
        return Piece(without_data(part))
    if isinstance(part, dict):
        return _object(part)
    return Piece() if part is None or isinstance(part, list) else Piece(str(part))


def _object(part: Mapping[str, Any]) -> Piece:
    if part.get("type") == "text" and len(part) == len(("type", "text")):
        text = part.get("text") if "text" in part else part.get("content")
        if type(text) is str:  # the usual kind, at once
            return Piece(without_data(text))
    calls = calls_of(part)
    if calls:
        return Piece(tool_calls=tuple(calls))
    result = _result(part)
    if result is not None:
        return _result_piece(result)
    if string(part.get("type")) in MEDIA_TYPES or not MEDIA_KEYS.isdisjoint(part):
        return Piece(n_media=1)
    thought = string(part.get("type")) in THOUGHT_TYPES or part.get("thought") is True
    inner = told(part, TEXT_KEYS)
    return Piece() if thought else piece_of(inner)


CALL_KEYS = frozenset(("functionCall", "function_call", "toolUse", "function", "tool_call"))


def calls_of(part: Mapping[str, Any]) -> list[dict[str, str]]:
    """Find the tool call that a part is; [] when it is none."""
    if CALL_KEYS.isdisjoint(part) and string(part.get("type")) not in CALL_TYPES:
        return []
    for key in ("functionCall", "function_call", "toolUse", "function", "tool_call"):
        inner = part.get(key)
        if isinstance(inner, dict) and "name" in inner and "parameters" not in inner:
            return [_named(inner)]
        if key == "tool_call" and isinstance(inner, dict):
            return calls_of(inner)
    return [_named(part)] if string(part.get("type")) in CALL_TYPES else []


BESIDE = frozenset(("tool_calls", "toolCalls", "function_call"))


def calls_in(message: Mapping[str, Any]) -> list[dict[str, str]]:
    """List the tool calls that a message carries beside its content."""
    if BESIDE.isdisjoint(message):
        return []
    found: list[dict[str, str]] = []
    for key in ("tool_calls", "toolCalls"):
        given = unwrapped(message.get(key))
        if isinstance(given, list):
            for call in given:
                if isinstance(call, dict):
                    found += calls_of(call) or (
                        [_named(call)] if {"name", "toolName"} & call.keys() else []
                    )
    single = message.get("function_call")
    if not found and isinstance(single, dict) and single.get("name"):
        found.append(_named(single))
    return found


def _named(call: Mapping[str, Any]) -> dict[str, str]:
    arguments = told(call, ("arguments", "args", "input"))
    name = string(first(call.get("name"), call.get("toolName"))) or ""
    text = arguments if isinstance(arguments, str) else dumped(arguments)
    return {"name": name, "arguments": "" if arguments is None else text}


def _result(part: Mapping[str, Any]) -> Json:
    for key in ("functionResponse", "function_response"):
        if key in part:
            return first(at(part, key, "response"), "")
    if "toolResult" in part:
        return first(at(part, "toolResult", "content"), "")
    if string(part.get("type")) in RESULT_TYPES:
        return first(told(part, ("content", "response", "result", "output")), "")
    return None


def _result_piece(result: Json) -> Piece:
    found = piece_of(result)
    if not found.text and not found.n_media and isinstance(result, dict):
        return Piece(dumped(result))
    return found
