"""Langfuse observations, whichever door they came out of: one row a generation."""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.prompts import request_row
from routeaudit.ingest.families import Call, leaves
from routeaudit.ingest.langfuse_usage import accepted, usage_of
from routeaudit.ingest.lookup import Lookup
from routeaudit.ingest.piles import gathered
from routeaudit.ingest.rows import (
    Json,
    first_known,
    flat_tags,
    known_model,
    money,
    provider,
    tidy,
)
from routeaudit.ingest.shape import Adapted, Aside, Row
from routeaudit.ingest.values import (
    Moment,
    between_s,
    count,
    first,
    items,
    mapping,
    moment,
    not_a_call,
    string,
    unwrapped,
)  # fmt: skip

TRACE, PARENT = ("traceId", "trace_id"), ("parentObservationId", "parent_observation_id")
SESSION, USER = ("sessionId", "session_id"), ("userId", "user_id")
OPERATIONS = {"GENERATION": "chat", "EMBEDDING": "embedding"}
EMPTY = "a generation without input, output or usage: an event of another one"
SLIM_KEYS = ("id", "type", *TRACE, *PARENT)
PROVIDER_KEYS = ("ls_provider", "gen_ai.provider.name", "gen_ai.system", "llm.provider")
NAMES_PROVIDER = frozenset((*PROVIDER_KEYS, "attributes"))
BY_LITELLM = re.compile(r"time-\d\d-\d\d-\d\d-\d+_(\S+)")
"""An observation that LiteLLM sent is named after its answer, as LiteLLM's own rows are."""
LIMITS = frozenset(("max_tokens", "max_completion_tokens"))


class Observed(NamedTuple):
    """An observation, its trace as far as it is known, and the line it came from."""

    line: int
    observation: Mapping[str, Any]
    trace: Mapping[str, Any]


FIELDS = Lookup((accepted, {
        "trace": TRACE, "above": PARENT,
        "start": ("startTime", "start_time"), "end": ("endTime", "end_time"),
        "created": ("createdAt", "created_at"),
        "began": ("completionStartTime", "completion_start_time"),
        "input": ("input",), "output": ("output",), "model": ("model", "provided_model_name"),
        "settings": ("modelParameters", "model_parameters"), "metadata": ("metadata",),
        "session": SESSION, "user": USER, "name": ("traceName", "trace_name"),
        "labels": ("traceTags", "trace_tags"), "environment": ("environment",),
        "version": ("version",), "level": ("level",), "usage": ("usage",),
        "usages": ("usageDetails", "usage_details"), "costs": ("costDetails", "cost_details"),
        "cost": ("totalCost", "total_cost", "calculatedTotalCost"),
        "sent": ("inputUsage", "input_usage", "promptTokens"),
        "made": ("outputUsage", "output_usage", "completionTokens"),
        "total": ("totalUsage", "total_usage", "totalTokens"),
}))  # fmt: skip
OF_TRACE = Lookup((accepted, {
        "session": SESSION, "user": USER, "name": ("name",), "labels": ("tags",),
        "metadata": ("metadata",),
}))  # fmt: skip


def trace_of(observation: Mapping[str, Any]) -> str | None:
    """Name the trace that an observation belongs to."""
    return string(first(*(accepted(observation.get(name)) for name in TRACE)))


def adapt(observed: Sequence[Observed]) -> Adapted:
    """Make rows of generations; those that hold other generations repeat their tokens."""
    found = Adapted()
    calls: list[Call] = []
    parents: dict[Hashable, Hashable] = {}
    for number_, (line, observation, trace) in enumerate(observed):
        told = FIELDS.told(observation)
        trace_id, own = string(told.get("trace")), string(observation.get("id"))
        key: Hashable = (trace_id, own) if own else (None, number_)
        above = string(told.get("above"))
        if above is not None:
            parents[key] = (trace_id, above)
        kind = (string(observation.get("type")) or "").upper()
        if kind not in OPERATIONS:
            found.merged.append(Aside(line, not_a_call(kind, "no type")))
            continue
        usage = usage_of(told)
        if usage or told.get("level") == "ERROR" or "input" in told or "output" in told:
            row = _row(told, OF_TRACE.told(trace), usage)
            row["operation"] = OPERATIONS[kind]
            if own is not None:
                row["request_id"] = own
                if "response_id" not in row and (answer := BY_LITELLM.fullmatch(own)):
                    row["response_id"] = answer[1]
            calls.append(Call(line=line, key=key, row=row))
        else:
            found.merged.append(Aside(line, EMPTY))
    return gathered([leaves(calls, parents), found])


