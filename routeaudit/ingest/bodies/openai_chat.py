"""Bodies of chat completions (and legacy completions), as OpenAI and many others speak it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies.content import Turns, flatten, named_calls, turns
from routeaudit.ingest.bodies.stream import events
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import (
    at,
    count,
    first,
    items,
    mapping,
    moment,
    number,
    string,
    unwrapped,
)

BLOCKED = "content_filter"


def read(request: Any, response: Any) -> Row:  # noqa: ANN401 parsed JSON
    """Read a request and its answer: an object, SSE text, a list of chunks, or JSON in text.

    Either may be None. What is absent stays absent; nothing is raised.
    """
    row = read_request(mapping(request))
    answer = unwrapped(response)
    chunks = events(answer)
    if chunks is not None:
        row["stream"] = True
        answer = merged(chunks)
    if isinstance(answer, dict):
        row.update(read_response(answer))
    elif isinstance(answer, str) and answer.strip():
        row["response_text"] = answer
    return row


def read_request(request: Mapping[str, Any]) -> Row:
    """Read what was asked: messages, options, user and metadata."""
    wanted = first(request.get("messages"), request.get("prompt"), request.get("input"))
    row: Row = {"model_requested": string(request.get("model"))}
    messages, media = turns(unwrapped(wanted)) if wanted is not None else Turns([], 0)
    if messages:
        row |= {"messages": messages, "n_turns": len(messages), "n_media": media}
        row["n_tools"] = _n_tools(request)
    if not LIMITS.isdisjoint(request):
        wanted = first(request.get("max_completion_tokens"), request.get("max_tokens"))
        row["max_tokens"] = count(wanted)
    return row if OPTIONS.isdisjoint(request) else {**row, **_options(request)}


LIMITS = frozenset(("max_completion_tokens", "max_tokens"))
OPTIONS = frozenset((
    "response_format", "text", "service_tier", "stream", "user", "safety_identifier", "session_id",
    "conversation", "metadata",
))  # fmt: skip


def _options(request: Mapping[str, Any]) -> Row:
    row: Row = {
        "response_format": _response_format(request),
        "service_tier": string(request.get("service_tier")),
        "stream": request["stream"] if isinstance(request.get("stream"), bool) else None,
        "user": string(first(request.get("user"), request.get("safety_identifier"))),
        "session_id": string(first(request.get("session_id"), request.get("conversation"))),
    }
    tags = request.get("metadata")
    if isinstance(tags, dict) and tags:
        row["tags"] = dict(tags)
    return row


def _n_tools(request: Mapping[str, Any]) -> int:
    offered = unwrapped(request.get("tools"))
    if offered is None:
        offered = request.get("functions")
    return len(offered) if isinstance(offered, list) else 0


def _response_format(request: Mapping[str, Any]) -> str | None:
    wanted = first(request.get("response_format"), at(request, "text", "format"))
    return string(wanted.get("type") if isinstance(wanted, dict) else wanted)


def read_response(answer: Mapping[str, Any]) -> Row:
    """Read one answer object: text, tool calls, usage, or the error that came instead."""
    choices = list(items(answer.get("choices")))
    row: Row = {}
    for name, key in (
        ("response_id", "id"),
        ("model", "model"),
        ("service_tier", "service_tier"),
    ):
        if (text := string(answer.get(key))) is not None:
            row[name] = text
    if (when := moment(answer.get("created"))) is not None:
        row["ts"] = when.us
    if choices:
        row |= _chosen(choices)
    row |= _billed(answer.get("usage"))
    if answer.get("error") is not None:
        row.update(read_error(answer))
    if row.get("finish_reason") == BLOCKED:
        row["status"] = "blocked"
    elif choices and "status" not in row:
        row["status"] = "ok"
    return row


def _billed(usage: Any) -> Row:  # noqa: ANN401 parsed JSON
    row = read_usage(usage)
    if isinstance(usage, dict) and (cost := number(usage.get("cost"))) is not None:
        row["cost_usd"] = cost
    return row


def _chosen(choices: Sequence[Mapping[str, Any]]) -> Row:
    row = {
        "finish_reason": _finish(choices),
        "logprob_mean": _logprob_mean(choices),
        "response_text": _text(choices),
        "tool_calls": _calls(choices) or None,
    }
    return {name: value for name, value in row.items() if value is not None}


def _finish(choices: Sequence[Mapping[str, Any]]) -> str | None:
    for choice in choices:
        found = choice.get("finish_reason")
        if isinstance(found, dict):
            return string(first(found.get("reason"), found.get("type")))
        if found is not None:
            return string(found)
    return None


def _text(choices: Sequence[Mapping[str, Any]]) -> str | None:
    message = mapping(choices[0].get("message"))
    content = first(message.get("content"), choices[0].get("text"), message.get("refusal"))
    return flatten(content).text or None if content is not None else None


def _calls(choices: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    found = []
    for choice in choices:
        message = mapping(choice.get("message"))
        if made := message.get("tool_calls"):
            found += [first(c.get("function"), c.get("custom"), c) for c in items(made)]
        if message.get("function_call"):
            found.append(message["function_call"])
    return named_calls(found) if found else []


def _logprob_mean(choices: Sequence[Mapping[str, Any]]) -> float | None:
    if choices[0].get("logprobs") is None:
        return None
    tokens = items(at(choices[0], "logprobs", "content"))
    found = [p for p in (number(t.get("logprob")) for t in tokens) if p is not None]
    return sum(found) / len(found) if found else None


def read_usage(usage: Any) -> Row:  # noqa: ANN401 parsed JSON
    """Read a usage object: input includes cached tokens, output includes reasoning."""
    if not isinstance(usage, dict):
        return {}
    sent = first(usage.get("prompt_tokens_details"), usage.get("input_tokens_details"))
    made = first(usage.get("completion_tokens_details"), usage.get("output_tokens_details"))
    bodies = (
        usage,
        sent if isinstance(sent, dict) else {},
        made if isinstance(made, dict) else {},
    )
    row: Row = {}
    for name, places in _usage_plan(*map(tuple, bodies)):
        for body, key in places:
            told = bodies[body][key]
            if told is not None:
                if (n := count(told)) is not None:
                    row[name] = n
                break
    return row


Place = tuple[int, str]
"""Which of three objects, and the key in it: the usage, its input's details, its output's."""
PLACES: Mapping[str, tuple[Place, ...]] = {
    "prompt_tokens": ((0, "prompt_tokens"), (0, "input_tokens")),
    "completion_tokens": ((0, "completion_tokens"), (0, "output_tokens")),
    "cached_tokens": (
        (1, "cached_tokens"), (0, "prompt_cache_hit_tokens"), (0, "cache_read_input_tokens"),
    ),
    "cache_write_tokens": ((1, "cache_write_tokens"), (0, "cache_creation_input_tokens")),
    "reasoning_tokens": ((2, "reasoning_tokens"), (0, "reasoning_tokens")),
    "total_tokens": ((0, "total_tokens"),),
}  # fmt: skip


@lru_cache(maxsize=256)  # the answers of a log have few sets of keys
def _usage_plan(*present: tuple[str, ...]) -> tuple[tuple[str, tuple[Place, ...]], ...]:
    """Tell where counts can stand in objects of these keys, the best place first."""
    known = (
        (name, tuple((body, key) for body, key in places if key in present[body]))
        for name, places in PLACES.items()
    )
    return tuple((name, places) for name, places in known if places)


def read_error(answer: Mapping[str, Any]) -> Row:
    """Read an error body; the body is trusted over an HTTP status of 200."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return {"status": "error", "error_code": "error"} if string(error) else {}
    code = string(first(error.get("code"), error.get("type"))) or "error"
    blocked = BLOCKED in (code, at(error, "innererror", "code"))
    return {"status": "blocked" if blocked else "error", "error_code": code}


