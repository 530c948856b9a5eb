"""LangSmith runs: whole ones from an export, or the halves that the SDKs send."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.bodies import anthropic, openai_chat
from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.prompts import request_row
from routeaudit.ingest.families import Call, leaves
from routeaudit.ingest.piles import gathered
from routeaudit.ingest.rows import (
    Json,
    first_known,
    flat_tags,
    lasted_s,
    money,
    provider,
    tidy,
    timed,
    tokens,
)
from routeaudit.ingest.shape import Adapted, Aside, Row
from routeaudit.ingest.values import at, first, items, mapping, not_a_call, string, unwrapped

NO_START = "the end of a run whose start is not here"
SESSION_KEYS = ("thread_id", "session_id", "conversation_id")
SLIM_KEYS = ("id", "trace_id", "parent_run_id", "run_type", "dotted_order")
USER_KEYS = ("user_id", "user", "ls_user_id")


class Run(NamedTuple):
    """A run, and the line it came from."""

    line: int
    value: Mapping[str, Any]


def adapt(runs: Sequence[Run]) -> Adapted:
    """Make rows of the runs of type llm; chains and agents add their children up."""
    found = Adapted()
    calls: list[Call] = []
    parents: dict[Hashable, Hashable] = {}
    for number, (line, run) in enumerate(runs):
        key = string(run.get("id")) or (None, number)
        above = string(run.get("parent_run_id"))
        if above is not None:
            parents[key] = above
        kind = string(run.get("run_type"))
        if kind == "llm" or (kind is None and _looks_like_llm(run)):
            calls.append(Call(line=line, key=key, row=_row(run)))
        else:
            found.merged.append(Aside(line, not_a_call(kind, "no run type")))
    return gathered([leaves(calls, parents), found])


def slim(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out the texts of what is no model call, so that they need not be held."""
    if string(run.get("run_type")) in (None, "llm"):
        return run
    return {key: run[key] for key in SLIM_KEYS if key in run}


def _looks_like_llm(run: Mapping[str, Any]) -> bool:
    """Know an end without its start, which does not name its type."""
    return at(run, "extra", "metadata", "ls_model_type") is not None


def _row(run: Mapping[str, Any]) -> Row:
    extra = mapping(run.get("extra"))
    told, asked_for = mapping(extra.get("metadata")), mapping(extra.get("invocation_params"))
    outputs = mapping(run.get("outputs"))
    asked, answered = request_row(mapping(run.get("inputs"))), answer_row(outputs)
    wanted = first_known(
        asked.get("model_requested"), asked_for.get("model"), asked_for.get("model_name"),
        told.get("ls_model_name"),
    )  # fmt: skip
    return tidy({
        **request_row({**asked_for, "messages": None}),
        **asked,
        **answered,
        **_tokens(run, outputs),
        **timed(run.get("start_time")),
        **_ended(run),
        "request_id": string(run.get("id")),
        "trace_id": string(run.get("trace_id")),
        "session_id": _named(told, SESSION_KEYS),
        "user": _named(told, USER_KEYS),
        "feature": string(first(run.get("session_name"), run.get("project_name"))),
        "provider": provider(told.get("ls_provider")),
        "model": first_known(answered.get("model"), _served(outputs), wanted),
        "model_requested": wanted,
        "operation": "chat",
        "cost_usd": money(run.get("total_cost")),
        "latency_s": lasted_s(run.get("start_time"), run.get("end_time")),
        "ttft_s": lasted_s(run.get("start_time"), _first_token(run)),
        "tags": flat_tags(run.get("tags")),
    })  # fmt: skip


def _named(told: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    return next((name for key in keys if (name := string(told.get(key)))), None)


def _generation(outputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the first generation of LangChain's list of lists."""
    found = outputs.get("generations")
    while isinstance(found, list) and found:
        found = found[0]
    return mapping(found)


def _served(outputs: Mapping[str, Any]) -> str | None:
    told = mapping(at(_generation(outputs), "message", "kwargs", "response_metadata"))
    return first_known(
        told.get("model_name"), told.get("model"), at(outputs, "llm_output", "model_name")
    )


def _tokens(run: Mapping[str, Any], outputs: Mapping[str, Any]) -> Row:
    """Read the run's own counts, else those of its answer."""
    if run.get("prompt_tokens") is not None or run.get("completion_tokens") is not None:
        return tokens(
            prompt=run.get("prompt_tokens"),
            completion=run.get("completion_tokens"),
            cached=at(run, "prompt_token_details", "cache_read"),
            cache_write=at(run, "prompt_token_details", "cache_creation"),
            reasoning=at(run, "completion_token_details", "reasoning"),
            total=run.get("total_tokens"),
        )
    message = mapping(at(_generation(outputs), "message", "kwargs"))
    usage = first(outputs.get("usage_metadata"), message.get("usage_metadata"))
    if isinstance(usage, dict):
        return _usage(usage)
    bodies = (mapping(outputs.get("llm_output")), mapping(message.get("response_metadata")))
    named = (body.get(key) for body in bodies for key in ("token_usage", "usage"))
    return _as_the_provider_told(mapping(first(*named, outputs.get("usage"))))


def _as_the_provider_told(usage: Mapping[str, Any]) -> Row:
    """Read a usage object that LangChain passed on; Anthropic's leaves the cache out."""
    theirs = "input_tokens" in usage and "cache_read_input_tokens" in usage
    return anthropic.read_usage(usage) if theirs else openai_chat.read_usage(usage)


def _usage(usage: Mapping[str, Any]) -> Row:
    return tokens(
        prompt=usage.get("input_tokens"),
        completion=usage.get("output_tokens"),
        cached=at(usage, "input_token_details", "cache_read"),
        cache_write=at(usage, "input_token_details", "cache_creation"),
        reasoning=at(usage, "output_token_details", "reasoning"),
        total=usage.get("total_tokens"),
    )


def _ended(run: Mapping[str, Any]) -> Row:
    error = string(unwrapped(run.get("error")) if run.get("error") else None)
    if error is not None or run.get("status") == "error":
        named = (error or "").split("(")[0].strip()
        return {"status": "error", "error_code": named if named.isidentifier() else "error"}
    pending = not run.get("outputs") and run.get("end_time") is None
    return {} if pending else {"status": "ok"}


def _first_token(run: Mapping[str, Any]) -> Json:
    noted = (e.get("time") for e in items(run.get("events")) if e.get("name") == "new_token")
    return first(run.get("first_token_time"), next(noted, None))
