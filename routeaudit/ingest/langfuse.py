"""Langfuse observations, whichever door they came out of: one row a generation."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.prompts import request_row
from routeaudit.ingest.families import Call, leaves
from routeaudit.ingest.rows import (
    Json,
    first_known,
    flat_tags,
    gathered,
    known_model,
    money,
    provider,
    tidy,
    tokens,
)  # fmt: skip
from routeaudit.ingest.shape import Adapted, Aside, Row
from routeaudit.ingest.values import (
    Moment,
    between_s,
    count,
    first,
    items,
    mapping,
    moment,
    number,
    string,
    unwrapped,
)  # fmt: skip

START, END = ("startTime", "start_time"), ("endTime", "end_time")
OPERATIONS = {"GENERATION": "chat", "EMBEDDING": "embedding"}
EMPTY = "a generation without input, output or usage: an event of another one"
SLIM_KEYS = (
    "id", "type", "traceId", "trace_id", "parentObservationId", "parent_observation_id",
)  # fmt: skip
CACHED = (
    "input_cached_tokens", "input_cache_read", "cache_read_input_tokens",
    "prompt_details.cache_read", "cached_tokens",
)  # fmt: skip
WRITTEN = (
    "input_cache_creation", "cache_creation_input_tokens", "prompt_details.cache_creation",
    "input_cache_write",
)  # fmt: skip
THOUGHT = (
    "output_reasoning", "output_reasoning_tokens", "reasoning_tokens",
    "completion_details.reasoning",
)  # fmt: skip
SIDES = frozenset(("input", "output", "total"))
PROVIDER_KEYS = ("ls_provider", "gen_ai.provider.name", "gen_ai.system", "llm.provider")


class Observed(NamedTuple):
    """An observation, its trace as far as it is known, and the line it came from."""

    line: int
    observation: Mapping[str, Any]
    trace: Mapping[str, Any]


def pick(record: Mapping[str, Any], *names: str) -> Json:
    """Give the first value that is there: null, "" and the text "null" are not."""
    for name in names:  # a loop: generators take twice as long here
        value = record.get(name)
        if value is not None and (type(value) is not str or (value and value != "null")):
            return value
    return None


def trace_of(observation: Mapping[str, Any]) -> str | None:
    """Name the trace that an observation belongs to."""
    return string(pick(observation, "traceId", "trace_id"))


def adapt(observed: Sequence[Observed]) -> Adapted:
    """Make rows of generations; those that hold other generations repeat their tokens."""
    found = Adapted()
    calls: list[Call] = []
    parents: dict[Hashable, Hashable] = {}
    for number_, (line, observation, trace) in enumerate(observed):
        trace_id = trace_of(observation)
        own = string(observation.get("id"))
        key: Hashable = (trace_id, own) if own else (None, number_)
        above = string(pick(observation, "parentObservationId", "parent_observation_id"))
        if above is not None:
            parents[key] = (trace_id, above)
        kind = (string(observation.get("type")) or "").upper()
        if kind not in OPERATIONS:
            found.merged.append(Aside(line, f"not a model call: {kind[:40] or 'no type'}"))
        elif _is_empty(observation):
            found.merged.append(Aside(line, EMPTY))
        else:
            row = _row(observation, trace)
            row["operation"] = OPERATIONS[kind]
            calls.append(Call(line=line, key=key, row=row))
    return gathered([leaves(calls, parents), found])


def _is_empty(observation: Mapping[str, Any]) -> bool:
    told = pick(observation, "input", "output")
    failed = observation.get("level") == "ERROR"
    return told is None and not failed and not usage_row(observation)


def _row(observation: Mapping[str, Any], trace: Mapping[str, Any]) -> Row:
    begun, ended = _moment(observation, *START), _moment(observation, *END)
    asked = request_row(pick(observation, "input"))
    answered = answer_row(pick(observation, "output"))
    served = known_model(pick(observation, "model", "provided_model_name"))
    settings = mapping(pick(observation, "modelParameters", "model_parameters"))
    when = begun or _moment(observation, "createdAt", "created_at")
    return tidy({
        **asked,
        **answered,
        **usage_row(observation),
        "ts": when and when.us,
        "tz_assumed": (when and when.zone_assumed) or None,
        **_ended(observation),
        **_who(observation, trace),
        "request_id": string(observation.get("id")),
        "response_id": _response_id(answered.get("response_id")),
        "provider": _provider(mapping(observation.get("metadata"))),
        "model": first_known(served, answered.get("model")),
        "model_requested": first_known(asked.get("model_requested"), served),
        "max_tokens": first(_limit(settings), asked.get("max_tokens")),
        "cost_usd": _cost(observation),
        "latency_s": between_s(begun, ended),
        "ttft_s": _ttft_s(observation, begun, ended),
    })  # fmt: skip


def _moment(observation: Mapping[str, Any], *names: str) -> Moment | None:
    """Read a time, which a CSV cell may hold as JSON text."""
    told = pick(observation, *names)
    return None if told is None else moment(unwrapped(told))


def _limit(settings: Mapping[str, Any]) -> int | None:
    if not settings:
        return None
    found = (count(settings.get(key)) for key in ("max_tokens", "max_completion_tokens"))
    return first(*found) or None


def _response_id(found: str | None) -> str | None:
    """Leave out what LangChain makes up for a run."""
    return None if found is None or found.startswith(("run-", "lc_run")) else found


def _provider(metadata: Mapping[str, Any]) -> str | None:
    inner = mapping(metadata.get("attributes"))
    for part in (metadata, inner):
        for key in PROVIDER_KEYS:
            if key in part and (name := provider(part[key])):
                return name
    return None


def _ttft_s(
    observation: Mapping[str, Any], begun: Moment | None, ended: Moment | None
) -> float | None:
    """Give the time to the first token; at the very end it only says that nothing streamed."""
    found = between_s(
        begun, _moment(observation, "completionStartTime", "completion_start_time")
    )
    return None if found is None or found == between_s(begun, ended) else found


def _ended(observation: Mapping[str, Any]) -> Row:
    if observation.get("level") == "ERROR":
        return {"status": "error", "error_code": "error"}
    return {"status": "ok"}


def _who(observation: Mapping[str, Any], trace: Mapping[str, Any]) -> Row:
    session = pick(observation, "sessionId", "session_id") or pick(
        trace, "sessionId", "session_id"
    )
    user = pick(observation, "userId", "user_id") or pick(trace, "userId", "user_id")
    named = pick(observation, "traceName", "trace_name") or pick(trace, "name")
    labels = pick(observation, "traceTags", "trace_tags") or pick(trace, "tags")
    return {
        "trace_id": trace_of(observation),
        "session_id": string(session),
        "user": string(user),
        "feature": string(named),
        "tags": flat_tags(
            labels,
            {"environment": pick(observation, "environment"), "version": pick(observation, "version")},
        ),
    }  # fmt: skip


def _cost(observation: Mapping[str, Any]) -> float | None:
    """Give the cost; 0 where no cost was worked out is unknown."""
    details = mapping(pick(observation, "costDetails", "cost_details"))
    usage = mapping(pick(observation, "usage"))
    total = money(details.get("total"))
    if total is not None:
        return total
    told = pick(observation, "totalCost", "total_cost", "calculatedTotalCost")
    found = money(first(told, usage.get("totalCost")))
    return found or None


def usage_row(observation: Mapping[str, Any]) -> Row:
    """Read the usage in the reading that adds up to its total; {} when all is 0 or absent."""
    details = mapping(pick(observation, "usageDetails", "usage_details"))
    given = {str(key): n for key, value in details.items() if (n := count(value)) is not None}
    if not given:
        return _older_usage(observation)
    if given.keys() <= SIDES:  # no details: nothing to choose
        sent, made, total = given.get("input"), given.get("output"), given.get("total")
        return tokens(prompt=sent, completion=made, total=total)
    sides = tuple(_sides(given))
    side = {
        "cached": _one_of(given, CACHED),
        "cache_write": _sum_of(given, WRITTEN),
        "reasoning": _one_of(given, THOUGHT),
    }
    sent, made = _reading(given, sides)
    return tokens(prompt=sent, completion=made, total=given.get("total"), **side)


class Side(NamedTuple):
    """One side's count by itself, and with all keys that begin like it."""

    alone: int | None
    summed: int | None


