"""What a judging model's verdicts are worth, held against people's."""

from collections.abc import Mapping

import msgspec
import numpy as np
import polars as pl

from routeaudit.stats.prediction_powered import judge_quality, prediction_powered, rogan_gladen

JUDGE = "judge"


class JudgeShown(msgspec.Struct, frozen=True, kw_only=True):
    """How far a judging model can be trusted, against the people who saw the same answers.

    Attributes:
        judges: who judged; of several the last word on an answer counts, and the figures below
            are of their mix.
        judged: answers that it saw; `accepted` is the share that it accepted.
        labelled: of those, answers that a person judged too.
        sensitivity: share of what people accept that it accepts; null with the reason in `note`
            below 100 labels, or 20 bad ones; `specificity` likewise of what they refuse.
        rogan_gladen: `accepted`, corrected for its errors; null where these are not known.
        corrected: `accepted`, corrected by the labels (prediction-powered); null without labels.
        interval: of it, 95 %.
    """

    judges: tuple[str, ...]
    judged: int
    accepted: float
    labelled: int
    sensitivity: float | None
    specificity: float | None
    rogan_gladen: float | None
    corrected: float | None
    interval: tuple[float, float] | None
    note: str


def with_judged(answered: pl.DataFrame, judged: Mapping[str, bool]) -> pl.DataFrame:
    """Let the judge decide what no scorer could."""
    if not judged:
        return answered
    told = pl.col("query_key").replace_strict(judged, default=None, return_dtype=pl.Boolean)
    asked = pl.col("accepted").is_null() & told.is_not_null()
    return answered.with_columns(
        accepted=pl.coalesce("accepted", told),
        scorer=pl.when(asked).then(pl.lit(JUDGE)).otherwise("scorer"),
    )


def judge_shown(
    judges: tuple[str, ...], judged: Mapping[str, bool], labels: Mapping[str, str]
) -> JudgeShown | None:
    """Hold the judge against people; null where there was no judge."""
    if not judged:
        return None
    both = [key for key in judged if labels.get(key, "skip") != "skip"]
    machine = np.array([judged[key] for key in both], dtype=bool)
    human = np.array([labels[key] != "bad" for key in both], dtype=bool)
    rest = np.array([judged[key] for key in judged if key not in set(both)], dtype=float)
    quality = judge_quality(machine, human)
    accepted = float(np.mean(list(judged.values())))
    share = prediction_powered(rest, machine.astype(float), human.astype(float))
    return JudgeShown(
        judges=judges,
        judged=len(judged),
        accepted=accepted,
        labelled=len(both),
        sensitivity=quality.sensitivity.value,
        specificity=quality.specificity.value,
        rogan_gladen=rogan_gladen(accepted, quality).value,
        corrected=None if share is None else share.value,
        interval=None if share is None else (share.interval.low, share.interval.high),
        note=quality.sensitivity.reason,
    )
