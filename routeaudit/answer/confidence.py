"""How sure a small model is of an answer, as a probability of being good enough.

Where the set of answers is closed, the share of the label's probability; for text a logistic
curve over log-probability features; both calibrated on scored answers as far as these go.
"""

from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl

from routeaudit.stats.calibration import (
    ISOTONIC_FROM,
    PLATT_FROM,
    Calibrator,
    Split,
    auroc,
    expected_calibration_error,
    fit_isotonic,
    fit_platt,
    reliability,
    three_way_split,
)
from routeaudit.stats.figures import Bools, Floats
from routeaudit.stats.logistic import fit_logistic
from routeaudit.stats.sampling import hash_uniform

FEATURES_FROM = 250
FEATURES = ("logprob_mean", "logprob_min", "logprob_q10")
ARTICLE_THRESHOLD = 0.85
_EDGE = 1e-6


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of the reliability plot: mean confidence, share accepted, answers."""

    predicted: float
    observed: float
    answers: int


class ConfidenceReport(msgspec.Struct, frozen=True, kw_only=True):
    """How good the confidence is, measured on answers that it was not fitted on.

    Attributes:
        scale: calibrated, or raw (then 0.85 is no probability).
        method: how it was made, in words.
        scored: answers with a verdict; `tested` of them were kept for these figures.
        ece: expected calibration error of the confidence, and `ece_raw` of the raw score;
            null where nothing could be tested.
        auroc: chance that a good answer has the higher confidence; null likewise.
        kept_raw: share of the traffic at 0.85 or more on the raw score, `kept` on this one.
    """

    scale: str
    method: str
    scored: int
    tested: int
    ece: float | None
    ece_raw: float | None
    auroc: float | None
    kept_raw: float | None
    kept: float | None
    bins: tuple[Bin, ...] = ()


class Confident(NamedTuple):
    """(n,) confidence of each answer, NaN where it must escalate; and what it is worth.

    `tested` marks the scored answers that nothing was fitted on: only they may prove anything.
    It holds answers that must escalate too: another policy might serve them.
    """

    confidence: Floats
    raw: Floats
    tested: Bools
    report: ConfidenceReport


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    scores: Floats
    scale: str
    method: str


def confident(answered: pl.DataFrame, seed: int = 0) -> Confident:
    """Work out the confidence of answers.

    Args:
        answered: (n,) of ANSWERED_COLUMNS.
        seed: which clusters fit, calibrate and test.
    """
    raw = raw_confidence(answered)
    told = answered["accepted"].is_not_null().to_numpy()
    scored = told & ~np.isnan(raw)
    accepted = answered["accepted"].cast(pl.Float64).fill_null(0.0).to_numpy()
    split = three_way_split(hash_uniform(answered["cluster"].to_list(), seed))
    fitted = _fitted(answered, raw, accepted, _within(split, scored))
    tested = told & (split.test if fitted.scale == "calibrated" else True)
    weight = answered["weight"].to_numpy()
    return Confident(
        confidence=fitted.scores,
        raw=raw,
        tested=tested,
        report=_report(fitted, raw, accepted, weight, scored, tested & scored),
    )


def raw_confidence(answered: pl.DataFrame) -> Floats:
    """(n,) label share in closed sets, else exp(mean log-probability); NaN must escalate."""
    told = answered.select(
        pl.when(~pl.col("must_escalate")).then(
            pl.coalesce("choice_share", pl.col("logprob_mean").exp())
        )
    ).to_series()
    found: Floats = told.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return found


def _within(split: Split, rows: Bools) -> Split:
    return Split(split.fit & rows, split.calibrate & rows, split.test & rows)


def _fitted(answered: pl.DataFrame, raw: Floats, accepted: Floats, split: Split) -> _Fitted:
    n = int(sum(part.sum() for part in split))
    if n < PLATT_FROM:
        return _Fitted(scores=raw, scale="raw", method=f"uncalibrated: {n} scored answers")
    if n < FEATURES_FROM:
        rows = split.fit | split.calibrate
        curve: Calibrator = fit_platt(raw[rows], accepted[rows])
        return _Fitted(scores=curve.apply(raw), scale="calibrated", method="raw score, Platt")
    scores = _featured(answered, raw, accepted, split.fit)
    rows = split.calibrate
    enough = int(rows.sum()) >= ISOTONIC_FROM
    curve = (fit_isotonic if enough else fit_platt)(scores[rows], accepted[rows])
    name = "isotonic" if enough else "Platt"
    return _Fitted(
        scores=curve.apply(scores),
        scale="calibrated",
        method=f"log-probability features, {name}",
    )


def _featured(answered: pl.DataFrame, raw: Floats, accepted: Floats, rows: Bools) -> Floats:
    """(n,) a logistic score over features, fitted on some rows; NaN stays NaN."""
    columns = features(answered, raw)
    if len(np.unique(accepted[rows])) < 2:  # noqa: PLR2004 good and bad ones
        return raw
    scores = fit_logistic(columns[rows], accepted[rows]).apply(np.nan_to_num(columns))
    return np.where(np.isnan(raw), np.nan, scores)


def features(answered: pl.DataFrame, raw: Floats) -> Floats:
    """(n, k) logit of the raw score, log-probabilities, log lengths, and the task."""
    inside = np.clip(raw, _EDGE, 1 - _EDGE)
    told = answered.select(
        pl.col(FEATURES),
        pl.col("answer_tokens").cast(pl.Float64).log1p(),
        pl.col("prompt_tokens").cast(pl.Float64).log1p().alias("log_in"),
    )
    tasks = answered["task"].fill_null("unknown").to_dummies(drop_first=True)
    return np.column_stack(
        [
            np.log(inside / (1 - inside)),
            told.fill_null(np.nan).to_numpy(),
            tasks.cast(pl.Float64).to_numpy(),
        ]
    )


def _report(
    fitted: _Fitted, raw: Floats, accepted: Floats, weight: Floats, scored: Bools, tested: Bools
) -> ConfidenceReport:
    scores, good = fitted.scores[tested], accepted[tested]
    table = reliability(scores, good) if len(scores) else None
    bins = () if table is None else tuple(
        Bin(predicted=p, observed=o, answers=n)
        for p, o, n in zip(*(column.tolist() for column in table), strict=True)
    )  # fmt: skip
    return ConfidenceReport(
        scale=fitted.scale,
        method=fitted.method,
        scored=int(scored.sum()),
        tested=int(tested.sum()),
        ece=expected_calibration_error(scores, good).value,
        ece_raw=expected_calibration_error(raw[tested], good).value,
        auroc=auroc(scores, good > 0).value,
        kept_raw=_kept(raw, weight),
        kept=_kept(fitted.scores, weight),
        bins=bins,
    )


def _kept(scores: Floats, weight: Floats) -> float | None:
    if not len(scores):
        return None
    return float(weight[scores >= ARTICLE_THRESHOLD].sum() / weight.sum())
