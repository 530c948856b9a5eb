"""Who served a call, told by the model's name where the log names nobody."""

import re

import polars as pl

from routeaudit.ingest.rows import PROVIDERS, provider
from routeaudit.ingest.wrapper import HOSTS

KNOWN = {
    *HOSTS.values(), *PROVIDERS, *PROVIDERS.values(), "openai", "anthropic", "cohere", "ollama",
    "xai", "mistralai", "together_ai", "fireworks_ai", "azure_ai", "amazon",
}  # fmt: skip
ALIKE = {
    "xai": "x-ai", "mistralai": "mistral", "together_ai": "together", "amazon": "aws",
    "fireworks_ai": "fireworks", "azure_ai": "azure",
}  # fmt: skip
FAMILIES = (
    (re.compile(r"(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|cohere|mistral|ai21|deepseek|stability)\."), "aws"),
    (re.compile(r"gpt-(?!oss|neo|j|2)|chatgpt|o[1345](?:-|$)|text-embedding-(?:3|ada)|davinci|babbage|codex-"), "openai"),
    (re.compile(r"claude"), "anthropic"),
    (re.compile(r"gemini"), "google"),
)  # fmt: skip
"""Names that one maker alone sells, and as whom; open weights are served by anybody."""


def provider_of_model(llm_name: str | None) -> str | None:
    """Tell who serves a model by its `provider/` prefix, else by its family's name."""
    name = (llm_name or "").lower()
    prefix, slash, _ = name.partition("/")
    if slash:
        named = ALIKE.get(prefix, provider(prefix))
        return named if prefix in KNOWN else None
    return next((seller for family, seller in FAMILIES if family.match(name)), None)


def with_provider(calls: pl.DataFrame) -> pl.DataFrame:
    """Name the provider of calls that name only their model, served or asked for."""
    if not calls["provider"].null_count():
        return calls
    nameless = calls.filter(pl.col("provider").is_null())
    names = pl.concat([nameless["model_requested"], nameless["model"]]).unique()
    sellers = pl.Series([provider_of_model(name) for name in names], dtype=pl.String)
    told = (
        pl.col(column).replace_strict(names, sellers, default=None, return_dtype=pl.String)
        for column in ("model_requested", "model")
    )
    return calls.with_columns(provider=pl.coalesce("provider", *told))
