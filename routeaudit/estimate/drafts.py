"""What escalating costs besides the call: the first answer rides along as context."""

from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.catalog.arms import Arms
from routeaudit.catalog.prices import PriceBook, computed_usd
from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Extra, Floats, Ground, Ints
from routeaudit.estimate.log_arms import Calls, arm_output_tokens, flat_price, written_columns
from routeaudit.estimate.picking import chosen
from routeaudit.estimate.settings import SimulationSettings

WRAPPER_TOKENS = 40
"""Words around the draft: "here is an attempt, check it"."""

PREFILL_TOKENS_PER_S = 5_000.0
TOKENS_PER_MTOK = 1e6
PRICED_BY = (
    "ts", "provider", "model", "is_batch", "service_tier", "prompt_tokens", "completion_tokens",
    "cached_tokens", "cache_write_tokens", "cache_write_1h_tokens", "cost_usd", "status", "cache_hit",
)  # fmt: skip


class Drafts:
    """The extras of every hop from a cheaper arm to a dearer one, worked out when asked for."""

    def __init__(
        self, calls: Calls, arms: Arms, book: PriceBook, settings: SimulationSettings
    ) -> None:
        self._specs, self._book = arms.by_name(), book
        self._settings = settings
        # Times are drawn and prices taken by now: a replay need not hold the whole log.
        none = np.empty(0)
        kept = replace(calls, frame=written_columns(calls.frame), normal=none, uniform=none)
        self._source: _Source | None = _Source(kept, logged_prices(calls.frame, book))
        self._known: dict[tuple[str, str], Extra] = {}

    def between(self, first: str, then: str) -> Extra | None:
        """Give the extra of one hop; None where the draft is left out or the price is flat."""
        return None if self._settings.context == "none" else self.of_draft(first, then)

    def of_draft(self, first: str, then: str) -> Extra | None:
        """Give the extra of one hop that carries the draft; None where the price is flat."""
        if flat_price(then, self._specs[then], self._settings) is not None:
            return None
        if self._source is not None and (first, then) not in self._known:
            self._known[first, then] = self._extra(self._source, first, then)
        return self._known[first, then]

    def hold(self, hops: Collection[tuple[str, str]]) -> None:
        """Work these hops out, and give back what others would be worked out from."""
        for first, then in hops:
            self.of_draft(first, then)
        self._source = None

    def _extra(self, source: "_Source", first: str, then: str) -> Extra:
        """More input for the next arm, and the time to read it."""
        calls = source.calls
        draft = arm_output_tokens(calls, first, self._specs[first]) + WRAPPER_TOKENS
        draft = np.nan_to_num(draft, nan=float(WRAPPER_TOKENS))
        seconds = draft / PREFILL_TOKENS_PER_S
        spec, zero = self._specs[then], np.zeros(len(draft))
        if spec.llm_id is None:
            return Extra(self._logged(source.logged, draft), seconds)
        if spec.self_hosted:
            return Extra(zero, seconds)
        rate = self._book.rate(spec.llm_id, spec.provider, calls.at)
        prompt = calls.prompt_tokens
        cost = rate.cost_usd(prompt + draft, zero) - rate.cost_usd(prompt, zero)
        return Extra(cost, seconds)

    def _logged(self, logged: "Logged", draft: Floats) -> Floats:
        """The draft at each call's own input price; where that has tiers, priced again in full."""
        draft = np.rint(draft)
        extra: Floats = draft * logged.price / TOKENS_PER_MTOK
        if logged.tiered.height:
            extra[logged.places] = self._repriced(logged, draft[logged.places])
        return extra

    def _repriced(self, logged: "Logged", draft: Floats) -> Floats:
        """Price calls with the draft in the prompt: a tier's cliff may be crossed."""
        longer = pl.col("prompt_tokens") + pl.Series(draft).cast(pl.UInt32)
        more = computed_usd(logged.tiered.with_columns(prompt_tokens=longer), self._book)
        gap = more - logged.was
        extra: Floats = gap.fill_null(np.nan).to_numpy()
        return extra


def draft_cost(ground: Ground, entry: Entry) -> Floats:
    """(n,) what the drafts add to each request's cost where they are carried along; else 0."""
    cost, codes = np.zeros(ground.n), entry.codes
    for code, kind in enumerate(entry.kinds):
        rows = codes == code
        for first, then in pairwise(kind.split(">")):
            extra = ground.extras.of_draft(first, then)
            if extra is not None:
                cost = chosen(rows, cost + extra.cost, cost)
    return cost


class Logged(NamedTuple):
    """What a draft would have cost more of the models that were logged.

    `price` (n,) US dollars per million input tokens, NaN where a call has no cost; of the m calls
    whose price has tiers, `places`, what each is priced by, and what it costs by the same book.
    """

    price: Floats
    places: Ints
    tiered: pl.DataFrame
    was: pl.Series


class _Source(NamedTuple):
    """What hops are worked out from."""

    calls: Calls
    logged: Logged


def logged_prices(frame: pl.DataFrame, book: PriceBook) -> Logged:
    """Keep of n calls what pricing drafts takes, and no more of a large log."""
    cost = frame["cost_computed_usd"]
    price = frame["input_usd_per_mtok"].fill_null(np.nan).to_numpy()
    tiered = frame["model"].is_in(_tiered(frame, book)).fill_null(value=False)
    again = bare(frame).filter(tiered)
    return Logged(
        price=chosen(cost.is_not_null().to_numpy(), price, np.array([np.nan])),
        places=np.flatnonzero(tiered.to_numpy()),
        tiered=again,
        was=computed_usd(again, book),
    )


def _tiered(frame: pl.DataFrame, book: PriceBook) -> list[str]:
    """Name the logged models whose price has tiers on some day of the log."""
    days = (frame["ts"].min(), frame["ts"].max())
    pairs = frame.select("model", "provider").unique().drop_nulls("model").rows()
    return sorted(
        {
            model
            for model, provider in pairs
            for day in days
            if len(book.rate(model, provider, day).steps) > 1  # type: ignore[arg-type]  # a datetime or None
        }
    )


def bare(priced: pl.DataFrame) -> pl.DataFrame:
    """Keep of calls what their price hangs on, so that they can be priced again."""
    return priced.select(name for name in PRICED_BY if name in priced.columns)
