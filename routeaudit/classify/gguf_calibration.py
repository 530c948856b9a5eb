"""Turn a GGUF model's label shares into verdicts: bias out, calibrated where labels were at hand."""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from routeaudit.errors import ConfigError, NotEnoughEvidenceError
from routeaudit.stats.calibration import (
    ISOTONIC_FROM,
    PLATT_FROM,
    Isotonic,
    Platt,
    fit_isotonic,
    fit_platt,
)

Shares = NDArray[np.float64]

_TEMPERATURES = np.geomspace(0.2, 10, 80)
_SMALLEST = 1e-6
MOST_BIAS = 4.0


class GgufCalibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was fitted on labelled queries; the default changes nothing.

    `p_simple` follows the steps where there are any, else the logistic curve.
    """

    n_labelled: int = 0
    temperature: float = 1.0
    slope: float = 1.0
    intercept: float = 0.0
    starts: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def apply(self, simple: Shares) -> Shares:
        """Map the raw probability of "simple" to the fitted one."""
        if self.starts:
            return Isotonic(starts=np.array(self.starts), values=np.array(self.values)).apply(
                simple
            )
        if (self.slope, self.intercept) == (1.0, 0.0):
            return simple
        return Platt(slope=self.slope, intercept=self.intercept).apply(simple)


def read_calibration(file: Path | None) -> GgufCalibration:
    """Read a fitted calibration; null gives the one that changes nothing.

    Raises:
        ConfigError: the file cannot be read or is no calibration.
    """
    if file is None:
        return GgufCalibration()
    try:
        return msgspec.json.decode(file.read_bytes(), type=GgufCalibration)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(f"{file} is no calibration", hint=str(error)) from error


def without_bias(
    shares: Shares, content_free: Shares, *, right: int, strength: float
) -> Shares:
    """Divide out what the model answers to requests that say nothing.

    Args:
        shares: (n, labels), rows add up to 1.
        content_free: (m, labels) for the content-free requests; their mean is the bias.
        right: number of the label that is right for a request that says nothing: to answer
            that is no bias, so it is left alone.
        strength: 0 not at all, 1 wholly.

    Returns:
        (n, labels), rows add up to 1.
    """
    lean = content_free.mean(axis=0)
    others = np.arange(len(lean)) != right
    bias = np.ones_like(lean)
    bias[others] = lean[others] / lean[others].mean()
    # Four strings are a rough measure: no label is helped or held back more than fourfold.
    bias = np.clip(bias, 1 / MOST_BIAS, MOST_BIAS)
    return _normalised(np.clip(shares, _SMALLEST, None) / bias**strength)


def tempered(shares: Shares, temperature: float) -> Shares:
    """Flatten (above 1) or sharpen (below 1) each row."""
    return _normalised(np.clip(shares, _SMALLEST, None) ** (1 / temperature))


def fit_calibration(
    shares: Shares, truth: NDArray[np.int64], is_simple: NDArray[np.bool_]
) -> GgufCalibration:
    """Fit a temperature for the tasks, and a curve or steps for p_simple, on labelled queries.

    Args:
        shares: (n, tasks) after the bias is out.
        truth: (n,) number of the right task.
        is_simple: (tasks,) which tasks count as simple.

    Raises:
        NotEnoughEvidenceError: there are too few labels.
    """
    n = len(truth)
    if n < PLATT_FROM:
        raise NotEnoughEvidenceError(
            f"{n} labelled queries are too few to calibrate",
            hint=f"give {PLATT_FROM} or more; verdicts stay uncalibrated",
        )
    losses = [_loss(tempered(shares, float(t)), truth) for t in _TEMPERATURES]
    temperature = float(_TEMPERATURES[int(np.argmin(losses))])
    simple = tempered(shares, temperature) @ is_simple
    right = is_simple[truth].astype(float)
    if n >= ISOTONIC_FROM:
        steps = fit_isotonic(simple, right)
        return GgufCalibration(
            n_labelled=n,
            temperature=temperature,
            starts=tuple(steps.starts.tolist()),
            values=tuple(steps.values.tolist()),
        )
    curve = fit_platt(simple, right)
    return GgufCalibration(
        n_labelled=n, temperature=temperature, slope=curve.slope, intercept=curve.intercept
    )


def _loss(shares: Shares, truth: NDArray[np.int64]) -> float:
    return float(-np.log(shares[np.arange(len(truth)), truth]).mean())


def _normalised(weights: Shares) -> Shares:
    found: Shares = weights / weights.sum(axis=1, keepdims=True)
    return found
