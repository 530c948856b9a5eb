"""Weave calls: the leaves that called a provider; summaries above them add up."""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.families import Call, leaves
from routeaudit.ingest.piles import gathered, refused
from routeaudit.ingest.rows import (
    Json,
    first_known,
    flat_tags,
    lasted_s,
    money,
    provider,
    seconds_of_ms,
    tidy,
    timed,
    tokens,
)
from routeaudit.ingest.shape import Adapted, Aside, LogFormat, Row, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.values import at, count, first, mapping, string

CALL = re.compile(
    r"^(?:openai|anthropic|mistralai|groq|cohere|litellm|google|vertexai|genai|bedrock|together"
    r"|cerebras|huggingface|ollama|langchain\.llm|langchain\.chat)\b.*"
    r"(?:create|complet|generate|converse|invoke|chat|parse|stream)", re.IGNORECASE,
)  # fmt: skip
ANSWERS = ("choices", "candidates", "usage", "usage_metadata")


def sign(record: Mapping[str, Any]) -> bool:
    """Know a call by its operation and start."""
    return "op_name" in record and "started_at" in record


def adapt(units: Sequence[Unit]) -> Adapted:
    """Make rows of calls to providers; what lies above them repeats their tokens."""
    found = Adapted()
    calls: list[Call] = []
    parents: dict[Hashable, Hashable] = {}
    odd = [unit for unit in units if not isinstance(unit.value, dict)]
    known = [unit for unit in units if isinstance(unit.value, dict)]
    above_others = {string(unit.value.get("parent_id")) for unit in known} - {None}
    for number, unit in enumerate(known):
        own = string(unit.value.get("id"))
        key: Hashable = own or (None, number)
        above = string(unit.value.get("parent_id"))
        if above is not None:
            parents[key] = above
        name = operation(unit.value)
        if CALL.match(name) or (own not in above_others and _answers(unit.value)):
            calls.append(Call(line=unit.line, key=key, row=_row(unit.value, name)))
        else:
            found.merged.append(
                Aside(unit.line, "not a model call: an operation of the program")
            )
    return gathered([leaves(calls, parents), found, refused(odd, "not an object")])


def operation(call: Mapping[str, Any]) -> str:
    """Give the bare name of an operation: no project, no version."""
    name = string(call.get("op_name")) or ""
    bare = name.rsplit("/op/", 1)[-1]
    return bare.split(":", 1)[0] if "/op/" in name else bare


def _answers(call: Mapping[str, Any]) -> bool:
    """Tell a leaf that answered like a provider, or whose summary has tokens."""
    output = mapping(call.get("output"))
    return bool(mapping(at(call, "summary", "usage"))) or any(key in output for key in ANSWERS)


def _row(call: Mapping[str, Any], name: str) -> Row:
    said = pair.read(call.get("inputs"), call.get("output"))
    usage = {str(k): mapping(v) for k, v in mapping(at(call, "summary", "usage")).items()}
    model = next(iter(usage), None)
    failed = string(call.get("exception"))
    summary = mapping(call.get("summary"))
    return tidy({
        **said,
        **_tokens(list(usage.values())),
        **timed(call.get("started_at")),
        **({"status": "error", "error_code": "exception"} if failed else {}),
        **({} if failed or "status" in said or call.get("ended_at") is None else {"status": "ok"}),
        "request_id": string(call.get("id")),
        "trace_id": string(call.get("trace_id")),
        "session_id": string(call.get("thread_id")),
        "user": string(first(call.get("wb_user_id"), said.get("user"))),
        "model": first_known(said.get("model"), model),
        "model_requested": first_known(said.get("model_requested"), model),
        "operation": "embedding" if "embedding" in name else "chat",
        "provider": provider(name.split(".", maxsplit=1)[0]) if CALL.match(name) else None,
        "cost_usd": _cost(mapping(at(summary, "weave", "costs"))),
        "latency_s": first(
            lasted_s(call.get("started_at"), call.get("ended_at")),
            seconds_of_ms(first(at(summary, "weave", "latency_ms"), summary.get("latency_ms"))),
        ),
        "tags": flat_tags(said.get("tags"), _labels(call.get("attributes"))),
    })  # fmt: skip


def _labels(attributes: Json) -> Mapping[str, Any]:
    return {key: value for key, value in mapping(attributes).items() if key != "weave"}


def _tokens(usages: Sequence[Mapping[str, Any]]) -> Row:
    """Add up the counts of each model in a summary; a leaf has one."""

    def total(*keys: str) -> int | None:
        found = [first(*(count(usage.get(key)) for key in keys)) for usage in usages]
        known = [n for n in found if n is not None]
        return sum(known) if known else None

    return tokens(
        prompt=total("prompt_tokens", "input_tokens"),
        completion=total("completion_tokens", "output_tokens"),
        cached=total("cache_read_input_tokens"),
        cache_write=total("cache_creation_input_tokens"),
        total=total("total_tokens"),
    )


def _cost(costs: Mapping[str, Any]) -> float | None:
    keys = ("prompt_tokens_total_cost", "completion_tokens_total_cost")
    found = [money(at(cost, key)) for cost in costs.values() for key in keys]
    known = [amount for amount in found if amount is not None]
    return sum(known) if known else None


PLUGIN = LogFormat(
    rank=9.0,
    sign=sign,
    needs=either("op_name started_at"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("trace_id",), ("id",)),
    about="Weights & Biases Weave calls: the ones that called a provider",
)
