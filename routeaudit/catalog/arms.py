"""The arms a policy may call: which model is micro, mid and full, and what each costs to run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any  # a table of the configuration file holds anything

from routeaudit.catalog.priors import family_of
from routeaudit.errors import ConfigError
from routeaudit.frames import TIERS
from routeaudit.options import check, from_mapping, option
from routeaudit.plugins import hint_for

HOURS_PER_MONTH = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSpec:
    """One arm: an API model at its published price, or a model on a GPU of one's own."""

    llm_id: str | None = option(None, "the model; none: the one that was logged")
    provider: str | None = option(None, "who serves it, to find its price")
    usd_per_call: float | None = option(None, "flat price of each call in USD", low=0)
    latency_s: float | None = option(None, "flat time of each call in seconds", low=0)
    first_token_s: float | None = option(None, "seconds to the first token", low=0)
    decode_tokens_per_s: float | None = option(None, "tokens per second", low=0.001)
    output_ratio: float | None = option(
        None, "its output tokens for each one of the logged model", low=0
    )
    self_hosted: bool = option(default=False, help="it runs on GPUs of one's own")
    gpu_usd_per_hour: float = option(1.99, "price of one GPU (replica) per hour", low=0)
    utilisation: float = option(0.5, "share of the time a replica is busy", low=0.01, high=1)
    slots_per_replica: int = option(8, "requests that a replica serves at once", low=1)
    prefill_tokens_per_s: float = option(5_000.0, "tokens read per second", low=0.001)
    quantised: bool = option(
        default=False, help="a quantised build: its answers may be a little worse"
    )

    def __post_init__(self) -> None:
        check(self)

    @property
    def family(self) -> str | None:
        """The family whose published quality applies; None when there is none."""
        return family_of(self.llm_id) if self.llm_id else None


MICRO = ArmSpec(llm_id="google/gemma-2b-it", provider="together")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """The arms by name. By default full is whatever model was logged.

    The default micro model is sold dearer than the default mid one, which no one would pay: as
    long as nobody names a micro model, it costs what mid costs (docs/method.md, policies).
    """

    micro: ArmSpec = MICRO
    mid: ArmSpec = field(
        default_factory=lambda: ArmSpec(llm_id="llama-3.1-8b-instant", provider="groq")
    )
    full: ArmSpec = field(default_factory=ArmSpec)

    @property
    def micro_at_mid_price(self) -> bool:
        """Whether micro's price was left open, so that mid's is taken."""
        return self.micro == MICRO

    def by_name(self) -> dict[str, ArmSpec]:
        """List the arms, cheapest first."""
        return {"micro": self.micro, "mid": self.mid, "full": self.full}


def arms_from(table: Mapping[str, Mapping[str, Any]], base: Arms | None = None) -> Arms:
    """Read `[arms.mid]` and its like from the configuration file.

    Raises:
        ConfigError: an arm or a key is unknown, or a value is refused.
    """
    arms = base or Arms()
    for name, fields in table.items():
        if name not in TIERS:
            raise ConfigError(f"there is no arm called {name!r}", hint=hint_for(name, TIERS))
        spec = from_mapping(ArmSpec, fields, where=f"arms.{name}")
        arms = replace(arms, **{name: spec})
    return arms


def arms_named(names: Mapping[str, str], base: Arms | None = None) -> Arms:
    """Change which model an arm is: `{"mid": "mistral-7b"}`, or `{"mid": "groq/llama-..."}`.

    Raises:
        ConfigError: an arm is unknown.
    """
    table = {}
    for arm, name in names.items():
        provider, slash, rest = name.partition("/")
        known = slash and provider in _PROVIDERS
        table[arm] = {"llm_id": rest, "provider": provider} if known else {"llm_id": name}
    return arms_from(table, base)


_PROVIDERS = (
    "openai", "anthropic", "google", "azure", "aws", "mistral", "groq", "together", "fireworks",
    "openrouter", "deepseek",
)  # fmt: skip