def merged(chunks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge streamed chunks into the object that the call without streaming would give."""
    answer: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for key in ("id", "model", "created", "service_tier", "usage", "error"):
            if chunk.get(key) not in (None, "", 0):  # Azure's first chunk has 0 as its time
                answer[key] = (
                    chunk[key] if key in ("usage", "error") else answer.get(key, chunk[key])
                )
        for part in items(chunk.get("choices")):
            _add(choices.setdefault(count(part.get("index")) or 0, {}), part)
    answer["choices"] = [_closed(choices[index]) for index in sorted(choices)]
    return answer


def _add(choice: dict[str, Any], part: Mapping[str, Any]) -> None:
    delta = first(part.get("delta"), part.get("message"), {})
    texts = choice.setdefault("texts", [])
    content = first(at(delta, "content"), part.get("text"), at(delta, "refusal"))
    if content is not None:
        texts.append(flatten(content).text)
    if part.get("finish_reason") is not None:
        choice["finish_reason"] = part["finish_reason"]
    choice.setdefault("logprobs", []).extend(items(at(part, "logprobs", "content")))
    for call in items(at(delta, "tool_calls")):
        _add_call(choice.setdefault("calls", {}), call)
    if isinstance(at(delta, "function_call"), dict):
        _add_call(choice.setdefault("calls", {}), {"function": delta["function_call"]})


def _add_call(calls: dict[int, dict[str, str]], call: Mapping[str, Any]) -> None:
    made = calls.setdefault(count(call.get("index")) or 0, {"name": "", "arguments": ""})
    for key in made:
        piece = at(call, "function", key)
        made[key] += piece if isinstance(piece, str) else ""


def _closed(choice: Mapping[str, Any]) -> dict[str, Any]:
    calls = choice.get("calls", {})
    return {
        "finish_reason": choice.get("finish_reason"),
        "logprobs": {"content": choice["logprobs"]},
        "message": {
            "content": "".join(choice["texts"]) or None,
            "tool_calls": [{"function": calls[index]} for index in sorted(calls)],
        },
    }
