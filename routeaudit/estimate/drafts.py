"""What escalating costs besides the call: the first answer rides along as context."""

from itertools import pairwise

import numpy as np
import polars as pl

from routeaudit.catalog.arms import Arms
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Extra, Floats, Ground
from routeaudit.estimate.log_arms import Calls, arm_output_tokens, flat_price
from routeaudit.estimate.settings import SimulationSettings

WRAPPER_TOKENS = 40
"""Words around the draft: "here is an attempt, check it"."""

PREFILL_TOKENS_PER_S = 5_000.0
TOKENS_PER_MTOK = 1e6
ADDED = (
    "llm_id", "price_status", "price_source", "input_usd_per_mtok", "output_usd_per_mtok",
    "cost_computed_usd", "billed_usd",
)  # fmt: skip


class Drafts:
    """The extras of every hop from a cheaper arm to a dearer one, worked out when asked for."""

    def __init__(
        self, calls: Calls, arms: Arms, book: PriceBook, settings: SimulationSettings
    ) -> None:
        self._calls, self._specs, self._book = calls, arms.by_name(), book
        self._settings = settings
        self._known: dict[tuple[str, str], Extra] = {}

    def between(self, first: str, then: str) -> Extra | None:
        """Give the extra of one hop; None where the draft is left out or the price is flat."""
        return None if self._settings.context == "none" else self.of_draft(first, then)

    def of_draft(self, first: str, then: str) -> Extra | None:
        """Give the extra of one hop that carries the draft; None where the price is flat."""
        if flat_price(then, self._specs[then], self._settings) is not None:
            return None
        if (first, then) not in self._known:
            self._known[first, then] = self._extra(first, then)
        return self._known[first, then]

    def _extra(self, first: str, then: str) -> Extra:
        """More input for the next arm, and the time to read it."""
        draft = arm_output_tokens(self._calls, first, self._specs[first]) + WRAPPER_TOKENS
        draft = np.nan_to_num(draft, nan=float(WRAPPER_TOKENS))
        seconds = draft / PREFILL_TOKENS_PER_S
        spec, zero = self._specs[then], np.zeros(len(draft))
        if spec.llm_id is None:
            return Extra(self._logged(draft), seconds)
        if spec.self_hosted:
            return Extra(zero, seconds)
        rate = self._book.rate(spec.llm_id, spec.provider, self._calls.at)
        prompt = self._calls.prompt_tokens
        cost = rate.cost_usd(prompt + draft, zero) - rate.cost_usd(prompt, zero)
        return Extra(cost, seconds)

    def _logged(self, draft: Floats) -> Floats:
        """The draft at each call's own input price; where that has tiers, priced again in full."""
        frame, draft = self._calls.frame, np.rint(draft)
        price = frame["input_usd_per_mtok"].fill_null(np.nan).to_numpy()
        known = frame["cost_computed_usd"].is_not_null().to_numpy()
        extra: Floats = np.where(known, draft * price / TOKENS_PER_MTOK, np.nan)
        tiered = frame["model"].is_in(self._tiered()).fill_null(value=False)
        if tiered.any():
            rows = tiered.to_numpy()
            extra[rows] = self._repriced(frame.filter(tiered), draft[rows])
        return extra

    def _tiered(self) -> list[str]:
        """Name the logged models whose price has tiers on some day of the log."""
        frame = self._calls.frame
        days = (frame["ts"].min(), frame["ts"].max())
        pairs = frame.select("model", "provider").unique().drop_nulls("model").rows()
        return sorted(
            {
                model
                for model, provider in pairs
                for day in days
                if len(self._book.rate(model, provider, day).steps) > 1  # type: ignore[arg-type]  # a datetime or None
            }
        )

    def _repriced(self, frame: pl.DataFrame, draft: Floats) -> Floats:
        """Price calls with the draft in the prompt: a tier's cliff may be crossed."""
        longer = pl.col("prompt_tokens") + pl.Series(draft).cast(pl.UInt32)
        more = with_cost(bare(frame).with_columns(prompt_tokens=longer), self._book)
        gap = more["cost_computed_usd"] - frame["cost_computed_usd"]
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
                cost[rows] += extra.cost[rows]
    return cost


def bare(priced: pl.DataFrame) -> pl.DataFrame:
    """Take the prices off calls, so that they can be priced again."""
    return priced.drop(ADDED, strict=False)
