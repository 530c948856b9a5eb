"""What each arm would have cost, taken and answered on logged calls."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from polars import selectors

from routeaudit.catalog.arms import HOURS_PER_MONTH, ArmSpec
from routeaudit.catalog.prices import PriceBook
from routeaudit.catalog.priors import (
    LABEL_LIKE,
    OUTPUT_RATIO,
    context_tokens,
)
from routeaudit.catalog.rates import Rate
from routeaudit.catalog.speeds import PREFILL_TOKENS_PER_S, published_speed
from routeaudit.estimate.assumed import Chances, chances
from routeaudit.estimate.evidence import worst_evidence
from routeaudit.estimate.ground import ArmColumns, Floats, is_unknown
from routeaudit.estimate.picking import constant
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.frames import TASKS
from routeaudit.result import Evidence, PriceUsed
from routeaudit.stats.latency_fit import TokenSpeed

SECONDS_AN_HOUR = 3_600.0
LEAST_WRITTEN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Logged calls as arrays; all (n,), NaN where not known."""

    frame: pl.DataFrame
    prompt_tokens: Floats
    completion_tokens: Floats
    task: pl.Series
    normal: Floats  # the noise of each request, the same for every arm and run
    uniform: Floats  # which residual of the fitted times it gets
    at: datetime | None  # the day whose prices arms pay


def cheap_arm(
    calls: Calls, arm: str, spec: ArmSpec, book: PriceBook, settings: SimulationSettings
) -> ArmColumns:
    """Estimate an arm that was not logged: tokens from the log's, price, speed and priors."""
    output = arm_output_tokens(calls, arm, spec)
    cost, price, note = _cost(calls, arm, spec, book, settings, output)
    told = measured_ratio(calls, arm) if spec.output_ratio is None else None
    if told is not None:
        note = "; ".join(filter(None, (note, told.note)))
    if arm != "full":
        cost = cost * (1 + settings.retry_rate)
    latency_s, timed = _latency(calls, arm, spec, settings, output)
    measured = _measured(calls, arm)
    if measured is not None:
        scores, ranks = measured
        return ArmColumns(
            arm=arm,
            llm_id=spec.llm_id or arm,
            cost=cost,
            latency_s=latency_s,
            score=scores,
            price=price,
            latency_evidence=timed,
            quality_evidence=worst_evidence(ranks[~np.isnan(scores)]),
            evidence_rank=ranks,
            note=note,
            provider=spec.provider,
        )
    quality = _chances(calls, spec)
    return ArmColumns(
        arm=arm,
        llm_id=spec.llm_id or arm,
        cost=cost,
        latency_s=latency_s,
        score=quality.score,
        score_low=quality.low,
        score_high=quality.high,
        price=price,
        latency_evidence=timed,
        quality_evidence=Evidence.NONE if is_unknown(quality.score) else Evidence.ASSUMED,
        note=note,
        provider=spec.provider,
    )


def priced_as_mid(
    micro: ArmColumns, mid: ArmColumns, settings: SimulationSettings
) -> ArmColumns:
    """Give the micro arm the mid arm's price, where the user named neither model nor price."""
    configured = micro.price is not None and micro.price.status == "config"
    if configured or "micro" in settings.flat("price") or mid.price is None:
        return micro
    note = f"no micro price was given: it costs what mid costs ({mid.llm_id})"
    return replace(micro, cost=mid.cost, price=mid.price, note=note)


def _measured(calls: Calls, arm: str) -> tuple[Floats, npt.NDArray[np.int8]] | None:
    """Take the scores that an answering stage left, `score_<arm>`, and the rank of each one's evidence."""
    name = f"score_{arm}"
    if name not in calls.frame.columns or calls.frame[name].is_null().all():
        return None
    scores = calls.frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
    said = f"evidence_{arm}"
    named = (
        calls.frame[said] if said in calls.frame.columns else pl.Series([None], dtype=pl.String)
    )
    kinds = [kind.value for kind in Evidence]
    ranks = named.cast(pl.Enum(kinds)).to_physical().fill_null(kinds.index(Evidence.REPLAYED))
    return scores, np.broadcast_to(ranks.to_numpy().astype(np.int8), scores.shape)


WRITTEN = "written_"  # of each arm, the tokens that its answers took


def written_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep of n calls what the arms wrote, and nothing else."""
    return frame.select(selectors.starts_with(WRITTEN))


class Ratio(NamedTuple):
    """How long an arm's answers are against the logged ones, and on what that rests."""

    value: float
    note: str


def measured_ratio(calls: Calls, arm: str) -> Ratio | None:
    """Measure the ratio on the answers that the arm finished; None below 30 of them."""
    name = f"{WRITTEN}{arm}"
    if name not in calls.frame.columns:
        return None
    written = calls.frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
    rows = ~np.isnan(written) & (calls.completion_tokens > 0) & ~_label_like(calls)
    n = int(rows.sum())
    if n < LEAST_WRITTEN:
        return None
    value = float(written[rows].sum() / calls.completion_tokens[rows].sum())
    return Ratio(value, f"writes {value:.2f} times as much as logged, measured on {n:,} calls")


def _label_like(calls: Calls) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.array([task in LABEL_LIKE for task in (*TASKS, None)])[
        task_codes(calls)
    ]
    return found


