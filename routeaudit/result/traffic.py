"""What was read, what it cost and who sent it: the audit part of a result."""

from typing import Literal

from routeaudit.result.base import Figure, Struct

Users = Literal["hashed", "clear"]


class SourceFile(Struct, frozen=True, kw_only=True):
    """One file that was read."""

    path: str
    formats: dict[str, int]  # records by format
    units: int
    records: int
    merged: int
    rejected: int


class Hygiene(Struct, frozen=True, kw_only=True):
    """One kind of flaw in the logs, and what it touches."""

    name: str
    calls: int
    usd: float | None
    advice: str


class Traffic(Struct, frozen=True, kw_only=True):
    """What was read, and how good it is."""

    sources: tuple[SourceFile, ...]
    units: int
    records: int
    merged: dict[str, int]  # by reason
    rejected: dict[str, int]  # by reason
    left_out: dict[str, int]  # by reason: the time window or the sample that was asked for
    first_ts: str | None  # ISO 8601, UTC
    last_ts: str | None
    observed_days: float | None
    distinct_queries: int
    tokens_estimated_share: float
    unpriced_calls: int
    unpriced_share: float
    unpriced_models: dict[str, int]
    hygiene: tuple[Hygiene, ...]
    warnings: tuple[str, ...]


class Slice(Struct, frozen=True, kw_only=True):
    """One row of a breakdown: a task, a team, a model ..."""

    key: str | None  # None: the log does not say
    calls: int
    spend_usd: float | None
    share_calls: float
    share_spend: float | None
    simple_calls_share: float | None
    prompt_tokens: int
    completion_tokens: int
    latency_p50_s: float | None
    latency_p95_s: float | None
    errors: int


class Week(Struct, frozen=True, kw_only=True):
    """One calendar week (ISO, UTC); `partial` weeks are not comparable."""

    start: str  # the Monday, ISO date
    calls: int
    spend_usd: float | None
    simple_calls_share: float | None
    partial: bool


class PriceUsed(Struct, frozen=True, kw_only=True):
    """A price that was applied, and where it came from."""

    llm_id: str
    provider: str | None
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    cached_usd_per_mtok: float | None
    status: Literal["logged", "config", "exact", "alias", "default", "flat", "table", "unknown"]
    source: str
    calls: int


class Audit(Struct, frozen=True, kw_only=True):
    """Who spends what on which kind of work."""

    calls: int
    spend_usd: float | None  # the logged cost where there is one, else computed
    spend_logged_usd: float | None
    spend_computed_usd: float | None
    month_usd: Figure
    calls_per_month: float | None
    simple_calls_share: Figure
    simple_spend_share: Figure
    by_task: tuple[Slice, ...]
    by_tier: tuple[Slice, ...]
    by_llm: tuple[Slice, ...]
    by_team: tuple[Slice, ...]
    by_feature: tuple[Slice, ...]
    weeks: tuple[Week, ...]
    prices: tuple[PriceUsed, ...]
    novel_calls_share: float | None = (
        None  # calls unlike anything the classifier was trained on
    )
    by_user: tuple[Slice, ...] = ()
    users: Users = "hashed"  # what the keys of by_user are


class Example(Struct, frozen=True, kw_only=True):
    """A logged query, word for word; only where the user asked for text."""

    task: str | None
    llm: str | None
    p_simple: float | None
    query: str
