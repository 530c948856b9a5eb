"""What was really done: the logged models, their bill and their times."""

import numpy as np
import polars as pl

from routeaudit.catalog.speeds import published_speed
from routeaudit.estimate.ground import ArmColumns, Bools, Floats
from routeaudit.estimate.log_arms import Calls, flat_used
from routeaudit.estimate.picking import constant
from routeaudit.estimate.settings import SimulationSettings
from routeaudit.result import Evidence, PriceUsed
from routeaudit.stats.latency_fit import fit_latency

MOSTLY = 0.95


def logged_arm(calls: Calls, settings: SimulationSettings) -> ArmColumns:
    """Give the baseline: logged cost and time, and by definition an answer that does."""
    frame = calls.frame
    flat = settings.flat("price").get("full")
    cost = frame["billed_usd"].fill_null(np.nan).to_numpy()
    price: PriceUsed | None = None
    if flat is not None:
        cost = constant(flat, frame.height)
        price = flat_used("as logged", f"{flat:g} a call", frame.height)
    latency_s, evidence, note = _latency(calls, settings)
    return ArmColumns(
        arm="full",
        llm_id=_name(frame),
        cost=cost,
        latency_s=latency_s,
        score=constant(1.0, frame.height),
        price=price or _price(frame),
        latency_evidence=evidence,
        quality_evidence=Evidence.NONE,
        note=note,
    )


def _name(frame: pl.DataFrame) -> str:
    return "as logged" if frame["llm_id"].n_unique() > 1 else str(frame["llm_id"][0])


def _price(frame: pl.DataFrame) -> PriceUsed:
    # As in billing: a cost of 0 is a gateway that knows no price.
    logged = int((frame["cost_usd"] > 0).sum())
    status = "logged" if logged * 2 > frame.height else "exact"
    return PriceUsed(
        llm_id=_name(frame), provider=None, input_usd_per_mtok=None, output_usd_per_mtok=None,
        cached_usd_per_mtok=None, status=status,  # type: ignore[arg-type]  # one of two literals
        source=f"{f'{logged:,} logged costs, the rest at ' if logged else ''}the price of the day",
        calls=frame.height,
    )  # fmt: skip


def _latency(calls: Calls, settings: SimulationSettings) -> tuple[Floats, Evidence, str]:
    flat = settings.flat("latency").get("full")
    if flat is not None:
        return constant(flat, calls.frame.height), Evidence.ASSUMED, "a flat time"
    seconds = calls.frame["latency_s"].fill_null(np.nan).to_numpy().copy()
    seconds[~(seconds > 0)] = np.nan
    missing = np.isnan(seconds)
    if missing.any():
        _fill(calls, seconds, missing)
    logged = 1 - float(missing.mean())
    if np.isnan(seconds).all():
        return seconds, Evidence.NONE, "no time is logged, none is published"
    if logged >= MOSTLY:
        return seconds, Evidence.MEASURED, ""
    evidence = Evidence.ESTIMATED if logged > 0 else Evidence.ASSUMED
    return seconds, evidence, f"times of {int(missing.sum()):,} calls are fitted or published"


def _fill(calls: Calls, seconds: Floats, missing: Bools) -> None:
    """Fill unknown times model by model: a fit to this log, else a published speed."""
    for (name,), group in calls.frame.with_row_index("row").group_by("llm_id"):
        rows = group["row"].to_numpy()
        unknown = rows[missing[rows]]
        if not len(unknown):
            continue
        fit = fit_latency(calls.completion_tokens[rows], seconds[rows])
        tokens = calls.completion_tokens[unknown]
        if fit is not None:
            seconds[unknown] = fit.draw_s(tokens, calls.uniform[unknown])
            continue
        published = published_speed(str(name or ""))
        if published is not None:
            prompt = calls.prompt_tokens[unknown]
            seconds[unknown] = published.speed().noisy_s(prompt, tokens, calls.normal[unknown])
