"""Prompts in any shape: what tracing tools store of a request.

They hold a text, a list of messages, a request body, or JSON stored as text, often within one
file. Everything here takes any JSON value and never raises.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.bodies import usual
from routeaudit.ingest.bodies.content import without_data
from routeaudit.ingest.bodies.pieces import Piece, calls_in, content_of, piece_of
from routeaudit.ingest.rows import Json, known_model, label, tidy, told, truth
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import at, count, first, mapping, string, unwrapped

ROLES = {
    "human": "user", "ai": "assistant", "model": "assistant", "bot": "assistant",
    "humanmessage": "user", "aimessage": "assistant", "aimessagechunk": "assistant",
    "systemmessage": "system", "toolmessage": "tool", "functionmessage": "tool",
    "function": "tool", "chatmessage": "user",
}  # fmt: skip
SYSTEM_KEYS = (
    "system", "instructions", "systemInstruction", "system_instruction", "system_instructions",
)  # fmt: skip
HAS_SYSTEM = frozenset(SYSTEM_KEYS)
PROMPT_KEYS = (
    "messages", "contents", "input", "prompt", "inputText", "args", "query", "question",
    "message", "inputs", "prompts",
)  # fmt: skip
STRUCTURE = {
    "messages", "contents", "prompt", "input", "inputText", "args", "role", "parts", "content",
    "kwargs", "choices", "candidates", "generations", "message", "output", "outputs", "results",
    "type", "delta", "data",
}  # fmt: skip
LIMIT_KEYS = (
    "max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens",
    "max_new_tokens", "maxTokens", "max_gen_len", "maxTokenCount",
)  # fmt: skip
REDACTED = {
    "redacted-by-litellm", "[redacted]", "<redacted>", "***", "__redacted__", "[filtered]",
}  # fmt: skip
MAX_DEPTH = 6
MAX_MARK = 40  # characters


class Said(NamedTuple):
    """One message, and what lay beside its text."""

    role: str
    piece: Piece


class Prompt(NamedTuple):
    """All messages of a prompt, and how many tools were offered among them."""

    said: list[Said]
    n_tools: int = 0


def request_row(request: Json) -> Row:
    """Read a request body, or just its messages, into the columns of a prompt."""
    return options_row(mapping(request)) | prompt_row(_prompt(opened(request), 0))


def options_row(body: Mapping[str, Any]) -> Row:
    """Read what a request asks for beside its messages."""
    if not body:
        return {}
    offered = unwrapped(body.get("tools"))
    formats = first(
        at(body, "response_format", "type"), at(body, "text", "format", "type"),
        at(body, "response_format"),
    )  # fmt: skip
    row = {
        "model_requested": known_model(first(body.get("model"), body.get("model_name"))),
        "max_tokens": count(told(body, LIMIT_KEYS)),
        "response_format": string(formats),
        "stream": truth(body.get("stream")),
        "user": string(body.get("user")),
        "service_tier": label(body.get("service_tier")),
    }
    if isinstance(offered, list) and offered:
        row["n_tools"] = len(offered)
    return tidy(row)


def messages_row(messages: Json, system: Json = None) -> Row:
    """Read messages, and a system prompt that was kept apart, into columns."""
    if system is None and type(messages) is str and (said := usual.said(messages)):
        spoken = [(_role_of(role), text) for role, text in said]
        if "tool" not in {role for role, _ in spoken}:
            return _row(spoken, 0)
    told = _prompt(opened(messages), 0)
    if system is None:
        return prompt_row(told)
    return prompt_row(Prompt([*_system(opened(system)), *told.said], told.n_tools))


def opened(value: Json, keys: Collection[str] = STRUCTURE) -> Json:
    """Parse JSON stored as text if it is a prompt or an answer; a text in JSON stays a text."""
    if type(value) is not str:
        return value
    found = unwrapped(value)
    if found is value or not isinstance(found, (list, dict)):
        return value
    heads = found if isinstance(found, list) else [found]
    while len(heads) == 1 and isinstance(heads[0], list):
        heads = heads[0]
    for head in heads:
        if not isinstance(head, dict) or head.keys().isdisjoint(keys):
            return value
    return found if heads else value


def prompt_row(prompt: Prompt) -> Row:
    """Write a prompt's messages as columns; a redaction marker is no text."""
    if not prompt.said:
        return {"n_tools": prompt.n_tools} if prompt.n_tools else {}
    row = _row(
        [
            (role, piece.told() if piece.tool_calls else piece.text)
            for role, piece in prompt.said
        ],
        sum([piece.n_media for _, piece in prompt.said]),
    )
    if prompt.n_tools:
        row["n_tools"] = prompt.n_tools
    return row


def _row(said: Sequence[tuple[str, str]], n_media: int) -> Row:
    messages, hidden = [], False
    for role, text in said:
        if is_redacted(text):
            hidden = True
            messages.append({"role": role, "content": ""})
        else:
            messages.append({"role": role, "content": text})
    row: Row = {"n_media": n_media}
    if not hidden or any(message["content"] for message in messages):
        row["messages"] = messages
    if hidden:
        row["redacted"] = True
    return row


