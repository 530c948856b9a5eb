"""One price in force: per-token rates with their tier cliffs, and where they come from."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

PriceStatus = Literal[
    "logged", "config", "exact", "alias", "default", "flat", "table", "unknown"
]
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
TOKENS_PER_MTOK = 1e6
BLOCK_ROWS = 16_384


class Step(NamedTuple):
    """US dollars per million tokens for calls with more than `above` input tokens."""

    above: int
    input: float
    output: float
    cached: float
    cache_write: float
    cache_write_1h: float | None = None  # None: as `cache_write`


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price of one model on one day, in US dollars.

    Attributes:
        steps: ascending by `above`; the first has `above` 0. A call pays the whole of the
            last step that its own input exceeds (a cliff, not a bracket). Empty: unknown.
        request_usd: what each call costs besides its tokens.
    """

    llm_id: str
    provider: str | None = None
    steps: tuple[Step, ...] = ()
    request_usd: float = 0.0
    status: PriceStatus = "unknown"
    source: str = ""

    def cost_usd(
        self,
        prompt_tokens: Floats,
        completion_tokens: Floats,
        *,
        cached_tokens: Floats | None = None,
        cache_write_tokens: Floats | None = None,
    ) -> Floats:
        """Price each call by its own tokens; all arrays are (n,).

        Args:
            prompt_tokens: input, cache reads and writes included; NaN where unknown.
            completion_tokens: output, reasoning included; NaN where unknown.
            cached_tokens: cache reads; NaN or None count as 0.
            cache_write_tokens: cache writes; NaN or None count as 0.

        Returns:
            (n,) US dollars; NaN where a token count or the price is unknown.
        """
        n = len(prompt_tokens)
        if not self.steps:
            return np.full(n, np.nan)
        zero = np.zeros(n)
        return apply_steps(
            np.zeros(n, np.intp),
            (self,),
            TokenCounts(
                prompt_tokens,
                completion_tokens,
                zero if cached_tokens is None else cached_tokens,
                zero if cache_write_tokens is None else cache_write_tokens,
                zero,
            ),
        )


class TokenCounts(NamedTuple):
    """Token counts of n calls, each (n,) float64; NaN where unknown."""

    prompt: Floats
    completion: Floats
    cached: Floats
    cache_write: Floats
    cache_write_1h: Floats  # the part of `cache_write` that is kept for an hour


def apply_steps(rate_of: np.ndarray, rates: tuple[Rate, ...], tokens: TokenCounts) -> Floats:
    """Price n calls, each by the rate that `rate_of` (n,) names in `rates`.

    `c = 1e-6 [(in - cr - cw) p_in + cr p_cr + cw p_cw + out p_out] + p_request`, the step of
    each call decided by its own input (docs/method.md, cost). Cache counts are clamped to
    the input; what is written for an hour has a price of its own.

    Returns:
        (n,) US dollars; NaN where tokens or price are unknown.
    """
    above, table = _tables(rates)
    usd = np.empty(len(rate_of))
    # Some rows at a time, or a price table of six columns for every row leaves the cache.
    for start in range(0, len(usd), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        some = TokenCounts(*(column[rows] for column in tokens))
        usd[rows] = _priced(rate_of[rows], above, table, some)
    return usd


def _priced(rate_of: np.ndarray, above: Floats, table: Floats, tokens: TokenCounts) -> Floats:
    prompt = _or_none(tokens.prompt)
    cached = np.minimum(_or_none(tokens.cached), prompt)
    written = np.minimum(_or_none(tokens.cache_write), prompt - cached)
    for_an_hour = np.minimum(_or_none(tokens.cache_write_1h), written)
    price = _prices_of(rate_of, above, table, tokens.prompt)
    fresh = tokens.prompt - cached - written
    usd: Floats = fresh * price[..., 0] + tokens.completion * price[..., 1]
    usd += cached * price[..., 2] + (written - for_an_hour) * price[..., 3]
    usd += for_an_hour * price[..., 5]
    usd /= TOKENS_PER_MTOK
    usd += price[..., 4]
    return usd


def _or_none(counts: Floats) -> Floats:
    """(n,) counts, none of anything where they are not known."""
    known: Floats = np.fmax(counts, 0.0)
    return known


def _prices_of(rate_of: np.ndarray, above: Floats, table: Floats, prompt: Floats) -> Floats:
    """(n, 6) the prices of each call's step, or (6,) where there is one price for all."""
    prices: Floats = table[0, 0]
    if table.shape[:2] == (1, 1):
        return prices
    step = np.zeros(len(rate_of), np.intp)
    for k in range(1, above.shape[1]):
        step += prompt > above[rate_of, k]
    of_each: Floats = table[rate_of, step]
    return of_each


def _tables(rates: tuple[Rate, ...]) -> tuple[Floats, Floats]:
    depth = max((len(rate.steps) for rate in rates), default=1) or 1
    above = np.full((len(rates), depth), np.inf)
    table = np.full((len(rates), depth, 6), np.nan)
    for i, rate in enumerate(rates):
        for k, step in enumerate(rate.steps):
            above[i, k] = step.above
            table[i, k] = _prices(step, rate)
    return above, table


def _prices(step: Step, rate: Rate) -> tuple[float, ...]:
    for_an_hour = step.cache_write if step.cache_write_1h is None else step.cache_write_1h
    return (
        step.input, step.output, step.cached, step.cache_write, rate.request_usd, for_an_hour,
    )  # fmt: skip
