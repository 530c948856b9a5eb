"""A request and its answer whose API is not told: find out whose words they are, read them."""

from collections.abc import Callable, Mapping
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import anthropic, bedrock, gemini, openai_chat, openai_responses
from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.prompts import request_row
from routeaudit.ingest.bodies.stream import events
from routeaudit.ingest.rows import Json, tidy
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import at, mapping, string, unwrapped

Read = Callable[[Any, Any], Row]
CHAT_OBJECTS = ("chat.completion", "text_completion")


def read(request: Json, response: Json, url: Json = None) -> Row:
    """Read two bodies of any API that is known here; of any other, what can be guessed.

    Args:
        request: the body sent: an object, or JSON in text; None if it was not logged.
        response: the body received: an object, SSE text, chunks, or JSON in text.
        url: where it went, if known.
    """
    asked, answer = mapping(request), unwrapped(response)
    streamed = events(answer)
    head = mapping(answer) or (streamed[0] if streamed else {})
    path = string(url) or ""
    words: tuple[tuple[bool, Read], ...] = (
        (asks_embedding(path) or is_embedding(head), read_embedding),
        (is_gemini(asked, head), gemini.read),
        (is_anthropic(head, path), anthropic.read),
        (is_responses(asked, head, path), openai_responses.read),
        (is_bedrock(asked, head), bedrock.read),
        (is_chat(head), _read_chat),
    )
    row = next((reader(asked, answer) for known, reader in words if known), None)
    if row is None:
        row = {**request_row(request), **answer_row(answer)}
    unknown = () if request else ("n_media", "n_tools")
    return {key: value for key, value in tidy(row).items() if key not in unknown}


def _read_chat(request: Json, response: Json) -> Row:
    found = tidy(openai_chat.read(request, response))
    return found if "messages" in found else {**request_row(request), **found}


def read_embedding(request: Json, response: Json) -> Row:
    """Read an embedding call: its vectors are no answer to keep, and no token is written."""
    answer = mapping(response)
    return tidy({
        **request_row(request),
        "model": string(answer.get("model")),
        "operation": "embedding",
        **openai_chat.read_usage(answer.get("usage")),
        **openai_chat.read_error(answer),
    })  # fmt: skip


def asks_embedding(url: str | None) -> bool:
    """Tell an embedding call by where it went."""
    return (url or "").split("?")[0].rstrip("/").endswith("/embeddings")


def is_embedding(head: Mapping[str, Any]) -> bool:
    """Tell an answer of vectors."""
    return head.get("object") == "list" and "embedding" in mapping(at(head, "data", 0))


def is_chat(head: Mapping[str, Any]) -> bool:
    """Tell the words of OpenAI's chat completions, and of anybody's error."""
    return "choices" in head or "error" in head or _is_chat_object(head)


def _is_chat_object(head: Mapping[str, Any]) -> bool:
    return str(head.get("object")).startswith(CHAT_OBJECTS)


def is_gemini(asked: Mapping[str, Any], head: Mapping[str, Any]) -> bool:
    """Tell Gemini's words."""
    known = {"candidates", "usageMetadata", "usage_metadata", "promptFeedback"}
    return "contents" in asked or ("candidates" in head and bool(known & head.keys()))


def is_anthropic(head: Mapping[str, Any], path: str) -> bool:
    """Tell the words of Anthropic's Messages API."""
    kind = head.get("type")
    told = kind == "message" and "content" in head
    return told or kind == "message_start" or "/v1/messages" in path


def is_responses(asked: Mapping[str, Any], head: Mapping[str, Any], path: str) -> bool:
    """Tell the words of OpenAI's Responses API."""
    streamed = str(head.get("type", "")).startswith("response.")
    return (
        streamed
        or head.get("object") == "response"
        or "/responses" in path
        or (
            "input" in asked
            and "messages" not in asked
            and isinstance(head.get("output"), list)
        )
    )


def is_bedrock(asked: Mapping[str, Any], head: Mapping[str, Any]) -> bool:
    """Tell the words of Bedrock's Converse and of Titan."""
    return (
        isinstance(at(head, "output", "message"), dict)
        or bool(bedrock.CONVERSE_EVENTS & head.keys())
        or "inferenceConfig" in asked
        or "inputText" in asked
    )