def is_redacted(text: str) -> bool:
    """Say whether a text is only a mark that the real one was removed."""
    return len(text) <= MAX_MARK and text.strip().lower() in REDACTED


def _prompt(value: Json, depth: int) -> Prompt:
    if isinstance(value, str):
        return Prompt([Said("user", Piece(value))] if value.strip() else [])
    if depth <= MAX_DEPTH and isinstance(value, list):
        return _listed(value, depth)
    if depth <= MAX_DEPTH and isinstance(value, dict):
        return _object(value, depth)
    return Prompt([])


def _object(value: Mapping[str, Any], depth: int) -> Prompt:
    if _is_message(value):
        return _listed([value], depth)
    for key in PROMPT_KEYS:
        inner = opened(value.get(key))
        if inner and isinstance(inner, (str, list, dict)):
            told = _prompt(inner, depth + 1)
            return Prompt([*_systems(value), *told.said], told.n_tools)
    return Prompt(_systems(value))


def _is_message(value: Mapping[str, Any]) -> bool:
    if "role" in value or "parts" in value or "lc" in value:
        return True
    return ("content" in value and "messages" not in value) or "content" in mapping(
        value.get("kwargs")
    )


def _systems(value: Mapping[str, Any]) -> list[Said]:
    if HAS_SYSTEM.isdisjoint(value):
        return []
    return [said for key in SYSTEM_KEYS for said in _system(opened(value.get(key)))]


def _system(value: Json) -> list[Said]:
    piece = piece_of(_inside(value))
    return [Said("system", piece)] if piece.text else []


def _inside(value: Json) -> Json:
    return value.get("parts", value) if isinstance(value, dict) else value


def _listed(values: list[Any], depth: int) -> Prompt:
    said: list[Said] = []
    n_tools = 0
    for value in values:
        plain = _plain_message(value) if type(value) is dict else None
        if plain is not None and plain.role != "tool":  # the usual kind, at once
            said.append(plain)
            continue
        item = opened(value)
        if isinstance(item, list):
            told = _prompt(item, depth + 1)
            said += told.said
            n_tools += told.n_tools
        elif isinstance(item, dict) and _is_offer(item):
            n_tools += 1
        elif isinstance(item, (str, dict)):
            said += _message(item, depth)
    return Prompt(said, n_tools)


def _is_offer(message: Mapping[str, Any]) -> bool:
    """Tell a tool that LangChain lists among the messages from what a tool said."""
    return message.get("role") == "tool" and isinstance(
        at(message, "content", "function"), Mapping
    )


def _message(message: str | Mapping[str, Any], depth: int) -> list[Said]:
    if isinstance(message, str):
        return [Said("user", Piece(message))] if message.strip() else []
    plain = _plain_message(message)
    if plain is not None:
        return [plain]
    inner = _inner_message(message)
    if inner is not None and depth < MAX_DEPTH:
        return _message(inner, depth + 1)
    return [] if message.get("type") == "reasoning" else _said(message)


def _plain_message(message: Mapping[str, Any]) -> Said | None:
    """Read a message of a role and a text or parts, the usual kind; None for any other."""
    role = message.get("role")
    if len(message) != len(("role", "content")) or type(role) is not str:
        return None
    content = message.get("content")
    if type(content) is str:
        if content[:2] == "[{" or (content[:1].isspace() and content.lstrip()[:2] == "[{"):
            return None  # may be parts
        return Said(_role_of(role), Piece(without_data(content)))
    parts = message.get("parts") if content is None else content
    return Said(_role_of(role), piece_of(parts)) if type(parts) is list else None


@lru_cache(maxsize=256)
def _role_of(word: str) -> str:
    return _role({"role": word})


def _said(message: Mapping[str, Any]) -> list[Said]:
    content = content_of(message, ("content", "parts", "text"))
    if content is None and ("type" in message or "functionCall" in message):
        return [Said(_role(message), piece_of(message))]
    piece, beside = piece_of(content), tuple(calls_in(message))
    if content is None and not beside and "role" not in message:
        return []
    return [Said(_role(message), piece._replace(tool_calls=(*piece.tool_calls, *beside)))]


def _inner_message(message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find the message in LangChain's {"kwargs": ...} and {"type", "data"}, or {"message"}."""
    inner = first(message.get("kwargs"), message.get("data"))
    if isinstance(inner, dict) and "content" in inner:
        return {**inner, "role": _role(message)}
    inner = message.get("message")
    return inner if isinstance(inner, dict) else None


def _role(message: Mapping[str, Any]) -> str:
    kinds = message.get("id")
    named = kinds[-1] if isinstance(kinds, list) and kinds else None
    word = first(string(message.get("role")), string(named), string(message.get("type")))
    role = (word or "user").lower()
    if role in {"function_call_output", "custom_tool_call_output", "tool_result"}:
        return "tool"
    return "assistant" if role == "function_call" else ROLES.get(role, _plain(role))


def _plain(role: str) -> str:
    return "user" if role in {"message", "text", "input_text", "constructor"} else role
