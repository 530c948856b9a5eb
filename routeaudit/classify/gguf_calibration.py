"""Turn a GGUF model's label shares into verdicts: bias out, calibrated where labels were at hand."""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from routeaudit.errors import ConfigError, NotEnoughEvidenceError

Shares = NDArray[np.float64]

FEWEST_FOR_TEMPERATURE = 100
FEWEST_FOR_ISOTONIC = 500
_TEMPERATURES = np.geomspace(0.2, 10, 80)
_SMALLEST = 1e-6


class GgufCalibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was fitted on labelled queries; the default changes nothing."""

    n_labelled: int = 0
    temperature: float = 1.0
    simple_from: tuple[float, ...] = ()  # steps of the raw p_simple, rising
    simple_to: tuple[float, ...] = ()  # the calibrated value at each step


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


def without_bias(shares: Shares, content_free: Shares, *, strength: float) -> Shares:
    """Divide out what the model answers to requests that say nothing.

    Args:
        shares: (n, labels), rows add up to 1.
        content_free: (m, labels) for the content-free requests; their mean is the bias.
        strength: 0 not at all, 1 wholly.

    Returns:
        (n, labels), rows add up to 1.
    """
    bias = np.clip(content_free.mean(axis=0), 1e-3, None)
    return _normalised(np.clip(shares, _SMALLEST, None) / bias**strength)


def tempered(shares: Shares, temperature: float) -> Shares:
    """Flatten (above 1) or sharpen (below 1) each row."""
    return _normalised(np.clip(shares, _SMALLEST, None) ** (1 / temperature))


def calibrated_simple(simple: Shares, calibration: GgufCalibration) -> Shares:
    """Map the raw probability of "simple" to the fitted one; unchanged where none was fitted."""
    if not calibration.simple_from:
        return simple
    return np.interp(simple, calibration.simple_from, calibration.simple_to)


def fit_calibration(
    shares: Shares, truth: NDArray[np.int64], is_simple: NDArray[np.bool_]
) -> GgufCalibration:
    """Fit on labelled queries: a temperature from 100 of them, steps for p_simple from 500.

    Args:
        shares: (n, tasks) after the bias is out.
        truth: (n,) number of the right task.
        is_simple: (tasks,) which tasks count as simple.

    Raises:
        NotEnoughEvidenceError: there are too few labels.
    """
    n = len(truth)
    if n < FEWEST_FOR_TEMPERATURE:
        raise NotEnoughEvidenceError(
            f"{n} labelled queries are too few to calibrate",
            hint=f"give {FEWEST_FOR_TEMPERATURE} or more; verdicts stay uncalibrated",
        )
    losses = [_loss(tempered(shares, float(t)), truth) for t in _TEMPERATURES]
    temperature = float(_TEMPERATURES[int(np.argmin(losses))])
    if n < FEWEST_FOR_ISOTONIC:
        return GgufCalibration(n_labelled=n, temperature=temperature)
    simple = tempered(shares, temperature) @ is_simple
    steps_from, steps_to = _isotonic(simple, is_simple[truth].astype(float))
    return GgufCalibration(
        n_labelled=n,
        temperature=temperature,
        simple_from=tuple(steps_from.tolist()),
        simple_to=tuple(steps_to.tolist()),
    )


def _loss(shares: Shares, truth: NDArray[np.int64]) -> float:
    return float(-np.log(shares[np.arange(len(truth)), truth]).mean())


def _isotonic(x: Shares, y: Shares) -> tuple[Shares, Shares]:
    """Pool neighbours that fall until the means rise; means are kept off 0 and 1."""
    order = np.argsort(x, kind="stable")
    blocks: list[list[float]] = []  # mean, size, first x, last x
    for place in order:
        blocks.append([float(y[place]), 1.0, float(x[place]), float(x[place])])
        while len(blocks) > 1 and (
            blocks[-2][0] >= blocks[-1][0] or blocks[-2][3] == blocks[-1][2]
        ):
            mean, size, _, last = blocks.pop()
            before = blocks[-1]
            total = before[1] + size
            before[0] = (before[0] * before[1] + mean * size) / total
            before[1], before[3] = total, last
    edge = 1 / (len(x) + 2)
    ends = [(end, min(max(block[0], edge), 1 - edge)) for block in blocks for end in block[2:]]
    return np.array([end for end, _ in ends]), np.array([value for _, value in ends])


def _normalised(weights: Shares) -> Shares:
    found: Shares = weights / weights.sum(axis=1, keepdims=True)
    return found
