"""What each call cost at the price of its day: own prices first, then genai-prices, never $0.

The order of METHOD 1.5: the user's prices, the published price at the logged provider
(`exact`), the published price found elsewhere (`alias`, listed in reports), the user's
`--assume-price` (`default`), else `unknown`: counted and shown, outside every total.
"""

from datetime import UTC, date, datetime
from functools import lru_cache

import numpy as np
import polars as pl

from routeaudit.catalog.price_settings import OwnPrice, PriceSettings
from routeaudit.catalog.published import published_rate
from routeaudit.catalog.rates import (
    Floats,
    PriceStatus,
    Rate,
    Step,
    TokenCounts,
    apply_steps,
)

KEY = ("provider", "model", "is_batch", "service_tier")


SHIPPED = (
    # The published table holds what looks like a price per million characters for this one.
    OwnPrice(model="gemini-pro", input=0.5, output=1.5, source="Google, 2024; verify"),
)


class PriceBook:
    """Finds the price of a model on a day. Prices are looked up once and kept."""

    def __init__(self, settings: PriceSettings, *, today: date | None = None) -> None:
        self.settings = settings
        self.today = today or datetime.now(tz=UTC).date()
        self._rate = lru_cache(maxsize=None)(self._look_up)

    def rate(
        self,
        llm_id: str,
        provider: str | None = None,
        at: datetime | None = None,
        *,
        variant: str | None = None,
    ) -> Rate:
        """Give the price in force.

        Args:
            llm_id: the model's name as logged or configured.
            provider: who serves it; None when unknown.
            at: when (UTC); None: today.
            variant: "batch", "priority" or "flex"; None: the standard price.
        """
        moment = at or datetime.combine(self.today, datetime.min.time(), UTC)
        return self._rate(llm_id, provider, moment, variant)

    def _look_up(
        self, name: str, provider: str | None, at: datetime, variant: str | None
    ) -> Rate:
        rows = [row for row in self.settings.own if row.covers(provider, name, at.date())]
        corrected = [row for row in SHIPPED if row.covers(provider, name, at.date())]
        if rows or corrected:
            newest = max(rows or corrected, key=lambda row: (row.valid_from, row.model == name))
            status: PriceStatus = "config" if rows else "alias"
            return self._with_variant(own_rate(newest, name, status), variant)
        found = published_rate(name, provider, at, variant, self.settings.batch_factor)
        assumed = self.settings.assumed()
        if found is None and assumed is not None:
            paid, produced = assumed
            default = Rate(
                llm_id=name,
                steps=(Step(0, paid, produced, paid, paid),),
                status="default",
                source="--assume-price",
            )
            return self._with_variant(default, variant)
        return found or Rate(llm_id=name, provider=provider)

    def _with_variant(self, rate: Rate, variant: str | None) -> Rate:
        return times(rate, self.settings.batch_factor) if variant == "batch" else rate


def _step_times(step: Step, factor: float) -> Step:
    for_an_hour = None if step.cache_write_1h is None else factor * step.cache_write_1h
    paid, produced = factor * step.input, factor * step.output
    cached, written = factor * step.cached, factor * step.cache_write
    return Step(step.above, paid, produced, cached, written, for_an_hour)


def own_rate(row: OwnPrice, name: str, status: PriceStatus) -> Rate:
    """Make a rate of a user's price; cache prices default to the input price."""
    cached = row.input if row.cached is None else row.cached
    written = row.input if row.cache_write is None else row.cache_write
    return Rate(
        llm_id=name,
        provider=row.provider,
        steps=(Step(0, row.input, row.output, cached, written),),
        request_usd=row.request_usd,
        status=status,
        source=row.source,
    )


def times(rate: Rate, factor: float) -> Rate:
    """Scale a rate."""
    steps = tuple(_step_times(step, factor) for step in rate.steps)
    return Rate(
        llm_id=rate.llm_id, provider=rate.provider, steps=steps, source=rate.source,
        request_usd=rate.request_usd * factor, status=rate.status,
    )  # fmt: skip


