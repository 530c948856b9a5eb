"""The classifier that ships inside the package: hashed n-grams and a linear head, in numpy."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.classify.calibrate import EVEN, Calibration, novelty, probabilities
from routeaudit.classify.grams import grams
from routeaudit.classify.parts import marked
from routeaudit.classify.weights import Weights, load, score
from routeaudit.frames import TASKS, TIERS, VERDICT_COLUMNS, Verdicts, as_verdicts
from routeaudit.options import option

SHIPPED = Path(__file__).parent.parent / "weights" / "embedded.npz"
_BATCH = 2_048  # keeps the working arrays inside the processor's cache


class _Judged(NamedTuple):
    task: npt.NDArray[np.float32]
    tier: npt.NDArray[np.float32]
    simple: npt.NDArray[np.float32]
    novelty: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Judges text alone, offline, in microseconds; knows nothing of the call around it."""

    weights_file: str = option(
        "", "weights trained on your own labels; empty: the shipped ones"
    )

    @property
    def fingerprint(self) -> str:
        """Name the weights; they hold all that a verdict depends on."""
        return f"embedded-{self.weights.fingerprint()}"

    @property
    def weights(self) -> Weights:
        """Give the weights, read once.

        Raises:
            ModelError: the file is missing or holds no weights.
        """
        return _loaded(self.weights_file)

    @property
    def digests(self) -> dict[str, str]:
        """Give the digest of the weights; there is no prompt."""
        return {"model": self.weights.fingerprint()}

    def classify(self, queries: pl.Series) -> Verdicts:
        """Judge each query.

        Args:
            queries: (n,) strings, none null.

        Returns:
            (n,) verdicts in the same order.

        Raises:
            ModelError: the weights file cannot be read.
        """
        weights = self.weights
        texts = queries.to_list()
        batches = [
            _judge(texts[first : first + _BATCH], weights)
            for first in range(0, max(len(texts), 1), _BATCH)
        ]
        return _verdicts(
            _Judged(*(np.concatenate(column) for column in zip(*batches, strict=True)))
        )


PLUGIN = Embedded


@cache
def _loaded(weights_file: str) -> Weights:
    return load(Path(weights_file) if weights_file else SHIPPED)


def _judge(texts: list[str], weights: Weights) -> _Judged:
    fitted = Calibration(*map(float, weights.calibration))
    scores = score(grams([marked(text) for text in texts]), len(texts), weights)
    likely = probabilities(scores.logits, fitted)
    return _Judged(likely.task, likely.tier, likely.simple, novelty(scores.unknown, fitted))


def _verdicts(judged: _Judged) -> Verdicts:
    task = pl.Series("task", np.array(TASKS)[judged.task.argmax(axis=1)], pl.String)
    small = np.where(judged.tier[:, 0] >= judged.tier[:, 1], 0, 1)
    tier = np.where(judged.simple >= EVEN, small, 2)
    frame = pl.DataFrame(
        {
            "task": task,
            "tier": pl.Series("tier", np.array(TIERS)[tier], pl.String),
            "p_simple": judged.simple,
            "p_task": pl.Series("p_task", judged.task, VERDICT_COLUMNS["p_task"].dtype),
            "p_tier": pl.Series("p_tier", judged.tier, VERDICT_COLUMNS["p_tier"].dtype),
            "novelty": judged.novelty,
            "classifier_error": pl.repeat(value=False, n=len(judged.simple), eager=True),
        }
    )
    return as_verdicts(frame)
