"""What each dialect calls a thing: attribute names, the current convention's first.

Dialects: OpenTelemetry's GenAI conventions (current and older), OpenLLMetry's of before,
OpenInference, the Vercel AI SDK, and Langfuse's own attributes, which override the others.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple  # Any: parsed JSON

from routeaudit.ingest.lookup import Lookup
from routeaudit.ingest.rows import known_model, money, seconds_of_ms, truth
from routeaudit.ingest.values import number, string, unwrapped

PROMPT_TOKENS = (
    "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
    "llm.token_count.prompt", "ai.usage.inputTokens", "ai.usage.promptTokens",
)  # fmt: skip
COMPLETION_TOKENS = (
    "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens", "llm.token_count.completion", "ai.usage.outputTokens",
    "ai.usage.completionTokens",
)  # fmt: skip
CACHED_TOKENS = (
    "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read", "ai.usage.cachedInputTokens",
)  # fmt: skip
CACHE_WRITE_TOKENS = (
    "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write",
)  # fmt: skip
REASONING_TOKENS = (
    "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
    "llm.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning",
    "ai.usage.reasoningTokens",
)  # fmt: skip
TOTAL_TOKENS = (
    "llm.usage.total_tokens", "gen_ai.usage.total_tokens", "llm.token_count.total",
    "ai.usage.totalTokens",
)  # fmt: skip
PROVIDER = (
    "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider",
)  # fmt: skip
MODEL = (
    "langfuse.observation.model.name", "gen_ai.response.model", "ai.response.model",
    "llm.response.model_name", "llm.model_name", "ai.model.id", "gen_ai.request.model",
    "llm.request.model_name",
)  # fmt: skip
MODEL_REQUESTED = (
    "gen_ai.request.model", "llm.request.model_name", "ai.model.id", "llm.request.model",
)  # fmt: skip
RESPONSE_ID = ("gen_ai.response.id", "ai.response.id")
FINISH_REASON = (
    "gen_ai.response.finish_reasons", "gen_ai.completion.0.finish_reason", "llm.finish_reason",
    "ai.response.finishReason", "anthropic.message.stop_reason",
)  # fmt: skip
SESSION = (
    "gen_ai.conversation.id", "session.id", "langfuse.session.id",
    "traceloop.association.properties.session_id", "ai.telemetry.metadata.sessionId",
)  # fmt: skip
USER = (
    "user.id", "enduser.id", "langfuse.user.id", "traceloop.association.properties.user_id",
    "ai.telemetry.metadata.userId", "gen_ai.user",
)  # fmt: skip
COST = ("gen_ai.usage.cost", "llm.cost.total", "gen_ai.usage.total_cost")
MAX_TOKENS = (
    "gen_ai.request.max_tokens",
    "ai.settings.maxOutputTokens",
    "ai.settings.maxTokens",
)
STREAM = ("gen_ai.is_streaming", "llm.is_streaming", "gen_ai.request.is_stream")
RESPONSE_FORMAT = ("gen_ai.output.type", "ai.settings.output")
SERVICE_TIER = (
    "openai.response.service_tier", "gen_ai.openai.response.service_tier",
    "openai.request.service_tier", "gen_ai.openai.request.service_tier",
)  # fmt: skip
FEATURE = ("ai.telemetry.functionId", "traceloop.workflow.name", "langfuse.trace.name")
REQUEST_ID = ("anthropic.request.id", "openai.request.id", "gen_ai.request.id")
TTFT_S = ("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token")
TTFT_MS = ("ai.response.msToFirstChunk",)
FIRST_TOKEN = frozenset((*TTFT_S, *TTFT_MS, "langfuse.observation.completion_start_time"))
TOOLS = ("gen_ai.tool.definitions", "ai.prompt.tools", "gen_ai.request.tools")
INDEXED_TOOLS = ("llm.tools", "llm.request.functions")
TAGS, BODIES = (
    frozenset(("metadata", "tag.tags")),
    frozenset(("input.value", "output.value")),
)
LABELS = ("ai.telemetry.metadata.", "traceloop.association.properties.", "metadata.")
CALLS = {"chat", "text_completion", "generate_content"}


class About(NamedTuple):
    """What a span's attributes tell of, by their keys."""

    is_labelled: bool
    holds_bodies: bool
    names_settings: bool
    times_first_token: bool
    tools: tuple[str, ...]  # of INDEXED_TOOLS


@lru_cache(maxsize=512)  # the spans of a log have few sets of keys
def about(keys: tuple[str, ...]) -> About:
    """Tell from the keys of attributes what is worth looking for."""
    return About(
        is_labelled=not TAGS.isdisjoint(keys) or any(key.startswith(LABELS) for key in keys),
        holds_bodies=not BODIES.isdisjoint(keys),
        names_settings="llm.invocation_parameters" in keys,
        times_first_token=not FIRST_TOKEN.isdisjoint(keys),
        tools=indexed(keys, INDEXED_TOOLS),
    )


def indexed(keys: tuple[str, ...], prefixes: Sequence[str]) -> tuple[str, ...]:
    """Tell which lists have keys of their own for each piece ("llm.tools.0.name")."""
    return tuple(
        prefix for prefix in prefixes if any(key.startswith(f"{prefix}.") for key in keys)
    )


def _any(value: Any) -> Any:  # noqa: ANN401 as logged
    return value


def _reason(value: Any) -> str | None:  # noqa: ANN401 as logged
    found = unwrapped(value)
    return string(found[0]) if isinstance(found, list) and found else string(found)


def _many(value: Any) -> int | None:  # noqa: ANN401 as logged
    found = unwrapped(value)
    return len(found) or None if isinstance(found, list) else None


FIELDS = Lookup(
    (string, {
        "provider": PROVIDER, "response_id": RESPONSE_ID, "session": SESSION, "user": USER,
        "response_format": RESPONSE_FORMAT, "service_tier": SERVICE_TIER, "feature": FEATURE,
        "request_id": REQUEST_ID, "error": ("error.type",),
    }),
    (_any, {
        "prompt": PROMPT_TOKENS, "completion": COMPLETION_TOKENS, "cached": CACHED_TOKENS,
        "cache_write": CACHE_WRITE_TOKENS, "reasoning": REASONING_TOKENS, "total": TOTAL_TOKENS,
        "max_tokens": MAX_TOKENS, "model_requested": MODEL_REQUESTED,
    }),
    (known_model, {"model": MODEL}),
    (_reason, {"finish_reason": FINISH_REASON}),
    (money, {"cost": COST}),
    (truth, {"stream": STREAM}),
    (number, {"ttft_s": TTFT_S}),
    (seconds_of_ms, {"ttft_ms": TTFT_MS}),
    (_many, {"n_tools": TOOLS}),
)  # fmt: skip
"""What a span's attributes tell, whatever its dialect calls it."""
