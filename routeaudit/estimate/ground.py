"""The ground that policies are compared on: what each arm would have cost, taken and answered.

Logs and outcome tables both become this; everything after it is the same for both.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.result import Evidence, Opportunity, PriceUsed

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Extra(NamedTuple):
    """What an arm costs and takes more when it is asked second, with a draft to read; (n,)."""

    cost: Floats
    latency_s: Floats


class Extras(Protocol):
    """Knows what escalating costs besides the call itself."""

    def between(self, first: str, then: str) -> Extra | None:
        """Give the extra of asking `then` after `first` answered; None: nothing."""

    def of_draft(self, first: str, then: str) -> Extra | None:
        """Give what carrying the draft along adds, asked for or not; None: nothing."""

    def hold(self, hops: Collection[tuple[str, str]]) -> None:
        """Work these hops out, and hold nothing else any more: no other will be asked for."""


def is_unknown(values: Floats) -> bool:
    """Say whether nothing of (n,) values is known; one look tells where the first is."""
    return bool(np.isnan(values[:1]).all() and np.isnan(values).all())


def counted_rows(baseline: Floats, arms: Iterable[Floats]) -> Bools | None:
    """(n,) where the baseline and every arm that has costs at all have one; None: everywhere.

    Totals of different rows cannot be subtracted, so a call without a price leaves all of them.
    """
    costs = [cost for cost in (baseline, *arms) if not is_unknown(cost)]
    known: Bools = np.ones(len(baseline), bool)
    for cost in costs:
        known &= ~np.isnan(cost)
    return None if known.all() or not known.any() else known


class NoExtras:
    """The second arm is asked as if it were the first."""

    def between(self, first: str, then: str) -> Extra | None:  # noqa: ARG002 part of the protocol
        """Give nothing."""
        return None

    def of_draft(self, first: str, then: str) -> Extra | None:  # noqa: ARG002 part of the protocol
        """Give nothing."""
        return None

    def hold(self, hops: Collection[tuple[str, str]]) -> None:
        """Hold nothing, as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmColumns:
    """One arm on every request; all arrays (n,), NaN where not known.

    Attributes:
        score: acceptability of its answer, 0..1, or the table's own scale.
        score_low: gives the low ends of assumed scores, which are not held: they are looked at
            once for each policy. None when scores were measured.
        score_high: gives the high ends.
        evidence_rank: (n,) place in `Evidence` of each score where they differ; None: all are
            of `quality_evidence`.
    """

    arm: str
    llm_id: str
    cost: Floats
    latency_s: Floats
    score: Floats
    score_low: Callable[[], Floats] | None = None
    score_high: Callable[[], Floats] | None = None
    price: PriceUsed | None = None
    latency_evidence: Evidence = Evidence.MEASURED
    quality_evidence: Evidence = Evidence.MEASURED
    evidence_rank: npt.NDArray[np.int8] | None = None
    note: str = ""
    provider: str | None = None


class Overhead(NamedTuple):
    """What deciding costs: US dollars (or the table's currency) and seconds for each request."""

    cost: float
    latency_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Conversations, and what their prompt cache saved.

    Attributes:
        first_turns: (n,) the row that the conversation of each starts with; itself without one.
        warm_turns: (m,) the turns that have something to lose,
        turns_before: (m,) the turn of the same conversation just before each, and
        cold_cost: (m,) what each would cost more had its cached tokens not been cached.
    """

    first_turns: npt.NDArray[np.uint32]
    warm_turns: Ints
    turns_before: Ints
    cold_cost: Floats


class Tried(NamedTuple):
    """(n,) the place among the arms of the one that was logged, and its feedback, NaN unknown."""

    arm: npt.NDArray[np.int8]
    reward: Floats


class Host(NamedTuple):
    """A self-hosted arm: what a replica costs a month, its slots, and (n,) seconds of service."""

    month_cost: float
    slots: int
    service_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Everything that is known of n requests.

    Attributes:
        visible: (n,) what policies may see.
        ids: (n,) request ids.
        keys: (n,) key of the query's text; equal text, equal key; null where unknown.
        names: (n,) reads both again, as `request_id` and `query_key`, where they are not held:
            on millions of calls they would be a fifth of the memory.
        arms: by name, cheapest first; the last is the full arm.
        baseline: what was really done; its `arm` is "logged" or "full".
        scale: the lowest and the highest score there can be.
        extras: what an arm costs more after another one's draft.
        clusters: (n,) requests that are no independent evidence share a number.
        hosts: the arms that run on GPUs of one's own.
        confidence_told: what confidence is made of, where that needs saying.
        classifier_told: what classifying is assumed to take, likewise.
        log_rate: calls a month at the log's own rate; None: not known.
        opportunities: savings that need no router.
        at_s: (n,) when each came, seconds since the epoch; NaN unknown, None where none is.
        tried: which arm each logged answer came from, and how it was rated.
        counted: (n,) requests whose cost counts in every total; None: all of them.
    """

    kind: Literal["logs", "outcomes"]
    currency: str
    visible: pl.DataFrame
    arms: Mapping[str, ArmColumns]
    baseline: ArmColumns
    baseline_name: str
    classifier: Overhead
    ids: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    keys: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    names: pl.LazyFrame | None = None
    scale: tuple[float, float] = (0.0, 1.0)
    extras: Extras = field(default_factory=NoExtras)
    sessions: Sessions | None = None
    clusters: Ints | None = None
    at_s: Floats | None = None
    tried: Tried | None = None
    counted: Bools | None = None
    hosts: Mapping[str, Host] = field(default_factory=dict)
    calls_per_month: float | None = None
    log_rate: float | None = None
    opportunities: tuple[Opportunity, ...] = ()
    warnings: tuple[str, ...] = ()
    confidence_told: str = ""
    classifier_told: str = ""

    @property
    def n(self) -> int:
        """Count the requests."""
        return len(self.baseline.cost)

    def named(self) -> pl.LazyFrame:
        """(n,) give `request_id` and `query_key`."""
        if self.names is not None:
            return self.names
        return pl.LazyFrame({"request_id": self.ids, "query_key": self.keys})

    def column(self, arm: str) -> ArmColumns:
        """Give an arm's columns; "logged" is the baseline."""
        return self.baseline if arm == "logged" else self.arms[arm]

    def acceptability(self, scores: Floats) -> Floats:
        """Put scores on 0..1; not to be written to."""
        low, high = self.scale
        if (low, high) == (0.0, 1.0):
            return scores
        return (scores - low) / (high - low)
