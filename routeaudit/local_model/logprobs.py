"""What a model thought of the tokens that it wrote: pure arithmetic, no llama.cpp."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeaudit.local_model.written import Written

QUANTILES = (0.05, 0.10, 0.25, 0.50)


class Picked(NamedTuple):
    """(n,) the likeliest token of each row, its log-probability, and its lead p1 - p2."""

    tokens: NDArray[np.int64]
    logprobs: NDArray[np.float64]
    margins: NDArray[np.float64]


def pick(logits: NDArray[np.float32]) -> Picked:
    """Pick the likeliest tokens.

    Args:
        logits: (n, vocabulary), at least two tokens wide.
    """
    rows = np.arange(len(logits))
    best = logits.argmax(axis=1)
    highest = logits[rows, best].astype(np.float64)
    with np.errstate(over="ignore"):
        total = np.exp(logits - highest[:, None].astype(np.float32)).sum(axis=1, dtype=float)
    rest = logits.copy()
    rest[rows, best] = -np.inf
    second = rest.max(axis=1).astype(np.float64)
    logprobs = -np.log(total)
    margins = np.exp(logprobs) - np.exp(second - highest + logprobs)
    return Picked(best, logprobs, margins)


class Choices:
    """Follows which allowed answers are still possible, token by token.

    The share of the answer is the product, over the places where allowed answers part, of the
    probability of the way taken among the ways that were open.
    """

    def __init__(self, answers: Sequence[Sequence[int]]) -> None:
        self._open = [tuple(answer) for answer in answers if answer]
        self._place = 0
        self.share: float | None = 1.0 if len(self._open) > 1 else None

    def follow(self, token: int, logits: NDArray[np.float32]) -> None:
        """Take one step.

        Args:
            token: that was written.
            logits: (vocabulary,) it was picked from.
        """
        if self.share is None or len(self._open) <= 1:
            return
        place = self._place
        ways = sorted({answer[place] for answer in self._open if len(answer) > place})
        if token not in ways:
            # None of the allowed answers, unless one has just been spelled out.
            spelled = place > 0 and any(len(answer) == place for answer in self._open)
            self.share = self.share if spelled else None
            self._open = []
            return
        scores = logits[ways].astype(np.float64)
        shares = np.exp(scores - scores.max())
        self.share *= float(shares[ways.index(token)] / shares.sum())
        self._open = [a for a in self._open if len(a) > place and a[place] == token]
        self._place += 1


class Summed(NamedTuple):
    """An answer's tokens summed up; all null for an answer without tokens."""

    total: float | None = None
    least: float | None = None
    quantiles: tuple[float, float, float, float] | None = None
    margin_mean: float | None = None
    margin_min: float | None = None


def summed(logprobs: Sequence[float], margins: Sequence[float]) -> Summed:
    """Sum an answer's tokens up."""
    if not logprobs:
        return Summed()
    values = np.array(logprobs)
    q05, q10, q25, q50 = np.quantile(values, QUANTILES).tolist()
    return Summed(
        total=float(values.sum()),
        least=float(values.min()),
        quantiles=(q05, q10, q25, q50),
        margin_mean=float(np.mean(margins)),
        margin_min=float(np.min(margins)),
    )


def nothing(finish_reason: str, prompt_tokens: int) -> Written:
    """Make the record of an answer that was never begun."""
    return Written(
        text="", finish_reason=finish_reason, prompt_tokens=prompt_tokens, answer_tokens=0,
        logprob_sum=None, logprob_min=None, quantiles=None, margin_mean=None, margin_min=None,
        choice_share=None, first_token_s=None, total_s=0.0,
    )  # fmt: skip
