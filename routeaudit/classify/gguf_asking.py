"""Ask a worker what the verdict cache does not know, and keep every answer."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeaudit.classify.verdict_cache import VerdictCache, text_key
from routeaudit.local_model.supervisor import Supervisor

log = logging.getLogger(__name__)

QUERIES_AT_ONCE = 64
Shares = NDArray[np.float32]
Pair = tuple[bytes, str]  # a text and its key


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufProgress:
    """How far a run is."""

    n_done: int
    n_all: int
    n_from_cache: int
    n_failed: int
    n_tokens: int  # decoded
    elapsed_s: float
    left_s: float  # by the characters still to read

    @property
    def tokens_per_s(self) -> float:
        """How fast tokens were decoded; 0 where none was."""
        return self.n_tokens / self.elapsed_s if self.elapsed_s else 0.0


def quiet(progress: GgufProgress) -> None:
    """Tell the log, for developers; the front desk passes in something that people see."""
    log.debug(
        "%d of %d queries, %.0f tokens/s",
        progress.n_done,
        progress.n_all,
        progress.tokens_per_s,
    )


class Asking:
    """One run over many queries."""

    def __init__(
        self, worker: Supervisor, cache: VerdictCache, progress: Callable[[GgufProgress], None]
    ) -> None:
        self._worker, self._cache, self._progress = worker, cache, progress

    def shares(self, texts: Sequence[str]) -> Shares:
        """Give (n, labels) shares in the order of the texts; NaN where the model failed."""
        keys = [text_key(text) for text in texts]
        known = self._cache.known(keys)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            # What several queries begin with is read once where they are asked together.
            self._ask(sorted(new.items(), key=lambda pair: pair[1]), known)
        unknown = np.full(self._cache.width, np.nan, dtype=np.float32)
        rows = [known.get(key, unknown) for key in keys]
        return np.array(rows, dtype=np.float32).reshape(len(keys), self._cache.width)

    def _ask(self, new: list[Pair], known: dict[bytes, Shares]) -> None:
        n_old, began = len(known), time.monotonic()
        n_tokens = n_failed = read = 0
        in_all = _characters(new)
        for start in range(0, len(new), QUERIES_AT_ONCE):
            some = new[start : start + QUERIES_AT_ONCE]
            answers = self._worker.ask([text for _, text in some])
            good = [pair[0] for pair, bad in zip(some, answers.failed, strict=True) if not bad]
            rows = answers.probabilities[~answers.failed]
            self._cache.add(good, rows)
            known.update(zip(good, rows, strict=True))
            n_tokens += int(answers.n_tokens.sum())
            n_failed += int(answers.failed.sum())
            read += _characters(some)
            elapsed_s = time.monotonic() - began
            self._progress(
                GgufProgress(
                    n_done=len(known) + n_failed,
                    n_all=n_old + len(new),
                    n_from_cache=n_old,
                    n_failed=n_failed,
                    n_tokens=n_tokens,
                    elapsed_s=elapsed_s,
                    left_s=elapsed_s * (in_all / read - 1),
                )
            )


def _characters(pairs: list[Pair]) -> int:
    return sum(len(text) + 1 for _, text in pairs)
