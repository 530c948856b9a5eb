"""Make logged traffic the ground that policies are compared on."""

from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.catalog.arms import HOURS_PER_MONTH, Arms, arms_named
from routeaudit.catalog.prices import PriceBook, with_cost
from routeaudit.errors import PoorInputError
from routeaudit.estimate.ground import (
    ArmColumns,
    Extra,
    Floats,
    Ground,
    Host,
    Overhead,
    Sessions,
)
from routeaudit.estimate.log_arms import (
    Calls,
    arm_output_tokens,
    cheap_arm,
    flat_price,
    token_speed,
)
from routeaudit.estimate.log_baseline import logged_arm
from routeaudit.estimate.opportunities import opportunities
from routeaudit.estimate.routable import request_ids, span_of, touchable
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.frames import BEFORE_SENDING, TEXT_COLUMNS, Asked
from routeaudit.stats.sampling import hash_normal, hash_uniform

CLASSIFIER_S = 0.05
WRAPPER_TOKENS = 40
PREFILL_FULL_TOKENS_PER_S = 5_000.0
ENOUGH_LOGPROBS = 0.9


class LogGround(NamedTuple):
    """The ground of a log, and what was asked of policies on it."""

    ground: Ground
    asked: Asked


def log_ground(
    classified: pl.DataFrame, settings: SimulationSettings, book: PriceBook, arms: Arms
) -> LogGround:
    """Lay a log out.

    Args:
        classified: (n,) RECORD_COLUMNS and VERDICT_COLUMNS; text is not needed. What an
            answering stage measured may be there too: `score_<arm>`, `confidence_<arm>`.
        settings: how to replay it.
        book: where prices come from.
        arms: what could have answered.

    Raises:
        PoorInputError: no call can be routed.
        ConfigError: an arm does not exist.
    """
    arms = arms_named(settings.arm_names(), arms)
    frame = classified.drop(TEXT_COLUMNS, strict=False)
    priced = frame if "billed_usd" in frame.columns else with_cost(frame, book)
    found, left = touchable(priced)
    if found.is_empty():
        raise PoorInputError("no call of the log can be routed", hint="; ".join(left))
    span = span_of(found, settings.calls_per_month)
    ids = request_ids(found)
    calls = _calls(found, ids, settings)
    columns = {
        arm: cheap_arm(calls, arm, spec, book, settings)
        for arm, spec in arms.by_name().items()
        if arm != "full"
    }
    logged = logged_arm(calls, settings)
    full = logged if arms.full.llm_id is None else cheap_arm(
        calls, "full", arms.full, book, settings
    )  # fmt: skip
    visible, told = _visible(found, ids, settings)
    ground = Ground(
        kind="logs",
        currency="USD",
        visible=visible,
        ids=ids,
        keys=found["query_key"],
        arms={**columns, "full": full},
        baseline=logged,
        baseline_name=_baseline_name(found, settings),
        classifier=_overhead(settings),
        extras=_extras(calls, arms, book, settings),
        sessions=_sessions(found, book, settings),
        at_s=span.at_s,
        hosts=_hosts(calls, arms, settings),
        calls_per_month=span.calls_per_month,
        log_rate=span.log_rate,
        opportunities=opportunities(found),
        warnings=(*left, *span.warnings, *told, *_priced_told(logged)),
    )
    return LogGround(ground, _asked(settings))


def _asked(settings: SimulationSettings) -> Asked:
    return Asked(
        shares=settings.shares(), kept=settings.kept(), thresholds=settings.thresholds()
    )


def _calls(found: pl.DataFrame, ids: pl.Series, settings: SimulationSettings) -> Calls:
    return Calls(
        frame=found,
        prompt_tokens=found["prompt_tokens"].cast(pl.Float64).fill_null(np.nan).to_numpy(),
        completion_tokens=found["completion_tokens"]
        .cast(pl.Float64)
        .fill_null(np.nan)
        .to_numpy(),
        task=found["task"],
        normal=hash_normal(ids.to_list(), settings.seed),
        at=found["ts"].max(),  # type: ignore[arg-type]  # a datetime or None
    )


