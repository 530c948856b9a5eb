"""Bodies of OpenAI's Responses API: items in, items out."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies.pieces import calls_of, piece_of
from routeaudit.ingest.bodies.prompts import messages_row, options_row
from routeaudit.ingest.bodies.stream import events
from routeaudit.ingest.rows import Json, flat_tags, label, status_row, tidy, timed, tokens
from routeaudit.ingest.shape import Row
from routeaudit.ingest.values import at, first, items, mapping, string, unwrapped

ENDS = ("response.completed", "response.incomplete", "response.failed")
FAILED = ("failed", "cancelled")


def read(request: Json, response: Json) -> Row:
    """Read a request and its answer: an object, SSE text, a list of events, or JSON in text.

    Either may be None. What is absent stays absent; nothing is raised. With
    `previous_response_id` the prompt in the log is only the new turn: a tag says so.
    """
    row = read_request(mapping(request))
    answer = unwrapped(response)
    streamed = events(answer)
    if streamed is not None:
        row["stream"] = True
        answer = merged(streamed)
    if isinstance(answer, dict):
        answered = read_response(answer)
        row = {**row, **answered}
        row["tags"] = {**row.get("tags", {}), **answered.get("tags", {})}
    return tidy(row)


def read_request(request: Mapping[str, Any]) -> Row:
    """Read what was asked: instructions, input items, tools, options and user."""
    offered = request.get("tools")
    return tidy({
        **options_row(request),
        **messages_row(request.get("input"), request.get("instructions")),
        "n_tools": len(offered) if isinstance(offered, list) else 0 if request else None,
        "user": string(first(request.get("user"), request.get("safety_identifier"))),
        "session_id": string(first(at(request, "conversation", "id"), request.get("conversation"))),
        "tags": {
            **flat_tags(request.get("metadata")),
            **({"earlier_turns_not_logged": True} if request.get("previous_response_id") else {}),
        },
    })  # fmt: skip


def read_response(answer: Mapping[str, Any]) -> Row:
    """Read one response object: text, tool calls, usage, or the error that came instead."""
    output = list(items(answer.get("output")))
    usage = mapping(answer.get("usage"))
    reason = string(at(answer, "incomplete_details", "reason"))
    spent = tokens(
        prompt=usage.get("input_tokens"),
        completion=usage.get("output_tokens"),
        cached=at(usage, "input_tokens_details", "cached_tokens"),
        cache_write=at(usage, "input_tokens_details", "cache_write_tokens"),
        reasoning=at(usage, "output_tokens_details", "reasoning_tokens"),
        total=usage.get("total_tokens"),
    )
    known = output or usage or answer.get("error")
    unfinished = string(answer.get("status")) if answer.get("status") in FAILED else None
    failed = first(answer.get("error"), unfinished)
    return tidy({
        "response_id": string(answer.get("id")),
        "model": string(answer.get("model")),
        "service_tier": label(answer.get("service_tier")),
        "response_text": _text(output) or string(answer.get("output_text")),
        "tool_calls": [call for item in output for call in calls_of(item)],
        "finish_reason": reason or string(answer.get("status")),
        **(status_row(error=failed, reason=reason) if known or failed else {}),
        **spent,
        **timed(answer.get("created_at")),
    })  # fmt: skip


def _text(output: Sequence[Mapping[str, Any]]) -> str:
    said = [item for item in output if item.get("type") == "message" or "role" in item]
    return "\n".join(
        text for item in said if (text := piece_of(item.get("content"), joint="").text)
    )


def merged(streamed: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Give the whole response: the last event carries it; else what the deltas add up to."""
    whole: dict[str, Any] = {}
    texts: list[str] = []
    for event in streamed:
        kind = event.get("type")
        if kind in ENDS and isinstance(event.get("response"), dict):
            return mapping(event["response"])
        if isinstance(event.get("response"), dict):
            whole.update({key: value for key, value in event["response"].items() if value})
        if kind == "response.output_text.delta" and isinstance(event.get("delta"), str):
            texts.append(event["delta"])
        if kind == "error":
            whole["error"] = first(event.get("error"), event)
    if texts:
        whole["output_text"] = "".join(texts)
    return whole
