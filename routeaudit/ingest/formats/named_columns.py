"""Flat records with telling names: CSV, Parquet or JSON with model, prompt, tokens, cost."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import openai_chat
from routeaudit.ingest.bodies.content import turns
from routeaudit.ingest.piles import each
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit
from routeaudit.ingest.values import count, first, mapping, string, unwrapped
from routeaudit.ingest.wrapper import around

MODELS = ("model", "model_name", "llm", "llm_name", "engine", "deployment", "model_id")
PROMPTS = (
    "messages",
    "prompt",
    "input",
    "question",
    "query",
    "user_message",
    "request",
    "text",
)
ANSWERS = ("response", "output", "completion", "answer", "response_text", "generated_text")
TOKENS = {
    "prompt_tokens": (
        "prompt_tokens", "input_tokens", "tokens_in", "tokens_prompt", "promptTokens",
        "inputTokens", "n_input_tokens",
    ),
    "completion_tokens": (
        "completion_tokens", "output_tokens", "tokens_out", "tokens_completion",
        "completionTokens", "outputTokens", "n_output_tokens",
    ),
    "cached_tokens": ("cached_tokens", "cache_read_tokens", "cache_read_input_tokens"),
    "cache_write_tokens": ("cache_write_tokens", "cache_creation_input_tokens"),
    "reasoning_tokens": ("reasoning_tokens", "thinking_tokens"),
    "total_tokens": ("total_tokens", "tokens"),
}  # fmt: skip


def _any(value: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401 parsed JSON
    return first(*(value.get(name) for name in names))


def sign(value: Mapping[str, Any]) -> bool:
    """Know such a record by a model beside a prompt in plain words, or token counts."""
    if string(_any(value, MODELS)) is None:
        return False
    prompt = _any(value, PROMPTS)
    told = isinstance(prompt, (str, list)) and bool(prompt)
    return told or count(_any(value, TOKENS["prompt_tokens"])) is not None


def read(value: Mapping[str, Any]) -> Row:
    """Read one flat record."""
    asked = _any(value, PROMPTS)
    prompt = turns(unwrapped(asked)) if asked is not None else None
    if prompt is not None and not prompt.messages:
        prompt = turns(string(asked) or "")
    row: Row = {
        "operation": "chat",
        "model": string(_any(value, MODELS)),
        "model_requested": string(value.get("model_requested")),
        "messages": prompt.messages if prompt else None,
        "n_turns": len(prompt.messages) if prompt else None,
        "n_media": prompt.media if prompt else None,
        "response_text": string(_any(value, ANSWERS)),
        "finish_reason": string(value.get("finish_reason")),
        "response_id": string(value.get("response_id")),
        **openai_chat.read_usage(mapping(value.get("usage"))),
    }
    columns = {name: count(_any(value, names)) for name, names in TOKENS.items()}
    row |= {name: n for name, n in columns.items() if n is not None}
    outside = around(value)
    outside.setdefault("status", "error" if string(value.get("error")) else "ok")
    return {**row, **outside}


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read records, each for itself."""
    return each(units, read)


PLUGIN = LogFormat(
    rank=24.5, sign=sign, adapt=adapt, about="flat records with telling column names (CSV too)"
)