def arm_output_tokens(calls: Calls, arm: str, spec: ArmSpec) -> Floats:
    """(n,) tokens the arm would write: its usual length against the logged model's."""
    ratio = spec.output_ratio
    if ratio is None:
        measured = measured_ratio(calls, arm)
        published = OUTPUT_RATIO.get(spec.family or "", 1.0)
        ratio = published if measured is None else measured.value
    ratios = [1.0 if task in LABEL_LIKE else ratio for task in (*TASKS, None)]
    tokens: Floats = calls.completion_tokens * np.array(ratios)[task_codes(calls)]
    return tokens


def task_codes(calls: Calls) -> npt.NDArray[np.uint8]:
    """(n,) the place of each call's task in TASKS, one past the last where it is unknown."""
    codes: npt.NDArray[np.uint8] = (
        calls.task.to_physical().cast(pl.UInt8).fill_null(len(TASKS)).to_numpy()
    )
    return codes


def rate_of(spec: ArmSpec, book: PriceBook, at: datetime | None) -> Rate:
    """Give the arm's price on a day."""
    return book.rate(spec.llm_id or "", spec.provider, at)


def flat_price(arm: str, spec: ArmSpec, settings: SimulationSettings) -> float | None:
    """Give the flat price of a call; None when the arm is priced by tokens."""
    return settings.flat("price").get(arm, spec.usd_per_call)


def price_used(rate: Rate, calls: int) -> PriceUsed:
    """Say which price was applied."""
    step = rate.steps[0] if rate.steps else None
    return PriceUsed(
        llm_id=rate.llm_id,
        provider=rate.provider,
        input_usd_per_mtok=step.input if step else None,
        output_usd_per_mtok=step.output if step else None,
        cached_usd_per_mtok=step.cached if step else None,
        status=rate.status,
        source=rate.source,
        calls=calls,
    )


def flat_used(llm_id: str, source: str, calls: int) -> PriceUsed:
    """Say that a flat price was applied."""
    return PriceUsed(
        llm_id=llm_id, provider=None, input_usd_per_mtok=None, output_usd_per_mtok=None,
        cached_usd_per_mtok=None, status="flat", source=source, calls=calls,
    )  # fmt: skip


def _cost(
    calls: Calls,
    arm: str,
    spec: ArmSpec,
    book: PriceBook,
    settings: SimulationSettings,
    output: Floats,
) -> tuple[Floats, PriceUsed, str]:
    n = len(output)
    flat = flat_price(arm, spec, settings)
    if flat is not None:
        source = "the founding article" if settings.prices == "article" else "a flat price"
        return (
            constant(flat, n),
            flat_used(spec.llm_id or arm, f"{source}: {flat:g} a call", n),
            "",
        )
    if spec.self_hosted:
        return _own_gpu(calls, spec, output)
    rate = rate_of(spec, book, calls.at)
    note = "" if rate.steps else f"no price is known for {spec.llm_id}"
    return rate.cost_usd(calls.prompt_tokens, output), price_used(rate, n), note


def _own_gpu(calls: Calls, spec: ArmSpec, output: Floats) -> tuple[Floats, PriceUsed, str]:
    """The marginal cost: seconds of a loaded replica, paid by the hour."""
    busy_s = calls.prompt_tokens / spec.prefill_tokens_per_s
    busy_s = busy_s + output / (decode_rate(spec) * spec.slots_per_replica)
    cost = spec.gpu_usd_per_hour / SECONDS_AN_HOUR * busy_s / spec.utilisation
    month = spec.gpu_usd_per_hour * HOURS_PER_MONTH
    note = f"own GPU, {spec.gpu_usd_per_hour:g} USD/h ({month:,.0f} a month for each replica)"
    return cost, flat_used(spec.llm_id or "own GPU", note, len(output)), note


def decode_rate(spec: ArmSpec) -> float:
    """Tokens per second of one stream: as set, as published, else a careful guess."""
    if spec.decode_tokens_per_s is not None:
        return spec.decode_tokens_per_s
    published = published_speed(spec.llm_id or "")
    return published.decode_tokens_per_s if published else 50.0


def _latency(
    calls: Calls, arm: str, spec: ArmSpec, settings: SimulationSettings, output: Floats
) -> tuple[Floats, Evidence]:
    flat = settings.flat("latency").get(arm, spec.latency_s)
    if flat is not None:
        return constant(flat, len(output)), Evidence.ASSUMED
    speed = token_speed(spec)
    if speed is None:
        return constant(np.nan, len(output)), Evidence.NONE
    return speed.noisy_s(calls.prompt_tokens, output, calls.normal), Evidence.ASSUMED


def token_speed(spec: ArmSpec) -> TokenSpeed | None:
    """Give the arm's speed, as set or as published; None when neither is known."""
    published = published_speed(spec.llm_id or "")
    if published is None and spec.decode_tokens_per_s is None:
        return None
    first = published.first_token_s if published else 0.5
    return TokenSpeed(
        first_token_s=first if spec.first_token_s is None else spec.first_token_s,
        prefill_tokens_per_s=spec.prefill_tokens_per_s or PREFILL_TOKENS_PER_S,
        decode_tokens_per_s=decode_rate(spec),
        sigma=published.sigma if published else 0.1,
    )


def _chances(calls: Calls, spec: ArmSpec) -> Chances:
    fits = np.ones(len(calls.prompt_tokens), bool)
    longest = context_tokens(spec.llm_id or "")
    if longest is not None:
        fits &= ~(calls.prompt_tokens > longest)
    if "n_media" in calls.frame.columns:
        # These small models read text only.
        fits &= ~(calls.frame["n_media"].fill_null(0).to_numpy() > 0)
    return chances(spec, task_codes(calls), fits)
