"""A `--map` line for a log of no known format, guessed from names of keys and kinds of values."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.bodies.content import flatten, turns
from routeaudit.ingest.bodies.stream import events
from routeaudit.ingest.values import mapping, moment, number, string, unwrapped
from routeaudit.ingest.wrapper import PLAIN_SECONDS_BELOW

DEEPEST = 5
MOST_RECORDS = 200
GUESSES: Mapping[str, tuple[str, ...]] = {
    "ts": (
        "timestamp", "ts", "time", "created", "created_at", "date", "start_time", "when",
        "datetime", "started_at", "asked_at",
    ),
    "request": ("request", "request_body"),
    "response": ("response", "response_body"),
    "model": ("model", "model_name", "llm", "engine", "model_id", "deployment"),
    "messages": (
        "messages", "prompt", "input", "question", "query", "conversation", "user_message",
        "text",
    ),
    "response_text": (
        "output", "completion", "answer", "reply", "result", "response", "assistant_message",
        "out_text",
    ),
    "prompt_tokens": (
        "prompt_tokens", "input_tokens", "tokens_in", "prompttokens", "inputtokens",
        "usage_input", "usage_in", "usage_prompt",
    ),
    "completion_tokens": (
        "completion_tokens", "output_tokens", "tokens_out", "outputtokens", "answer_tokens",
        "usage_output", "usage_out", "usage_completion",
    ),
    "cost_usd": ("cost", "cost_usd", "price", "spend", "total_cost"),
    "latency_ms": (
        "latency_ms", "duration_ms", "elapsed_ms", "response_time_ms", "total_ms", "took_ms",
    ),
    "latency_s": (
        "latency", "duration", "elapsed", "latency_s", "duration_s", "elapsed_s", "took_s",
        "latency_us", "duration_us", "latency_ns", "duration_ns",
    ),
    "user": ("user", "user_id", "userid", "customer", "customer_id", "tenant", "tenant_id"),
    "team": ("team", "team_id", "department", "dept"),
    "feature": ("feature", "app", "service", "application", "tag"),
    "session_id": ("session_id", "sessionid", "conversation_id", "thread_id"),
    "request_id": ("request_id", "requestid", "id", "uuid"),
}  # fmt: skip
LOOSE = frozenset(GUESSES) - {"request", "response", "request_id", "session_id"}
"""Fields whose names may stand among other words."""
MEASURES = frozenset(
    ("token", "count", "cost", "id", "ms", "us", "ns", "length", "hash", "price")
)
"""A key with one of these words holds no text and names nobody."""
MEASURED = frozenset(("prompt_tokens", "completion_tokens", "cost_usd", "latency_ms"))
FIGURES = MEASURED | {"latency_s"}
OTHER = frozenset(
    ("max", "limit", "budget", "cached", "cache", "detail", "reasoning", "eur", "gbp", "micro", "nano")
)  # fmt: skip
"""A key with one of these words holds a figure, but another one."""
PIPES = {"cent": "cents", "us": "us", "ns": "ns"}
HOLDERS = frozenset(("text", "content", "name", "value"))
"""What the key of a text is called within an object that has the telling name."""
TOLD_BY = {
    "request": frozenset(("model", "messages")),
    "response": frozenset(("model", "response_text", "prompt_tokens", "completion_tokens")),
}
CALLS = frozenset(("request", "response", "messages", "response_text", "prompt_tokens"))
_PLAIN = re.compile(r"[\w@$-]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
SHORT = {
    "tok": "token", "toks": "token", "ids": "id", "millis": "ms", "milliseconds": "ms",
    "msec": "ms", "seconds": "s", "secs": "s", "sec": "s", "micros": "us", "nanos": "ns",
    "microseconds": "us", "nanoseconds": "ns",
}  # fmt: skip


class Key(NamedTuple):
    """A key of some records: the way to it, the words of its name, and what it holds."""

    path: tuple[str, ...]
    words: tuple[str, ...]
    values: list[Any]  # that are not null


Taken = dict[str, Key]


def suggestion(values: Sequence[Any]) -> str:
    """Guess a `--map` line; exact names come before names among other words, shallow keys first.

    A field is guessed only where the values can be read as such.

    Args:
        values: parsed records of no known format.

    Returns:
        Options as a shell takes them; empty when no name says anything.
    """
    some = [value for value in values[:MOST_RECORDS] if isinstance(value, dict)]
    best, options = _taken(some), ""
    for path in _lists(some):
        taken = _taken(list(islice(_exploded(some, path), MOST_RECORDS)))
        if len(CALLS & taken.keys()) > len(CALLS & best.keys()):
            best, options = taken, f"--explode {shlex.quote(_written(path))} "
    return options + " ".join(_option(name, best[name]) for name in GUESSES if name in best)


def _taken(values: Sequence[Any]) -> Taken:
    keys = sorted(_keys(values), key=lambda key: len(key.path))
    taken: Taken = {}
    for field, key in (*_bodies(keys), *_exact(keys), *_loose(keys), *_within(keys)):
        if field not in taken and _is_free(field, key, taken) and _holds(field, key):
            taken[field] = key
    return taken


def _is_free(field: str, key: Key, taken: Taken) -> bool:
    """Tell a key that says what nothing else says: no body was taken that holds it."""
    for body in TOLD_BY.keys() & taken.keys():
        if field in TOLD_BY[body] or key.path[: len(taken[body].path)] == taken[body].path:
            return False
    return key not in taken.values()


def _keys(values: Sequence[Any]) -> list[Key]:
    found: dict[tuple[str, ...], list[Any]] = {}
    for value in values:
        for path, inner in _paths(value, ()):
            held = found.setdefault(path, [])
            if inner is not None:
                held.append(inner)
    return [
        Key(path, words_of(path[-1]), held)
        for path, held in found.items()
        if held and not {'"', "|"} & set("".join(path))
    ]


def _paths(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 parsed JSON
    if isinstance(value, dict) and len(path) < DEEPEST:
        for key, inner in value.items():
            yield (*path, str(key)), inner
            yield from _paths(inner, (*path, str(key)))


def _lists(values: Sequence[Any]) -> list[tuple[str, ...]]:
    """Find the lists of objects that are no turns of a conversation."""
    return [
        key.path
        for key in _keys(values)
        if any(
            isinstance(held, list) and held and all(isinstance(i, dict) and "role" not in i for i in held)
            for held in key.values
        )
    ]  # fmt: skip


def _exploded(values: Sequence[Any], path: tuple[str, ...]) -> Iterator[Any]:
    for value in values:
        inner = value
        for name in path:
            inner = inner.get(name) if isinstance(inner, dict) else None
        for item in inner if isinstance(inner, list) else ():
            if isinstance(item, dict):
                yield {**value, **item}


def words_of(name: str) -> tuple[str, ...]:
    """Take a name in any case apart into words of one number: `OutTokens` is out, token."""
    words = (word.lower() for word in _WORD.findall(name))
    return tuple(SHORT.get(w, w.removesuffix("s") if len(w) > len("abc") else w) for w in words)


def _bodies(keys: Sequence[Key]) -> Iterator[tuple[str, Key]]:
    """Find whole bodies by what they hold, whatever their key is called."""
    for key in keys:
        body = mapping(key.values[0])
        if not body:
            continue
        words = pair.is_anthropic(body, "") or pair.is_gemini({}, body)
        if "choices" in body or words or pair.is_responses({}, body, ""):
            yield "response", key
        elif "messages" in body or "contents" in body or {"model", "input"} <= body.keys():
            yield "request", key


def _exact(keys: Sequence[Key]) -> Iterator[tuple[str, Key]]:
    for field, names in GUESSES.items():
        for name in names:
            yield from ((field, key) for key in keys if key.words == words_of(name))


def _loose(keys: Sequence[Key]) -> Iterator[tuple[str, Key]]:
    """Find names among other words, those of most words first: they say most."""
    for field, words in _names():
        for key in keys:
            if words <= set(key.words) and _fits(field, key.words):
                yield field, key


def _within(keys: Sequence[Key]) -> Iterator[tuple[str, Key]]:
    """Find names that an object and its key have together: `tokens.in`, `llm.name`."""
    for field, words in _names():
        for key in keys:
            both = (*words_of("_".join(key.path[-2:-1])), *key.words)
            tells = field in FIGURES or not HOLDERS.isdisjoint(key.words)
            if tells and words <= set(both) and _fits(field, both):
                yield field, key


def _names() -> list[tuple[str, frozenset[str]]]:
    known = [
        (field, frozenset(words_of(name)))
        for field in GUESSES
        if field in LOOSE
        for name in GUESSES[field]
    ]
    return sorted(known, key=lambda pair: -len(pair[1]))


def _fits(field: str, words: Sequence[str]) -> bool:
    if field in FIGURES and not OTHER.isdisjoint(words):
        return False
    return field in MEASURED or MEASURES.isdisjoint(words)


def _holds(field: str, key: Key) -> bool:
    """Tell whether the first value can be read as the field."""
    value = unwrapped(key.values[0])
    # an object in text is another record: it has words in it, and much else
    is_words = not isinstance(value, (int, float)) and not (
        isinstance(key.values[0], str) and isinstance(value, dict)
    )
    match field:
        case "ts":
            told = moment(key.values[0]) is not None
        case "request":
            told = bool(mapping(value))
        case "response":
            told = bool(mapping(value)) or events(value) is not None
        case "messages":
            told = is_words and bool(turns(value).messages)
        case "response_text":
            told = is_words and bool(flatten(value).text)
        case _:
            told = (number(value) if field in FIGURES else string(value)) is not None
    return told


def _option(field: str, key: Key) -> str:
    name, path = field, _written(key.path)
    if field == "latency_s" and MEASURES.isdisjoint(key.words) and "s" not in key.words:
        figures = [figure for value in key.values if (figure := number(value)) is not None]
        name = "latency_ms" if max(figures) >= PLAIN_SECONDS_BELOW else field
    pipes = [PIPES[word] for word in key.words if word in PIPES and field in FIGURES]
    return f"--map {name}={shlex.quote(' | '.join((path, *pipes[:1])))}"


def _written(path: Sequence[str]) -> str:
    return "$" + "".join(f".{k}" if _PLAIN.fullmatch(k) else f'["{k}"]' for k in path)