def with_cost(records: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    """Give each call the price in force when it was made, and what it cost.

    Args:
        records: (n,) with RECORD_COLUMNS.
        book: where prices come from.

    Returns:
        (n,) records in the same order and eight columns: `llm_id` (the priced model's name, else
        the logged one), `price_status`, `price_source`, `input_usd_per_mtok`,
        `output_usd_per_mtok`, `cached_usd_per_mtok` (of the first tier), `cost_computed_usd` and `billed_usd`
        (logged cost where there is one, else computed). Null where not known; calls that a
        gateway's cache answered, and failed calls without usage, cost what was logged or null.
    """
    rate_of, rates = _rates_of(records, book)
    computed = apply_steps(rate_of, rates, _token_counts(records))
    names = pl.DataFrame(
        {
            "llm_id": [rate.llm_id or None for rate in rates],
            "price_status": [rate.status for rate in rates],
            "price_source": [rate.source for rate in rates],
            "input_usd_per_mtok": [rate.steps[0].input if rate.steps else None for rate in rates],
            "output_usd_per_mtok": [rate.steps[0].output if rate.steps else None for rate in rates],
            "cached_usd_per_mtok": [rate.steps[0].cached if rate.steps else None for rate in rates],
        },
        schema={
            "llm_id": pl.String, "price_status": pl.String, "price_source": pl.String,
            "input_usd_per_mtok": pl.Float64, "output_usd_per_mtok": pl.Float64,
            "cached_usd_per_mtok": pl.Float64,
        },
    )  # fmt: skip
    known = pl.Series("cost_computed_usd", computed).fill_nan(None)
    bare = records.drop(names.columns, strict=False)
    return bare.hstack(names[rate_of]).with_columns(known).with_columns(billed_usd=_billed())


def computed_usd(records: pl.DataFrame, book: PriceBook) -> pl.Series:
    """(n,) what each call cost at the price of its day, as `with_cost`, and nothing else."""
    computed = apply_steps(*_rates_of(records, book), _token_counts(records))
    return pl.Series("cost_computed_usd", computed).fill_nan(None)


def _rates_of(records: pl.DataFrame, book: PriceBook) -> tuple[np.ndarray, tuple[Rate, ...]]:
    """Give (n,) which of the rates each call has, and the rates."""
    keyed = records.select(*KEY, at=_price_moment(book.today)).with_row_index("row")
    distinct = keyed.drop("row").unique(maintain_order=True)
    rates = tuple(_rate_of(book, row) for row in distinct.iter_rows(named=True))
    rate_of = keyed.join(
        distinct.with_row_index("rate"), on=[*KEY, "at"], how="left", nulls_equal=True,
        maintain_order="left",
    )["rate"].to_numpy()  # fmt: skip
    return rate_of, rates


def _billed() -> pl.Expr:
    # Gateways log a cost of 0 for models whose price they do not know: that is not free.
    told = pl.col("cost_usd") > 0
    answered = pl.col("status").fill_null("ok") == "ok"
    nothing = ~answered & (pl.col("cost_usd") == 0)
    return (
        pl.when(told)
        .then(pl.col("cost_usd"))
        .when(pl.col("cache_hit").fill_null(value=False) | nothing)
        .then(0.0)
        .otherwise(pl.col("cost_computed_usd"))
    )


def _price_moment(today: date) -> pl.Expr:
    # Only DeepSeek's published prices change within a day.
    hourly = (
        pl.col("model")
        .cast(pl.String)
        .str.to_lowercase()
        .str.contains("deepseek", literal=True)
    )
    ts = pl.col("ts").fill_null(datetime.combine(today, datetime.min.time(), UTC))
    return pl.when(hourly).then(ts.dt.truncate("15m")).otherwise(ts.dt.truncate("1d"))


def _rate_of(book: PriceBook, row: dict[str, object]) -> Rate:
    name = row["model"]
    if not isinstance(name, str):
        return Rate(llm_id="")
    tier = row["service_tier"]
    variant = "batch" if row["is_batch"] else tier if isinstance(tier, str) else None
    provider = row["provider"] if isinstance(row["provider"], str) else None
    moment = row["at"] if isinstance(row["at"], datetime) else None
    return book.rate(name, provider, moment, variant=variant)


def _token_counts(records: pl.DataFrame) -> TokenCounts:
    def floats(name: str) -> Floats:
        if name not in records.columns:
            return np.zeros(records.height)
        return records[name].cast(pl.Float64).to_numpy()

    return TokenCounts(
        floats("prompt_tokens"),
        floats("completion_tokens"),
        floats("cached_tokens"),
        floats("cache_write_tokens"),
        floats("cache_write_1h_tokens"),
    )
