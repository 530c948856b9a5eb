"""What a user can say about prices. Light: the command line reads it at every start."""

import fnmatch
import math
from dataclasses import dataclass
from datetime import date

from routeaudit.errors import ConfigError
from routeaudit.options import check, option


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPrice:
    """A price of the user's own: a row of `[[prices.own]]` in the configuration file.

    US dollars per million tokens; `cached` and `cache_write` default to `input`.
    """

    model: str  # exact name or glob
    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    request_usd: float = 0.0
    provider: str | None = None
    valid_from: date = date.min
    source: str = "configuration"

    def __post_init__(self) -> None:
        for name in ("input", "output", "cached", "cache_write", "request_usd"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise ConfigError(
                    f"the price {name} = {value} of {self.model!r} is not a price",
                    hint="US dollars per million tokens, 0 or more",
                )

    def covers(self, provider: str | None, name: str, day: date) -> bool:
        """Say whether this row is about that model on that day."""
        if day < self.valid_from or (self.provider and provider != self.provider):
            return False
        return name == self.model or fnmatch.fnmatchcase(name.lower(), self.model.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSettings:
    """Where prices come from."""

    assume_price: str | None = option(
        None, "price of models nobody knows: INPUT,OUTPUT in USD per million tokens"
    )
    batch_factor: float = option(
        0.5, "batch calls cost this share where no batch price is published", low=0, high=1
    )
    max_unpriced: float = option(
        0.01, "fail when more than this share of the calls has no price", low=0, high=1
    )
    own: tuple[OwnPrice, ...] = ()

    def __post_init__(self) -> None:
        check(self)
        self.assumed()

    def assumed(self) -> tuple[float, float] | None:
        """Read `assume_price`: input and output, USD per million tokens; None if not given."""
        if self.assume_price is None:
            return None
        try:
            given = [float(part) for part in self.assume_price.split(",")]
            cost_in, cost_out = given
        except ValueError as error:
            raise ConfigError(
                f"--assume-price {self.assume_price!r} is not a price",
                hint="two numbers, USD per million tokens: --assume-price 2.5,10",
            ) from error
        if not (0 <= cost_in < math.inf and 0 <= cost_out < math.inf):
            raise ConfigError("--assume-price cannot be negative or infinite")
        return cost_in, cost_out
