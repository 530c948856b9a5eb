"""FOCUS: the logged charges in the FinOps Open Cost and Usage Specification, 1.3 or 1.2.

Cost columns hold what was billed, never what was simulated; all that is our own is in a column
that starts with `x_`, as the specification asks. A log says one price of a call, so the list,
contracted and effective costs are the billed one. Calls without a known cost or time are left
out and counted.
"""

import io
from collections.abc import Mapping
from typing import Literal, NamedTuple

import polars as pl

from routeaudit.result.pseudonym import pseudonym

Version = Literal["1.3", "1.2"]
Users = Literal["hashed", "as they are", "none"]
VERSIONS: tuple[Version, ...] = ("1.3", "1.2")
NOT_LOGGED = "not logged"
DEFUSED = r"^\s*[=+\-@＝＋－＠\t\r]"  # noqa: RUF001 full-width ones start a formula too
KEYS = ("day", "provider", "model", "team", "feature", "task", "tier", "source", "user")
PROVIDERS: Mapping[Version, tuple[str, ...]] = {
    # 1.3 tells who sells from who hosts; the older pair stays, deprecated.
    "1.3": ("HostProviderName", "ServiceProviderName", "ProviderName", "PublisherName"),
    "1.2": ("ProviderName", "PublisherName"),
}


class Focus(NamedTuple):
    """FOCUS rows, and how many calls are in none of them."""

    rows: pl.DataFrame
    left_out: int


def to_focus(
    calls: pl.DataFrame,
    *,
    version: Version = "1.3",
    users: Users = "hashed",
    account: str = NOT_LOGGED,
) -> Focus:
    """Sum the calls up to one charge a day, provider, model, team, feature, task and user.

    Args:
        calls: (n,) records with `billed_usd`; `task`, `tier` and `simulated_usd` (what the
            policy's path would cost, US dollars) are used where they are there.
        version: of the specification.
        users: what becomes of user ids; with "none" charges are not split by user. A hash is a
            pseudonym: who knows an id can find it.
        account: BillingAccountId, which logs do not hold.

    Returns:
        One row a charge, sorted; columns in alphabetical order, ours last.
    """
    known = calls.filter(pl.col("billed_usd").is_not_null() & pl.col("ts").is_not_null())
    charges = _charges(known, users)
    found = {**_standard(account), **dict.fromkeys(PROVIDERS[version], _or_unknown("provider"))}
    columns = [found[name].alias(name) for name in sorted(found)]
    own = [made.alias(name) for name, made in _own(charges.columns).items()]
    return Focus(charges.select(*columns, *own), calls.height - known.height)