def _sides(given: Mapping[str, int]) -> Iterable[Side]:
    for name in ("input", "output"):
        found = [n for key, n in given.items() if key.startswith(name)]
        yield Side(given.get(name), sum(found) if found else None)


def _reading(given: Mapping[str, int], sides: Sequence[Side]) -> tuple[int | None, int | None]:
    """Choose: details inside `input` and `output`, or beside them, or cache beside input."""
    (sent, all_sent), (made, all_made) = sides
    total = given.get("total")
    beside = sum(given.get(f"cache_{kind}_input_tokens", 0) for kind in ("read", "creation"))
    readings = (
        (first(sent, all_sent), first(made, all_made)),
        (all_sent, all_made),
        (None if sent is None else sent + beside, made),
    )
    if total is None:
        return readings[1]
    fitting = (pair for pair in readings if sum(n or 0 for n in pair) == total)
    return next(fitting, readings[0])


def _one_of(given: Mapping[str, int], keys: Sequence[str]) -> int | None:
    return next((given[key] for key in keys if key in given), None)


def _sum_of(given: Mapping[str, int], keys: Sequence[str]) -> int | None:
    """Add up cache writes, which may be told by how long they are kept."""
    spans = [n for key, n in given.items() if key.startswith("input_cache_creation_")]
    return sum(spans) if spans else _one_of(given, keys)


def _older_usage(observation: Mapping[str, Any]) -> Row:
    usage = mapping(pick(observation, "usage"))
    keys = (
        ("prompt", ("inputUsage", "input_usage", "promptTokens"), ("input", "promptTokens")),
        ("completion", ("outputUsage", "output_usage", "completionTokens"), ("output", "completionTokens")),
        ("total", ("totalUsage", "total_usage", "totalTokens"), ("total", "totalTokens")),
    )  # fmt: skip
    found = {
        name: first(pick(observation, *own), pick(usage, *inner)) for name, own, inner in keys
    }
    if string(usage.get("unit")) not in (None, "TOKENS"):
        return {}
    return tokens(**found) if any(number(value) for value in found.values()) else {}


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
