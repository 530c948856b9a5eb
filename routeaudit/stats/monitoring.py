"""Watch a failure rate week by week, without crying wolf for looking often.

A Shiryaev-Roberts e-detector: while the true rate keeps its limit, false alarms lie 104 weeks
apart or more on average, whatever the number of answers scored each week.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.errors import ConfigError
from routeaudit.stats.figures import CONFIDENCE, Floats, Interval

ALARM_AT = 104.0
LIFTS = (1.25, 1.5, 2.0, 3.0, 5.0)
_HIGHEST_RATE = 0.9
_PRIOR_BAD, _PRIOR_GOOD = 0.5, 9.5
_HALVINGS = 60


class Week(NamedTuple):
    """One look: scored served answers, failures among them, and the build that answered."""

    name: str
    scored: int
    failures: int
    build: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """The evidence so far that the rate is over its limit, and the weeks behind it.

    `log_evidence` is the logarithm of the Shiryaev-Roberts statistic; minus infinity at the
    start. Make a new one when the small model, the prompt, the threshold or the calibrator
    changes: `watch` does so when the build does.
    """

    limit: float
    log_evidence: float = -math.inf
    weeks: tuple[Week, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.limit < _HIGHEST_RATE / min(LIFTS):
            raise ConfigError(
                f"a failure rate of {self.limit} cannot be watched",
                hint="choose a limit between 0 and 0.72",
            )

    @property
    def alarm(self) -> bool:
        """Whether it is time to retrain or to adjust the threshold."""
        return self.log_evidence >= math.log(ALARM_AT)

    @property
    def rate_interval(self) -> Interval:
        """The failure rate since the start, valid at every look at once (95 %)."""
        scored = sum(week.scored for week in self.weeks)
        return anytime_interval(sum(week.failures for week in self.weeks), scored)


def watch(detector: Detector, week: Week) -> Detector:
    """Add a week; one without scored answers changes nothing, another build starts anew."""
    if detector.weeks and detector.weeks[-1].build != week.build:
        detector = Detector(limit=detector.limit)
    evidence = detector.log_evidence
    if week.scored:
        gained = log_e_value(week.failures, week.scored, detector.limit)
        evidence = float(np.logaddexp(evidence, 0.0) + gained)
    return Detector(limit=detector.limit, log_evidence=evidence, weeks=(*detector.weeks, week))


def log_e_value(failures: npt.ArrayLike, scored: npt.ArrayLike, limit: float) -> Floats:
    """Give the log of the week's evidence for a rate over the limit, mixed over five lifts.

    Its mean is at most 1 (before the log) for any true rate up to the limit.
    """
    k, n = np.asarray(failures, np.float64), np.asarray(scored, np.float64)
    rates = np.minimum(np.array(LIFTS) * limit, _HIGHEST_RATE)
    up, down = np.log(rates / limit), np.log((1 - rates) / (1 - limit))
    each = k[..., None] * up + (n - k)[..., None] * down
    evidence: Floats = np.logaddexp.reduce(each, axis=-1) - math.log(len(LIFTS))
    return evidence


def anytime_interval(failures: int, scored: int, confidence: float = CONFIDENCE) -> Interval:
    """Give an interval that holds at all looks at once (beta-binomial mixture).

    The rates p whose likelihood is not beaten 1 / (1 - confidence) times by a Beta(.5, 9.5)
    mixture; 0 .. 1 when nothing was scored.
    """
    if scored == 0:
        return Interval(0.0, 1.0)
    good = scored - failures
    mixed = _log_beta(_PRIOR_BAD + failures, _PRIOR_GOOD + good)
    mixed -= _log_beta(_PRIOR_BAD, _PRIOR_GOOD)
    least = mixed + math.log(1 - confidence)
    middle = failures / scored

    def inside(rate: float) -> bool:
        bad = failures * math.log(rate) if failures else 0.0
        return bad + (good * math.log1p(-rate) if good else 0.0) > least

    low = 0.0 if failures == 0 else _edge(0.0, middle, inside)
    high = 1.0 if good == 0 else _edge(1.0, middle, inside)
    return Interval(low, high)


def _edge(outside: float, within: float, inside: Callable[[float], bool]) -> float:
    for _ in range(_HALVINGS):
        middle = (outside + within) / 2
        outside, within = (outside, middle) if inside(middle) else (middle, within)
    return outside


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
