"""A few human labels and many machine judgements, joined into one share with a valid interval."""

from dataclasses import dataclass

import numpy as np

from routeaudit.stats.binomial import wilson
from routeaudit.stats.figures import CONFIDENCE, Bools, Figure, Floats, Interval, known, refused

LEAST_HUMAN = 200
_LEAST_JUDGED, _LEAST_BAD = 100, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A mean in 0..1 with its interval; `trust` is the weight that the judge got, 0 to 1."""

    value: float
    interval: Interval
    trust: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeQuality:
    """How often the judge accepts what humans accept, and refuses what they refuse."""

    sensitivity: Figure
    specificity: Figure


def prediction_powered(
    judged: Floats, judged_labelled: Floats, human: Floats, confidence: float = CONFIDENCE
) -> Share | None:
    """Estimate a mean from many judgements, corrected by a few human labels (PPI++).

    Args:
        judged: (N,) the judge's scores of rows without a label.
        judged_labelled: (n,) its scores of the labelled rows, a random part of the same traffic.
        human: (n,) the labels of those rows, 0..1.
        confidence: of the two-sided interval.

    Returns:
        Never wider in the long run than the labels alone, because a useless judge gets no
        weight. Below 200 labels the labels alone, with Wilson's interval; null without labels.
    """
    n, n_judged = len(human), len(judged)
    if n == 0:
        return None
    if n < LEAST_HUMAN or n_judged == 0:
        alone = float(human.mean())
        interval = wilson(alone * n, n, confidence) or Interval(0.0, 1.0)
        return Share(value=alone, interval=interval, trust=0.0)
    trust = _trust(judged, judged_labelled, human)
    correction = human - trust * judged_labelled
    value = trust * float(judged.mean()) + float(correction.mean())
    variance = trust**2 * judged.var() / n_judged + correction.var(ddof=1) / n
    value = min(max(value, 0.0), 1.0)
    # The normal interval covers too little near 0 and 1. Wilson's, for the plain sample that
    # would be worth as much, covers what it should.
    settled = variance == 0 or value in (0.0, 1.0)
    worth = n if settled else value * (1 - value) / float(variance)
    interval = wilson(value * worth, worth, confidence) or Interval(0.0, 1.0)
    return Share(value=value, interval=interval, trust=trust)


def judge_quality(judge_accepts: Bools, human_accepts: Bools) -> JudgeQuality:
    """Measure a judge on rows that humans labelled too.

    Refused below 100 rows or 20 bad ones: the specificity would be a guess.
    """
    bad = ~human_accepts
    if len(human_accepts) < _LEAST_JUDGED or bad.sum() < _LEAST_BAD:
        reason = f"needs {_LEAST_JUDGED} human-labelled rows with {_LEAST_BAD} bad ones"
        return JudgeQuality(sensitivity=refused(reason), specificity=refused(reason))
    if bad.all():
        reason = "humans accepted none of the rows"
        return JudgeQuality(sensitivity=refused(reason), specificity=refused(reason))
    return JudgeQuality(
        sensitivity=known(judge_accepts[human_accepts].mean()),
        specificity=known((~judge_accepts[bad]).mean()),
    )


def rogan_gladen(accepted: float, quality: JudgeQuality) -> Figure:
    """Correct a judge's acceptance rate for its own errors; clipped to 0..1.

    Refused where the judge is no better than a coin (sensitivity + specificity <= 1).
    """
    sensitivity, specificity = quality.sensitivity.value, quality.specificity.value
    if sensitivity is None or specificity is None:
        return refused(quality.sensitivity.reason or quality.specificity.reason)
    if sensitivity + specificity <= 1:
        return refused("the judge is no better than a coin")
    corrected = (accepted + specificity - 1) / (sensitivity + specificity - 1)
    return known(min(max(corrected, 0.0), 1.0))


def _trust(judged: Floats, judged_labelled: Floats, human: Floats) -> float:
    spread = np.concatenate([judged, judged_labelled]).var()
    if spread == 0:
        return 0.0
    together = np.cov(judged_labelled, human)[0, 1]
    return float(np.clip(together / ((1 + len(human) / len(judged)) * spread), 0, 1))
