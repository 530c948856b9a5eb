"""How long a call takes, from its tokens: fitted to a log, or from a model's known speed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from routeaudit.stats.figures import Floats

RESIDUALS = 512
_BINS = 40
_LEAST_ROWS = 200
_LEAST_DISTINCT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyFit:
    """`start_s + s_per_token * output tokens`, times a residual drawn from those of the log.

    `residuals` (512,) are rising quantiles of logged over fitted time. The line alone would
    understate the tail.
    """

    start_s: float
    s_per_token: float
    residuals: Floats
    rows: int

    def line_s(self, output_tokens: npt.ArrayLike) -> Floats:
        """(n,) seconds on the fitted line, the middle of what a call takes."""
        line: Floats = self.start_s + self.s_per_token * np.asarray(output_tokens, np.float64)
        return line

    def draw_s(self, output_tokens: npt.ArrayLike, uniform: Floats) -> Floats:
        """(n,) seconds with a residual for each row, picked by its number in [0, 1)."""
        picked = (uniform * len(self.residuals)).astype(np.int64)
        return self.line_s(output_tokens) * self.residuals[picked]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSpeed:
    """A model's speed: seconds to the first token, tokens per second read and written.

    `sigma` is the spread of the log-normal noise on the whole.
    """

    first_token_s: float
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    sigma: float = 0.0

    def service_s(self, input_tokens: npt.ArrayLike, output_tokens: npt.ArrayLike) -> Floats:
        """(n,) seconds that a call takes, without noise and without waiting."""
        prompt = np.asarray(input_tokens, dtype=np.float64) / self.prefill_tokens_per_s
        # The first token comes out of the prefill.
        decoded = np.maximum(np.asarray(output_tokens, dtype=np.float64) - 1, 0)
        service: Floats = self.first_token_s + prompt + decoded / self.decode_tokens_per_s
        return service

    def noisy_s(
        self, input_tokens: npt.ArrayLike, output_tokens: npt.ArrayLike, normal: Floats
    ) -> Floats:
        """(n,) as `service_s`, times exp(sigma z) with each row's own z."""
        noisy: Floats = self.service_s(input_tokens, output_tokens) * np.exp(
            self.sigma * normal
        )
        return noisy


def fit_latency(output_tokens: npt.ArrayLike, latency_s: npt.ArrayLike) -> LatencyFit | None:
    """Fit one model's logged times by the medians of 40 bins of equal count.

    Args:
        output_tokens: (n,) of successful calls; NaN is unknown.
        latency_s: (n,) whole response times; rows of NaN or <= 0 are left out.

    Returns:
        A constant (the median) below 200 rows or 5 distinct lengths, and where the line would
        fall or start below zero; null when no row is left.
    """
    tokens, seconds = np.asarray(output_tokens, np.float64), np.asarray(latency_s, np.float64)
    usable = np.isfinite(tokens) & (seconds > 0) & np.isfinite(seconds)
    tokens, seconds = tokens[usable], seconds[usable]
    if len(seconds) == 0:
        return None
    start, slope = _line(tokens, seconds)
    if slope <= 0 or start < 0:
        start, slope = float(np.median(seconds)), 0.0
    ratios = seconds / (start + slope * tokens)
    middles = (np.arange(RESIDUALS) + 0.5) / RESIDUALS
    return LatencyFit(
        start_s=start,
        s_per_token=slope,
        residuals=np.quantile(ratios, middles),
        rows=len(seconds),
    )


def _line(tokens: Floats, seconds: Floats) -> tuple[float, float]:
    if len(tokens) < _LEAST_ROWS or len(np.unique(tokens)) < _LEAST_DISTINCT:
        return 0.0, 0.0
    order = np.argsort(tokens, kind="stable")
    bins = [part for part in np.array_split(order, _BINS) if len(part)]
    middle_tokens = np.array([np.median(tokens[part]) for part in bins])
    middle_s = np.array([np.median(seconds[part]) for part in bins])
    # Times spread in proportion to their size, so a bin counts by 1 / median squared.
    weight = 1 / middle_s**2
    centre_tokens = np.average(middle_tokens, weights=weight)
    centre_s = np.average(middle_s, weights=weight)
    spread = np.sum(weight * (middle_tokens - centre_tokens) ** 2)
    if spread <= 0:
        return 0.0, 0.0
    slope = np.sum(weight * (middle_tokens - centre_tokens) * (middle_s - centre_s)) / spread
    return float(centre_s - slope * centre_tokens), float(slope)
