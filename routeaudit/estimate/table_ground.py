"""Make an outcome table the ground that policies are compared on."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.comparison import Asked
from routeaudit.errors import InputError
from routeaudit.estimate.ground import ArmColumns, Floats, Ground, Overhead
from routeaudit.estimate.outcomes import OutcomeTable, without_flagged
from routeaudit.estimate.settings import CLASSIFIER_S, SimulationSettings, classifier_told
from routeaudit.estimate.table_arms import (
    ChosenArms,
    Signal,
    choose_arms,
    choose_signal,
    has_signal,
)
from routeaudit.estimate.table_told import (
    above_nothing,
    groups_of,
    groups_told,
    misjoined_told,
    missing_told,
)
from routeaudit.result import Evidence, PriceUsed
from routeaudit.stats.sampling import hash_uniform

SCALES = ((0.0, 1.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))
SLACK = 0.05


class TableGround(NamedTuple):
    """The ground of a table, and what was asked of policies on it."""

    ground: Ground
    asked: Asked


def table_ground(
    table: OutcomeTable,
    settings: SimulationSettings,
    calibration: OutcomeTable | None = None,
) -> TableGround:
    """Lay a table out.

    Args:
        table: outcomes to test on.
        settings: arms, signal, flat prices and latencies.
        calibration: other outcomes, to take the quantiles of `--share` from.

    Raises:
        ConfigError: an arm, a signal or a field to drop by does not exist.
        InputError: no row is left.
    """
    table, dropped = without_flagged(table, _names(settings.drop))
    if table.n == 0:
        raise InputError("no row of the table is left", hint="check --drop")
    arms = choose_arms(table, settings.arm_names())
    first = arms.names["mid"]
    signal, sure = _scores(table, settings, first)
    visible = _visible(table, signal, sure, arms, settings)
    columns = {arm: _arm(table, settings, arm, name) for arm, name in arms.names.items()}
    scale = _scale([column.score for column in columns.values()])
    warnings = [f"arms: {arms.told}", f"signal: {signal.told}{_late(settings, signal)}"]
    if dropped:
        warnings.append(f"{dropped:,} rows dropped because {settings.drop} is set")
    warnings += missing_told(table, columns) + misjoined_told(columns) + groups_told(table)
    if calibration is not None and settings.target_failure:
        warnings.append(
            "--target-failure rests on the scores of this table: --calibrate-on sets the"
            " thresholds of --share and --escalate only"
        )
    if scale != (0.0, 1.0):
        warnings.append(_scale_told(columns.values(), scale))
    for reason, count in table.rejected.items():
        warnings.append(f"{count:,} lines were no outcome: {reason}")
    ground = Ground(
        kind="outcomes",
        currency=table.currency,
        visible=visible,
        ids=table.ids,
        keys=table.prompt_keys,
        arms=columns,
        baseline=columns["full"],
        baseline_name=f"all-full ({columns['full'].llm_id})",
        classifier=_overhead(settings, signal),
        scale=scale,
        clusters=groups_of(table),
        calls_per_month=settings.calls_per_month,
        warnings=tuple(warnings),
        classifier_told=classifier_told(settings) if signal.name == "p_simple" else "",
        confidence_told=_confidence_told(table, settings, signal, sure),
    )
    return TableGround(ground, _asked(settings, signal, sure, arms, calibration))


def _scores(
    table: OutcomeTable, settings: SimulationSettings, first: str
) -> tuple[Signal, Signal | None]:
    """Pick the score known before sending, and the confidence known after an answer."""
    asked, means = settings.signal, settings.signal_means
    if asked == "confidence":
        return _before_sending(table, first), choose_signal(table, asked, means, first)
    if not np.isnan(table.models[first]["confidence"]).all() and not asked:
        return _before_sending(table, first), choose_signal(table, "confidence", "easy", first)
    return choose_signal(table, asked, means, first), None


def _before_sending(table: OutcomeTable, first: str) -> Signal:
    """Pick what is known before sending; a table may have nothing but confidences."""
    if not has_signal(table):
        told = "none is known before sending; confidence is, after an answer"
        return Signal("", np.full(table.n, np.nan), "easy", told)
    return choose_signal(table, "", "", first)


def _late(settings: SimulationSettings, signal: Signal) -> str:
    if settings.signal != "confidence" or not signal.name:
        return ""
    return "; confidence, as asked, is known only after an answer"


def _confidence_told(
    table: OutcomeTable, settings: SimulationSettings, signal: Signal, sure: Signal | None
) -> str:
    """Say what escalation goes by, where that is not what the small model says of itself."""
    if sure is not None:
        return ""
    has_one = any(not np.isnan(c["confidence"]).all() for c in table.models.values())
    why = "as --signal asks" if has_one and settings.signal else "the table has no confidence"
    return f"escalation goes by {signal.name}: {why}"


def _visible(
    table: OutcomeTable,
    signal: Signal,
    sure: Signal | None,
    arms: ChosenArms,
    settings: SimulationSettings,
) -> pl.DataFrame:
    columns: dict[str, Floats | pl.Series] = {
        "signal": _turned(signal),
        "chance": hash_uniform(_told_apart(table.ids).to_list(), settings.seed),
        "prompt_chars": table.prompt_chars,
        "prompt_tokens": table.models[arms.names["full"]]["prompt_tokens"],
        "confidence": _turned(sure or signal),
    }
    if table.p_simple is not None:
        columns["p_simple"] = table.p_simple
    if sure is not None and sure.name == "confidence":
        for arm, name in arms.names.items():
            known = table.models[name]["confidence"]
            columns[f"confidence_{arm}"] = -known if sure.means == "hard" else known
    frame = pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
    return frame if table.verdicts is None else frame.hstack(table.verdicts)


def _told_apart(ids: pl.Series) -> pl.Series:
    """(n,) ids, the second and later rows of one numbered: chance draws each row of its own."""
    rows = ids.to_frame("id").select(
        "id", again=pl.int_range(pl.len(), dtype=pl.Int64).over("id")
    )
    numbered = pl.format("{} {}", "id", "again")
    return rows.select(pl.when(pl.col("again") > 0).then(numbered).otherwise("id")).to_series()


def _turned(signal: Signal) -> Floats:
    return -signal.values if signal.means == "hard" else signal.values


def _asked(
    settings: SimulationSettings,
    signal: Signal,
    sure: Signal | None,
    arms: ChosenArms,
    calibration: OutcomeTable | None,
) -> Asked:
    other = None
    if calibration is not None:
        calibration, _ = without_flagged(
            calibration, [n for n in _names(settings.drop) if n in calibration.flags]
        )
        found, after = _scores(calibration, settings, arms.names["mid"])
        other = pl.DataFrame({"signal": _turned(found), "confidence": _turned(after or found)})
        if found.name == "p_simple":
            other = other.with_columns(p_simple=pl.col("signal"))
    confidence = sure or signal
    turned = tuple(
        name
        for name, score in (("signal", signal), ("confidence", confidence))
        if score.means == "hard"
    )
    return Asked(
        shares=settings.shares(),
        kept=settings.kept(),
        thresholds=settings.thresholds(),
        score="p_simple" if signal.name == "p_simple" else "signal",
        turned=turned,
        arms=tuple(arms.names),
        calibration=other,
    )


def _arm(table: OutcomeTable, settings: SimulationSettings, arm: str, name: str) -> ArmColumns:
    columns, present = table.models[name], table.present[name]
    flat, flat_s = settings.flat("price").get(arm), settings.flat("latency").get(arm)
    # METHOD 4.1: a call takes some time; a log that says 0 or less does not know how much.
    cost, latency_s = columns["cost"], above_nothing(columns["latency_s"])
    own_cost = not np.isnan(cost).all() and settings.prices != "article"
    own_time = not np.isnan(latency_s).all()
    lacking = present & np.isnan(cost) if own_cost else present
    untimed = present & np.isnan(latency_s)
    if flat is not None:
        cost = np.where(lacking, flat, cost if own_cost else np.nan)
    if flat_s is not None:
        latency_s = np.where(untimed, flat_s, latency_s)
    note = _flat_told(int(lacking.sum())) if flat is not None and own_cost else ""
    own_time = own_time and (flat_s is None or not untimed.any())
    timed = own_time or not np.isnan(latency_s).all()
    return ArmColumns(
        arm=arm,
        llm_id=name,
        cost=cost,
        latency_s=latency_s,
        score=columns["score"],
        price=_price(name, cost, own=own_cost),
        latency_evidence=_time_evidence(own=own_time, known=timed),
        note=note,
    )


def _flat_told(filled: int) -> str:
    if filled:
        return f"the flat price is for {filled:,} rows; the others have costs of their own"
    return "the table has costs of its own: the flat price was not needed"


def _time_evidence(*, own: bool, known: bool) -> Evidence:
    if own:
        return Evidence.MEASURED
    return Evidence.ASSUMED if known else Evidence.NONE


def _price(name: str, cost: Floats, *, own: bool) -> PriceUsed:
    known = int((~np.isnan(cost)).sum())
    status, source = ("table", "the table's own costs") if own else ("flat", "a flat price")
    if not known:
        status, source = "unknown", ""
    return PriceUsed(
        llm_id=name, provider=None, input_usd_per_mtok=None, output_usd_per_mtok=None,
        cached_usd_per_mtok=None, status=status, source=source, calls=known,  # type: ignore[arg-type]  # one of the three literals
    )  # fmt: skip


def _overhead(settings: SimulationSettings, signal: Signal) -> Overhead:
    """A signal that the table brings costs nothing; a classifier does."""
    cost = settings.classifier_price
    seconds = settings.flat("latency").get("classifier", settings.classifier_s)
    default_s = CLASSIFIER_S if signal.name == "p_simple" else 0.0
    return Overhead(cost, default_s if seconds is None else seconds)


def _scale(scores: list[Floats]) -> tuple[float, float]:
    known = np.concatenate(scores)
    known = known[~np.isnan(known)]
    if not len(known):
        return SCALES[0]
    low, high = float(known.min()), float(known.max())
    top = next((most for _, most in SCALES if high <= most), high)
    # Some scorers give a little less than nothing for a bad answer; -1..1 is no part of 0..100.
    fits = (
        (least, most)
        for least, most in SCALES
        if most == top and least - SLACK * (most - least) <= low
    )
    return next(fits, (low, max(high, low + 1)))


def _scale_told(columns: Iterable[ArmColumns], scale: tuple[float, float]) -> str:
    """Say how scores are read, and between which ends they lie: the guess may be wrong."""
    known = np.concatenate([column.score for column in columns])
    return (
        f"scores are read as {scale[0]:g}..{scale[1]:g} (those here: {np.nanmin(known):g} to"
        f" {np.nanmax(known):g}); failure is 1 - their share of it: give them as 0..1 where that"
        " is not meant"
    )


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