def _row(told: Mapping[str, Any], trace: Mapping[str, Any], usage: Row) -> Row:
    begun, ended = _moment(told.get("start")), _moment(told.get("end"))
    metadata = mapping(told.get("metadata"))
    asked, answered = request_row(told.get("input")), answer_row(told.get("output"))
    served = known_model(told.get("model"))
    when = begun or _moment(told.get("created"))
    row: Row = {
        **asked,
        **answered,
        **usage,
        **_ended(told),
        **_who(told, trace, metadata),
        "response_id": _response_id(answered.get("response_id")),
        "model": first_known(served, answered.get("model")),
        "model_requested": first_known(asked.get("model_requested"), served),
        "cost_usd": _cost(told),
        "latency_s": between_s(begun, ended),
        "ts": when and when.us,
        "tz_assumed": (when and when.zone_assumed) or None,
    }
    if "settings" in told and (limit := _limit(mapping(told["settings"]))) is not None:
        row["max_tokens"] = limit
    if "metadata" in told:
        row["provider"] = _provider(metadata)
    if "began" in told:
        row["ttft_s"] = _ttft_s(_moment(told["began"]), begun, ended)
    return tidy(row)


def _moment(told: Json) -> Moment | None:
    """Read a time, which a CSV cell may hold as JSON text."""
    return None if told is None else moment(unwrapped(told))


def _limit(settings: Mapping[str, Any]) -> int | None:
    if LIMITS.isdisjoint(settings):
        return None
    found = (count(settings.get(key)) for key in ("max_tokens", "max_completion_tokens"))
    return first(*found) or None


def _response_id(found: str | None) -> str | None:
    """Leave out what LangChain makes up for a run."""
    return None if found is None or found.startswith(("run-", "lc_run")) else found


def _provider(metadata: Mapping[str, Any]) -> str | None:
    if NAMES_PROVIDER.isdisjoint(metadata):
        return None
    inner = mapping(metadata.get("attributes"))
    for part in (metadata, inner):
        for key in PROVIDER_KEYS:
            if key in part and (name := provider(part[key])):
                return name
    return None


def _ttft_s(began: Moment | None, begun: Moment | None, ended: Moment | None) -> float | None:
    """Give the time to the first token; at the very end it only says that nothing streamed."""
    found = between_s(begun, began)
    return None if found is None or found == between_s(begun, ended) else found


def _ended(told: Mapping[str, Any]) -> Row:
    if told.get("level") == "ERROR":
        return {"status": "error", "error_code": "error"}
    return {"status": "ok"}


def _who(told: Mapping[str, Any], trace: Mapping[str, Any], metadata: Mapping[str, Any]) -> Row:
    labels = told.get("labels") or trace.get("labels")
    place = {name: told[name] for name in ("environment", "version") if name in told}
    noted = {**mapping(trace["metadata"]), **metadata} if "metadata" in trace else metadata
    return {
        "trace_id": string(told.get("trace")),
        "session_id": string(told.get("session") or trace.get("session")),
        "user": string(told.get("user") or trace.get("user")),
        "feature": string(noted.get("feature") or told.get("name") or trace.get("name")),
        "tags": flat_tags(noted, labels, place) if noted or labels or place else None,
    }


def _cost(told: Mapping[str, Any]) -> float | None:
    """Give the cost; 0 where no cost was worked out is unknown."""
    if "costs" in told and (total := money(mapping(told["costs"]).get("total"))) is not None:
        return total
    usage = mapping(told["usage"]) if "usage" in told else {}
    found = money(first(told.get("cost"), usage.get("totalCost")))
    return found or None


def observations_of(record: Mapping[str, Any]) -> list[Any]:
    """Take a trace apart into {"observation", "trace"}, without the trace's own texts."""
    trace = mapping(record.get("trace")) or record
    kept = {
        key: value
        for key, value in trace.items()
        if key not in ("input", "output", "scores", "observations")
    }
    found = first(record.get("observations"), trace.get("observations"))
    return [{"observation": slim(item), "trace": kept} for item in items(found)]


def slim(observation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out the texts of what is no model call, so that they need not be held."""
    if (string(observation.get("type")) or "").upper() in OPERATIONS:
        return observation
    return {key: observation[key] for key in SLIM_KEYS if key in observation}