def to_csv(focus: Focus) -> bytes:
    """Write FOCUS rows as CSV: ISO 8601 in UTC, unknown is empty, no cell is a formula."""
    text = pl.col(pl.String)
    harmless = pl.when(text.str.contains(DEFUSED)).then("'" + text).otherwise(text).name.keep()
    buffer = io.BytesIO()
    focus.rows.with_columns(harmless).write_csv(buffer, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    return buffer.getvalue()


def to_parquet(focus: Focus) -> bytes:
    """Write FOCUS rows as Parquet."""
    buffer = io.BytesIO()
    focus.rows.write_parquet(buffer)
    return buffer.getvalue()


def _charges(known: pl.DataFrame, users: Users) -> pl.DataFrame:
    there = known.columns
    named = known.with_columns(
        pl.col("ts").dt.truncate("1d").alias("day"),
        pl.when(pl.col("cost_usd").is_null())
        .then(pl.lit("computed"))
        .otherwise(pl.lit("logged"))
        .alias("source"),
        _shown_users(known, users),
        *(
            (pl.col(name).cast(pl.String) if name in there else pl.lit(None, pl.String)).alias(
                name
            )
            for name in ("task", "tier")
        ),
    )
    tokens = ("prompt_tokens", "completion_tokens", "cached_tokens")
    sums = [_sum(name).cast(pl.Int64) for name in tokens]
    if "simulated_usd" in there:
        sums.append(_sum("simulated_usd"))
    grouped = named.group_by(*KEYS).agg(pl.len().alias("calls"), pl.sum("billed_usd"), *sums)
    # A sum of floats depends on their order, which a group does not promise beyond the last bit.
    return grouped.with_columns(pl.col(pl.Float64).round(9)).sort(*KEYS, nulls_last=True)


def _sum(name: str) -> pl.Expr:
    """Sum what is known; nothing known is null, not zero."""
    column = pl.col(name)
    return pl.when(column.is_not_null().any()).then(column.sum()).alias(name)


def _shown_users(known: pl.DataFrame, users: Users) -> pl.Expr:
    if users == "none":
        return pl.lit(None, pl.String).alias("user")
    if users == "as they are":
        return pl.col("user")
    ids = known["user"].drop_nulls().unique().to_list()
    hashed = {name: pseudonym(name) for name in ids}
    return pl.col("user").replace_strict(hashed, default=None, return_dtype=pl.String)


def _or_unknown(name: str) -> pl.Expr:
    return pl.col(name).fill_null(NOT_LOGGED)


def _standard(account: str) -> dict[str, pl.Expr]:
    """Give the columns of the specification that both versions have."""
    cost = pl.col("billed_usd")
    month = pl.col("day").dt.truncate("1mo")
    tokens = pl.sum_horizontal(
        pl.col("prompt_tokens").fill_null(0), pl.col("completion_tokens").fill_null(0)
    ).cast(pl.Float64)
    counted = pl.col("prompt_tokens").is_not_null() | pl.col("completion_tokens").is_not_null()
    quantity = pl.when(counted).then(tokens)
    unit = pl.when(counted).then(pl.lit("Tokens"))
    sku = _or_unknown("model")
    return {
        **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost),
        **_fixed(account),
        "BillingPeriodStart": month,
        "BillingPeriodEnd": month.dt.offset_by("1mo"),
        "ChargePeriodStart": pl.col("day"),
        "ChargePeriodEnd": pl.col("day").dt.offset_by("1d"),
        "ChargeDescription": pl.format("{} calls to {}", pl.col("calls"), sku),
        "ConsumedQuantity": quantity,
        "PricingQuantity": quantity,
        "ConsumedUnit": unit,
        "PricingUnit": unit,
        "InvoiceIssuerName": _or_unknown("provider"),
        "ServiceName": pl.format("{} API", _or_unknown("provider")),
        "SkuId": sku,
        "SkuPriceId": pl.format("{}/{}", _or_unknown("provider"), sku),
        "SubAccountId": pl.col("team"),
        "SubAccountName": pl.col("team"),
        "Tags": pl.struct("feature", "task").struct.json_encode(),
    }


def _fixed(account: str) -> dict[str, pl.Expr]:
    """Give the columns that are the same in every row."""
    values = {
        "BillingAccountId": account,
        "BillingAccountName": account,
        "BillingCurrency": "USD",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeFrequency": "Usage-Based",
        "PricingCategory": "Standard",
        "ServiceCategory": "AI and Machine Learning",
        "ServiceSubcategory": "Generative AI",
        "SkuMeter": "Tokens",
    }
    return {name: pl.lit(value, pl.String) for name, value in values.items()}


def _own(there: list[str]) -> dict[str, pl.Expr]:
    """Give our columns: `x_`, so that no tool takes them for the specification's."""
    own = {
        "x_CachedTokens": pl.col("cached_tokens"),
        "x_Calls": pl.col("calls"),
        "x_CostSource": pl.col("source"),
        "x_InputTokens": pl.col("prompt_tokens"),
        "x_OutputTokens": pl.col("completion_tokens"),
        "x_Task": pl.col("task"),
        "x_Tier": pl.col("tier"),
        "x_User": pl.col("user"),
    }
    if "simulated_usd" in there:
        own["x_SimulatedCost"] = pl.col("simulated_usd")
    return own
