"""Published prices: the offline snapshot inside the `genai-prices` package, and nothing else."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from routeaudit.catalog.rates import PriceStatus, Rate, Step

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

    Price = Decimal | TieredPrices

SEARCH_ORDER = (
    "openai", "anthropic", "google", "azure", "aws", "mistral", "groq", "together", "fireworks",
    "openrouter", "deepseek", "cohere", "x-ai", "perplexity", "cerebras", "novita", "meta",
    "moonshotai", "minimax", "zai",
)  # fmt: skip
ALIASES = {
    "vertex_ai": "google", "vertex": "google", "gemini": "google", "google_genai": "google",
    "bedrock": "aws", "bedrock_converse": "aws", "amazon": "aws", "amazon_bedrock": "aws",
    "azure_openai": "azure", "azure_ai": "azure", "az.ai.openai": "azure",
    "together_ai": "together", "fireworks_ai": "fireworks", "xai": "x-ai", "mistralai": "mistral",
}  # fmt: skip


@cache
def price_table_version() -> str:
    """Name the price table in use."""
    return f"genai-prices {version('genai-prices')}"


@cache
def _snapshot() -> "DataSnapshot":
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 0.1 s, not for --help

    return get_snapshot()


def load_published() -> None:
    """Load the published prices, once; a sixth of a second of Python's work."""
    _snapshot()


def published_rate(
    name: str, provider: str | None, at: datetime, variant: str | None, batch_factor: float
) -> Rate | None:
    """Find the published price of a model.

    Args:
        name: as logged, with or without a `provider/` prefix.
        provider: as logged; None when unknown.
        at: the moment of the call, UTC.
        variant: "batch", "priority", "flex" or None.
        batch_factor: share of the standard price that a batch call costs where no batch price
            is published for that day.

    Returns:
        The rate, its status `exact` when the logged provider has it and `alias` when it was
        found elsewhere; None when nobody publishes one.
    """
    found = _find(name, provider)
    if found is None:
        return None
    seller, listed, status = found
    standard = listed.get_prices(at)
    context = {"processing": "batch"} if variant == "batch" else {"service_tier": variant or ""}
    price = listed.get_prices(at, context) if variant else standard
    factor = batch_factor if variant == "batch" and price == standard else 1.0
    steps = tuple(_steps(price, factor))
    if not steps:
        return None
    unlisted = variant in ("priority", "flex") and price == standard
    per_request = getattr(price, "requests_kcount", None)
    return Rate(
        llm_id=listed.id,
        provider=seller.id,
        steps=steps,
        request_usd=float(per_request) / 1000 if isinstance(per_request, Decimal) else 0.0,
        status="alias" if unlisted else status,
        source=price_table_version() + (f", standard price for {variant}" if unlisted else ""),
    )


@cache
def _find(name: str, provider: str | None) -> "tuple[Provider, ModelInfo, PriceStatus] | None":
    prefix, _, bare = name.partition("/")
    candidates = [name, bare] if bare else [name]
    logged = [seller for seller in (provider, prefix if bare else None) if seller]
    for seller in logged:
        for candidate in candidates:
            if hit := _ask(candidate, ALIASES.get(seller.lower(), seller)):
                return (*hit, "exact")
    for other in (None, *SEARCH_ORDER):
        for candidate in candidates:
            if hit := _ask(candidate, other):
                return (*hit, "alias")
    return None


def _ask(name: str, provider: str | None) -> "tuple[Provider, ModelInfo] | None":
    try:
        return _snapshot().find_provider_model(name, None, provider, None)
    except LookupError:
        return None


def _steps(price: "ModelPrice", factor: float) -> Iterator[Step]:
    paid, produced = price.input_mtok, price.output_mtok
    if paid is None and produced is None:
        return
    cached = paid if price.cache_read_mtok is None else price.cache_read_mtok
    written = paid if price.cache_write_mtok is None else price.cache_write_mtok
    for_an_hour = written if price.cache_write_1h_mtok is None else price.cache_write_1h_mtok
    columns = (paid, produced, cached, written, for_an_hour)
    for above in sorted({0} | {start for column in columns for start in _starts(column)}):
        yield Step(above, *(factor * _price_above(column, above) for column in columns))


def _starts(price: "Price | None") -> list[int]:
    return [] if price is None or isinstance(price, Decimal) else [t.start for t in price.tiers]


def _price_above(price: "Price | None", above: int) -> float:
    if price is None:
        return 0.0
    if isinstance(price, Decimal):
        return float(price)
    reached = [tier.price for tier in price.tiers if tier.start <= above]
    return float(reached[-1] if reached else price.base)