def _visible(
    found: pl.DataFrame, ids: pl.Series, settings: SimulationSettings
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    shown = found.select(name for name in BEFORE_SENDING if name in found.columns)
    shown = shown.with_columns(chance=pl.Series(hash_uniform(ids.to_list(), settings.seed)))
    measured = [c for c in found.columns if c.startswith(("confidence_", "must_escalate_"))]
    if measured:
        return shown.hstack(found.select(measured)), ()
    logged = found["logprob_mean"]
    if logged.null_count() <= (1 - ENOUGH_LOGPROBS) * found.height:
        told = "confidence is ASSUMED: exp(mean log probability) of the logged model's answers"
        return shown.with_columns(confidence=found["logprob_mean"].exp()), (told,)
    told = "confidence is ASSUMED to equal p_simple: nothing was answered by a small model yet"
    return shown.with_columns(confidence=found["p_simple"].cast(pl.Float64)), (told,)


def _overhead(settings: SimulationSettings) -> Overhead:
    cost = settings.flat("price").get("classifier", settings.classifier_usd)
    seconds = settings.flat("latency").get("classifier", settings.classifier_s)
    return Overhead(cost, CLASSIFIER_S if seconds is None else seconds)


def _extras(
    calls: Calls, arms: Arms, book: PriceBook, settings: SimulationSettings
) -> dict[tuple[str, str], Extra]:
    """A draft rides along as context: more input for the next arm, and the time to read it."""
    if settings.context == "none":
        return {}
    specs = arms.by_name()
    hops = (("micro", "mid"), ("micro", "full"), ("mid", "full"))
    extras = {}
    for first, then in hops:
        draft = arm_output_tokens(calls, specs[first]) + WRAPPER_TOKENS
        if flat_price(then, specs[then], settings) is not None:
            continue
        known = np.nan_to_num(draft, nan=float(WRAPPER_TOKENS))
        spec = specs[then]
        if spec.llm_id is None:
            cost = _logged_extra(calls, known, book)
        elif spec.self_hosted:
            cost = np.zeros(len(known))
        else:
            rate = book.rate(spec.llm_id, spec.provider, calls.at)
            zero = np.zeros(len(known))
            more = rate.cost_usd(calls.prompt_tokens + known, zero)
            cost = more - rate.cost_usd(calls.prompt_tokens, zero)
        extras[first, then] = Extra(cost, known / PREFILL_FULL_TOKENS_PER_S)
    return extras


def _logged_extra(calls: Calls, draft: Floats, book: PriceBook) -> Floats:
    """Price the calls again with the draft in the prompt: a tier cliff may be crossed."""
    longer = pl.col("prompt_tokens") + pl.Series(np.rint(draft)).cast(pl.UInt32)
    plain = _bare(calls.frame)
    more = with_cost(plain.with_columns(prompt_tokens=longer), book)["cost_computed_usd"]
    gap = more - calls.frame["cost_computed_usd"]
    extra: Floats = gap.fill_null(np.nan).to_numpy()
    return extra


def _bare(frame: pl.DataFrame) -> pl.DataFrame:
    added = (
        "llm_id", "price_status", "price_source", "input_usd_per_mtok", "output_usd_per_mtok",
        "cost_computed_usd", "billed_usd",
    )  # fmt: skip
    return frame.drop(added, strict=False)


def _hosts(calls: Calls, arms: Arms, settings: SimulationSettings) -> dict[str, Host]:
    """List the arms on GPUs of one's own, unless a flat price was given for them."""
    hosts = {}
    for arm, spec in arms.by_name().items():
        speed = token_speed(spec)
        if spec.self_hosted and speed and flat_price(arm, spec, settings) is None:
            output = arm_output_tokens(calls, spec)
            service_s = speed.service_s(calls.prompt_tokens, output)
            month = spec.gpu_usd_per_hour * HOURS_PER_MONTH
            hosts[arm] = Host(month, spec.slots_per_replica, service_s)
    return hosts


def _sessions(
    found: pl.DataFrame, book: PriceBook, settings: SimulationSettings
) -> Sessions | None:
    """Find conversations whose cached prefix is lost when a turn went elsewhere before."""
    warm = (found["cached_tokens"].fill_null(0) > 0) & found["session_id"].is_not_null()
    if not warm.any() or "full" in settings.flat("price"):
        return None
    cold = np.zeros(found.height)
    rows = _bare(found.filter(warm)).with_columns(cached_tokens=pl.lit(0, pl.UInt32))
    cost = with_cost(rows, book)["cost_computed_usd"] - found["cost_computed_usd"].filter(warm)
    cold[warm.to_numpy()] = np.maximum(cost.fill_null(0.0).to_numpy(), 0)
    order = found.select(pl.arg_sort_by("session_id", "ts", maintain_order=True)).to_series()
    key = found["session_id"].rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()
    return Sessions(order=order.cast(pl.Int64).to_numpy(), key=key, cold_cost=cold)


def _baseline_name(found: pl.DataFrame, settings: SimulationSettings) -> str:
    if settings.prices == "article":
        return "every call at the article's full price"
    common = found["llm_id"].value_counts(sort=True).head(3)
    names = [name or "unnamed" for name in common["llm_id"].to_list()]
    more = found["llm_id"].n_unique() - len(names)
    rest = f" and {more} more" if more > 0 else ""
    return f"the logged models at the price of the day ({', '.join(names)}{rest})"


def _priced_told(logged: ArmColumns) -> tuple[str, ...]:
    unknown = int(np.isnan(logged.cost).sum())
    if not unknown:
        return ()
    return (f"{unknown:,} calls have no price: outside both totals",)
