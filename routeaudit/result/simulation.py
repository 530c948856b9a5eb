"""What policies would have done with the traffic: the simulation part of a result."""

from typing import Literal

from routeaudit.result.base import Evidence, Figure, Interval, Struct, Verdict
from routeaudit.result.traffic import PriceUsed


class LatencyStats(Struct, frozen=True, kw_only=True):
    """Seconds; numpy's linear percentiles; None where nothing is known."""

    n: int
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


class Latency(Struct, frozen=True, kw_only=True):
    """Latency of all requests, of those a cheaper arm answered, and of escalated ones."""

    all: LatencyStats
    served: LatencyStats
    escalated: LatencyStats
    evidence: Evidence = Evidence.ASSUMED
    speedup_served: Figure | None = None  # median of full/served latency on served rows
    slowdown_escalated: Figure | None = None  # median of escalated/full latency on those rows
    note: str = ""


class Quality(Struct, frozen=True, kw_only=True):
    """How often the answer would not have been good enough."""

    evidence: Evidence
    n_scored: int
    served_scored: int | None = None  # of them, answers that a cheaper arm gave
    score_mean: float | None = None
    failure_rate: float | None = None  # of served answers; None when nothing is served
    interval: Interval | None = None
    upper: float | None = None  # one-sided 95 % Clopper-Pearson, what gates test
    lower: float | None = None
    rate_all: Figure | None = None  # failure_rate carried to all traffic (PPI++)
    failing_calls: Figure | None = None  # calls of all traffic, served and failing (PPI++)
    lost: int | None = None  # full arm right, cheaper arm wrong
    gained: int | None = None
    added_error: Figure | None = None  # on all traffic; negative = better than the full arm
    verdict: Verdict = Verdict.NOT_MEASURED
    limit: float = 0.05
    more_needed: int | None = None  # scored answers that would settle it, about
    note: str = ""


class Saving(Struct, frozen=True, kw_only=True):
    """Against the baseline named in `vs`; estimated, never "saved"."""

    vs: str
    gross: float | None
    net: float | None
    share: float | None
    interval: Interval | None = None
    baseline_total: float | None = None  # on the very rows that cost_total sums up


class WaterfallStep(Struct, frozen=True, kw_only=True):
    """One step from gross to net savings; the steps add up to the net."""

    name: str
    amount: float


class Metric(Struct, frozen=True, kw_only=True):
    """One of the field's router metrics; `reason` says why it is refused."""

    name: str
    value: float | None
    interval: Interval | None = None
    reason: str = ""


class SweepPoint(Struct, frozen=True, kw_only=True):
    """One threshold of a policy and what it would give."""

    threshold: float
    served_share: float
    cost_per_call: float | None
    failure_rate: float | None
    interval: Interval | None = None
    score_mean: float | None = None
    latency_p50_s: float | None = None
    latency_p95_s: float | None = None
    on_front: bool = False
    on_hull: bool = False  # no random mix of two other points is better
    upper_threshold: float | None = None  # of the cheapest arm, where two cuts are tried


class Sweep(Struct, frozen=True, kw_only=True):
    """A policy over all its thresholds, with the field's metrics where outcomes are known."""

    policy: str
    param: str
    chosen: float | None
    points: tuple[SweepPoint, ...]
    guaranteed: float | None = None  # cheapest threshold with a finite-sample guarantee
    guarantee_note: str = ""
    metrics: tuple[Metric, ...] = ()


class PolicyResult(Struct, frozen=True, kw_only=True):
    """What one policy would have done with this traffic."""

    policy: str
    role: Literal["policy", "honesty"]
    params: dict[str, float | int | str | bool | None]
    n: int
    calls: dict[str, int]  # requests sent to each arm; an escalated one counts in two
    served: int  # answered by a cheaper arm
    escalated: int
    currency: str
    cost_total: float | None
    n_priced: int | None = None  # requests that cost_total sums up; None where it has none
    cost_per_call: float | None
    cost_month: Figure | None
    per_call_with_draft: float | None = None  # escalated requests carry the first answer along
    per_call_without_draft: float | None = None  # or don't; None: nothing escalates
    saving: Saving
    latency_s: Latency
    quality: Quality
    waterfall: tuple[WaterfallStep, ...] = ()
    warnings: tuple[str, ...] = ()
    sweep: Sweep | None = None  # this policy's curve, which `sweeps` has too


class ArmUsed(Struct, frozen=True, kw_only=True):
    """An arm of this simulation: which model, at which price, how fast, on what evidence."""

    arm: str
    llm_id: str
    price: PriceUsed | None
    latency_evidence: Evidence
    quality_evidence: Evidence
    note: str = ""
    provider: str | None = None  # who would serve it, where that was said


class SensitivityRow(Struct, frozen=True, kw_only=True):
    """Net saving when one assumption moves to its low and its high end."""

    factor: str
    low_label: str
    high_label: str
    net_low: float | None
    net_high: float | None
    net_base: float | None


class Opportunity(Struct, frozen=True, kw_only=True):
    """Something other than routing that would cut the bill."""

    name: str
    calls: int
    amount: float | None
    note: str


class QueueRow(Struct, frozen=True, kw_only=True):
    """A self-hosted arm: replicas needed for a latency target on the log's own arrivals."""

    arm: str
    target_s: float
    quantile: float
    replicas: int | None  # None: not reachable at any size
    floor_s: float | None
    month_usd: float | None
    breakeven_calls_per_month: float | None
    note: str


class OwnGpu(Struct, frozen=True, kw_only=True):
    """From what volume on a GPU of one's own would pay: arithmetic, no queue, nothing sized."""

    gpu_usd_per_hour: float
    month_usd: float
    gain_usd_per_call: float  # mean over all calls, once the GPU is paid
    breakeven_calls_per_month: float | None  # None: never


class AtShare(Struct, frozen=True, kw_only=True):
    """Flat prices at exactly the shares that were asked: arithmetic, not traffic."""

    policy: str
    shares: tuple[float, ...]  # cheapest arm first, the full arm last
    cost_per_call: float
    baseline_per_call: float
    reduction: float | None
    calls_per_month: float
    month_before: float
    month_after: float
    break_even_llm_share: float | None  # above this share of the full arm nothing is saved


class Simulation(Struct, frozen=True, kw_only=True):
    """The traffic replayed through policies, beside the honesty rows."""

    headline: str
    kind: Literal["logs", "outcomes"]
    baseline: str
    n: int
    arms: tuple[ArmUsed, ...]
    policies: tuple[PolicyResult, ...]
    sweeps: tuple[Sweep, ...] = ()
    sensitivity: tuple[SensitivityRow, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    queues: tuple[QueueRow, ...] = ()
    own_gpu: OwnGpu | None = None  # only where no arm of this simulation runs on one
    at_share: tuple[AtShare, ...] = ()
    calls_per_month: float | None = None
    warnings: tuple[str, ...] = ()
