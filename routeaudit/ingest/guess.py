"""A `--map` line for a log of no known format, guessed from the names of its keys."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

DEEPEST = 5
MOST_RECORDS = 200
GUESSES: Mapping[str, tuple[str, ...]] = {
    "ts": ("timestamp", "ts", "time", "created", "created_at", "date", "start_time", "when"),
    "request": ("request", "request_body"),
    "response": ("response", "response_body"),
    "model": ("model", "model_name", "llm", "engine", "model_id", "deployment"),
    "messages": ("messages", "prompt", "input", "question", "query", "text"),
    "response_text": ("output", "completion", "answer", "reply", "result", "response"),
    "prompt_tokens": (
        "prompt_tokens", "input_tokens", "tokens_in", "prompttokens", "inputtokens",
    ),
    "completion_tokens": (
        "completion_tokens", "output_tokens", "tokens_out", "outputtokens", "answer_tokens",
    ),
    "cost_usd": ("cost", "cost_usd", "price", "spend", "total_cost"),
    "latency_ms": ("latency_ms", "duration_ms", "elapsed_ms"),
    "latency_s": ("latency", "duration", "elapsed", "latency_s", "duration_s"),
    "user": ("user", "user_id", "userid", "customer", "tenant"),
    "team": ("team", "team_id", "department", "dept"),
    "feature": ("feature", "app", "service", "application", "tag"),
    "session_id": ("session_id", "sessionid", "conversation_id", "thread_id"),
    "request_id": ("request_id", "requestid", "id", "uuid"),
}  # fmt: skip
LOOSE = frozenset(GUESSES) - {"request", "response", "request_id", "session_id"}
"""Fields whose names may stand among other words."""
MEASURES = frozenset(("token", "count", "cost", "id", "ms", "length", "hash", "price"))
"""A key with one of these words holds no text and names nobody."""
MEASURED = frozenset(("prompt_tokens", "completion_tokens", "cost_usd", "latency_ms"))
_PLAIN = re.compile(r"[\w@$-]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
SHORT = {"tok": "token", "toks": "token", "ids": "id"}


class Key(NamedTuple):
    """A key of some records: the way to it, and the words of its name."""

    path: tuple[str, ...]
    words: tuple[str, ...]


def suggestion(values: Sequence[Any]) -> str:
    """Guess a `--map` line; exact names come before names among other words, shallow keys first.

    Args:
        values: parsed records of no known format.

    Returns:
        Options as a shell takes them; empty when no name says anything.
    """
    keys = sorted(_keys(values), key=lambda key: len(key.path))
    taken: dict[str, Key] = {}
    for field, key in (*_exact(keys), *_loose(keys)):
        if field not in taken and key not in taken.values():
            taken[field] = key
    return " ".join(
        f"--map {field}={shlex.quote(_written(taken[field].path))}"
        for field in GUESSES
        if field in taken
    )


def _keys(values: Sequence[Any]) -> list[Key]:
    found = dict.fromkeys(path for value in values[:MOST_RECORDS] for path in _paths(value, ()))
    return [Key(path, words_of(path[-1])) for path in found if '"' not in "".join(path)]


def _paths(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 parsed JSON
    if isinstance(value, dict) and len(path) < DEEPEST:
        for key, inner in value.items():
            yield (*path, str(key))
            yield from _paths(inner, (*path, str(key)))


def words_of(name: str) -> tuple[str, ...]:
    """Take a name in any case apart into words of one number: `OutTokens` is out, token."""
    words = (word.lower() for word in _WORD.findall(name))
    return tuple(SHORT.get(w, w.removesuffix("s") if len(w) > len("abc") else w) for w in words)


def _exact(keys: Sequence[Key]) -> Iterator[tuple[str, Key]]:
    for field, names in GUESSES.items():
        for name in names:
            yield from ((field, key) for key in keys if key.words == words_of(name))


def _loose(keys: Sequence[Key]) -> Iterator[tuple[str, Key]]:
    """Find names among other words, those of most words first: they say most."""
    known = [
        (field, words_of(name))
        for field in GUESSES
        if field in LOOSE
        for name in GUESSES[field]
    ]
    for field, words in sorted(known, key=lambda pair: -len(pair[1])):
        for key in keys:
            if set(words) <= set(key.words) and _fits(field, key):
                yield field, key


def _fits(field: str, key: Key) -> bool:
    return field in MEASURED or MEASURES.isdisjoint(key.words)


def _written(path: Sequence[str]) -> str:
    return "$" + "".join(f".{k}" if _PLAIN.fullmatch(k) else f'["{k}"]' for k in path)
