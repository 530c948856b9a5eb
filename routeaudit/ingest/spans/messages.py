"""What a span tells of prompt and answer: JSON in one attribute, or one attribute a piece."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.prompts import messages_row
from routeaudit.ingest.rows import Json, first_known, tidy
from routeaudit.ingest.shape import Row
from routeaudit.ingest.spans import words
from routeaudit.ingest.spans.span import Event, Span
from routeaudit.ingest.values import at, first, mapping, unwrapped

ROLE_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
CHOICE = "gen_ai.choice"
INDEXED_PROMPTS = ("gen_ai.prompt", "llm.input_messages")
INDEXED_ANSWERS = ("gen_ai.completion", "llm.output_messages")
INPUT_KEYS = (
    "langfuse.observation.input", "gen_ai.input.messages", "ai.prompt.messages", "ai.prompt",
    "gen_ai.prompt",
)  # fmt: skip
VERCEL = frozenset(("ai.response.text", "ai.response.object", "ai.response.toolCalls"))
TELLING = frozenset(("response_text", "tool_calls", "redacted"))
OUTPUT_KEYS = ("langfuse.observation.output", "gen_ai.output.messages", "gen_ai.completion")

Place = Callable[[Span], Json]


class Places(NamedTuple):
    """Where some attributes and the events beside them can tell of prompt and answer, best first."""

    prompts: tuple[Place, ...]
    answers: tuple[Place, ...]


@lru_cache(maxsize=512)  # the spans of a log have few sets of keys
def _places(keys: tuple[str, ...]) -> Places:
    first_in, last_in = _attributes(keys, INPUT_KEYS[:3]), _attributes(keys, INPUT_KEYS[3:])
    first_out, last_out = _attributes(keys, OUTPUT_KEYS[:2]), _attributes(keys, OUTPUT_KEYS[2:])
    prompts, answers = _indexed(keys, INDEXED_PROMPTS), _indexed(keys, INDEXED_ANSWERS)
    vercel = () if VERCEL.isdisjoint(keys) else (_vercel,)
    return Places(
        (*first_in, *prompts, _event_messages, *last_in),
        (*first_out, *answers, *vercel, _choices, *last_out),
    )


def _attributes(keys: Sequence[str], wanted: Sequence[str]) -> list[Place]:
    return [partial(_attribute, key) for key in wanted if key in keys]


def _attribute(key: str, span: Span) -> Json:
    return span.attributes[key]


def _indexed(keys: tuple[str, ...], prefixes: Sequence[str]) -> list[Place]:
    return [partial(_pieces, prefix) for prefix in words.indexed(keys, prefixes)]


def _pieces(prefix: str, span: Span) -> Json:
    return listed(span.attributes, prefix)


def listed(attributes: Mapping[str, Any], prefix: str) -> list[Any]:
    """Put "prefix.0.role", "prefix.0.content", ... together to a list of objects."""
    whole: dict[str, Any] = {}
    start = prefix + "."
    for key, value in attributes.items():
        if key.startswith(start):
            _plant(whole, key[len(start) :].split("."), value)
    return _as_list(whole)


def _plant(node: dict[str, Any], path: Sequence[str], value: Json) -> None:
    for key in path[:-1]:
        inner = node.get(key)
        node[key] = inner if isinstance(inner, dict) else {}
        node = node[key]
    if not isinstance(node.get(path[-1]), dict):
        node[path[-1]] = value


def _as_list(node: Mapping[str, Any]) -> list[Any]:
    numbered = sorted((int(key), value) for key, value in node.items() if _is_index(key))
    return [_grown(value) for _, value in numbered]


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit()


def _grown(value: Json) -> Json:
    """Make lists of the objects whose keys are numbers; take OpenInference's wrappers off."""
    if not isinstance(value, dict):
        return value
    if value and all(_is_index(key) for key in value):
        return _as_list(value)
    whole = {key: _grown(item) for key, item in value.items()}
    for wrapper in ("message", "message_content"):
        if isinstance(whole.get(wrapper), dict) and len(whole) == 1:
            whole = whole[wrapper]
    if "contents" in whole and not whole.get("content"):
        whole["content"] = whole.pop("contents")
    return whole


def prompt_of(span: Span) -> Row:
    """Read the prompt from where the span's dialect keeps it; Langfuse's own comes first."""
    told = span.attributes
    system = None if INPUT_KEYS[0] in told else told.get("gen_ai.system_instructions")
    for place in _places(tuple(span.attributes)).prompts:
        if given := place(span):
            row = messages_row(given, system)
            if row.get("messages") or row.get("redacted"):
                return row
    return _content_event(span.events, "gen_ai.prompt", messages_row)


def answer_of(span: Span) -> Row:
    """Read the answer from where the span's dialect keeps it; Langfuse's own comes first."""
    for place in _places(tuple(span.attributes)).answers:
        if (given := place(span)) and not TELLING.isdisjoint(row := answer_row(given)):
            return row
    return _content_event(span.events, "gen_ai.completion", answer_row)


def bodies_of(span: Span) -> Row:
    """Read OpenInference's `input.value` and `output.value`: whole bodies, or plain texts."""
    told = span.attributes
    asked, answered = (unwrapped(told.get(f"{side}.value")) for side in ("input", "output"))
    if not isinstance(answered, dict) and not isinstance(asked, dict):
        return tidy({**messages_row(asked), **answer_row(answered)})
    return pair.read(asked, answered)


def _vercel(span: Span) -> Json:
    told = span.attributes
    text = first(told.get("ai.response.text"), told.get("ai.response.object"))
    calls = unwrapped(told.get("ai.response.toolCalls"))
    if text is None and not calls:
        return None
    return {"role": "assistant", "content": text, "tool_calls": calls}


def _event_messages(span: Span) -> list[Any]:
    """List what was said; an event without any content was logged with contents turned off."""
    return [
        {"role": first_known(body.get("role"), ROLE_EVENTS[event.name]), **said}
        for event in span.events
        if event.name in ROLE_EVENTS
        for body in [_body(event)]
        if (said := {key: body[key] for key in ("content", "tool_calls") if key in body})
    ]


def _choices(span: Span) -> list[Any]:
    return [
        {**body, "content": body.get("content")} if "message" not in body else body
        for event in span.events
        if event.name == CHOICE
        for body in [_body(event)]
    ]


def _body(event: Event) -> Mapping[str, Any]:
    """Give what an event says: a log record's body, or JSON in one attribute."""
    inside = first(event.attributes.get("body"), event.attributes.get("gen_ai.event.content"))
    found = mapping(inside) or event.attributes
    message = unwrapped(at(found, "message"))
    return {**found, "message": message} if isinstance(message, dict) else found


def _content_event(events: Sequence[Event], key: str, read: Any) -> Row:  # noqa: ANN401 a function
    texts: Iterator[Json] = (event.attributes.get(key) for event in events)
    return next((read(text) for text in texts if text), {})
