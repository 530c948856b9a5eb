"""A local model in a GGUF file reads every query: one letter's probabilities, never its text."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from routeaudit.classify.gguf_asking import Asking, GgufProgress, Shares, quiet
from routeaudit.classify.gguf_calibration import (
    GgufCalibration,
    read_calibration,
    tempered,
    without_bias,
)
from routeaudit.classify.gguf_prompt import (
    Prompt,
    defused,
    prompt_digest_text,
    question_for,
    read_prompt,
)
from routeaudit.classify.verdict_cache import VerdictCache, text_key
from routeaudit.errors import ModelError
from routeaudit.frames import TASKS, TIERS, VERDICT_COLUMNS, Verdicts, as_verdicts
from routeaudit.local_model.catalogue import find_file
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.gguf_header import digest
from routeaudit.local_model.question import Question
from routeaudit.local_model.standing import standing_worker
from routeaudit.local_model.supervisor import WorkerSettings
from routeaudit.options import check, option

METHOD = 2  # raise it when code changes what is asked or how answers become verdicts
SAYS_NOTHING = "ambiguous"  # the right answer to a content-free request


@dataclass(frozen=True, kw_only=True)
class Gguf:
    """Asks a GGUF model for the kind of work, by the probability of each label."""

    model_file: str = option("phi-3-mini", "a .gguf file, or a name from `models list`")
    prompt: str | None = option(None, "a prompt file; see `routeaudit prompt show`")
    calibration: str | None = option(None, "a calibration fitted on labelled queries")
    cache: str | None = option(None, "file that keeps verdicts; none keeps them in memory")
    threads: int = option(0, "processors to use; 0 uses all", low=0, high=1024)
    gpu_layers: int = option(0, "layers to put on a GPU; -1 puts all", low=-1, high=10_000)
    batch_tokens: int = option(
        256, "tokens decoded at once; a GPU likes more", low=32, high=65_536
    )
    silence_s: float = option(180.0, "a worker silent for so long is given up", low=0.1)
    factory: str = field(default="routeaudit.local_model.engine:LabelEngine", repr=False)
    progress: Callable[[GgufProgress], None] = field(default=quiet, repr=False)

    def __post_init__(self) -> None:
        check(self)

    @cached_property
    def file(self) -> Path:
        """The model file.

        Raises:
            ModelError: it is not there; the hint says how to get it.
        """
        return find_file(self.model_file)

    @cached_property
    def prompt_used(self) -> Prompt:
        """The prompt, read and checked."""
        return read_prompt(Path(self.prompt) if self.prompt else None)

    @cached_property
    def calibration_used(self) -> GgufCalibration:
        """The calibration; one that changes nothing where none was named."""
        return read_calibration(Path(self.calibration) if self.calibration else None)

    @cached_property
    def fingerprint(self) -> str:
        """Hash the weights, the prompt, the calibration, the library's version and the GPU split."""
        parts = (
            digest(self.file),
            prompt_digest_text(self.prompt_used),
            repr(self.calibration_used),
            _library_version(),
            f"gpu_layers={self.gpu_layers}",
            f"method={METHOD}",
        )
        return f"gguf-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:32]}"

    @cached_property
    def question(self) -> Question:
        """The prompt in the file's own chat template.

        Raises:
            ModelError: the file is unfit, or has no chat template.
        """
        return question_for(self.file, self.prompt_used)

    @property
    def digests(self) -> dict[str, str]:
        """Give the SHA-256 of the weights and of the prompt."""
        words = prompt_digest_text(self.prompt_used).encode()
        return {"model": digest(self.file), "prompt": hashlib.sha256(words).hexdigest()}

    def classify(self, queries: pl.Series) -> Verdicts:
        """Judge distinct queries.

        Args:
            queries: (n,) strings, none null.

        Returns:
            (n,) verdicts in the same order; `novelty` is null (this classifier cannot tell),
            and all is null but `classifier_error` where the model failed on the query.

        Raises:
            ModelError: the file is unfit for this, or fails on every query.
            ConfigError: the prompt file or the calibration is wrong.
        """
        prompt = self.prompt_used
        texts = [defused(prompt, text) for text in queries]
        with standing_worker(self.worker_settings()) as model_worker, self._kept() as cache:
            shares = Asking(model_worker, cache, self.progress).shares(texts)
            silent = (
                Asking(model_worker, cache, quiet).shares(list(prompt.content_free))
                if prompt.bias_correction
                else None
            )
        return self._verdicts(shares, silent)

    def load(self) -> None:
        """Start the worker and load the file, so that what follows is reading alone.

        Raises:
            ModelError: the file is unfit for this.
            ConfigError: the prompt file is wrong.
        """
        with standing_worker(self.worker_settings()) as model_worker:
            _ = model_worker.worker

    def is_kept(self, queries: pl.Series) -> NDArray[np.bool_]:
        """Tell which of (n,) queries have a verdict in the cache."""
        keys = [text_key(defused(self.prompt_used, text)) for text in queries]
        with self._kept() as cache:
            known = cache.known(keys)
        return np.array([key in known for key in keys], dtype=np.bool_)

    def _kept(self) -> VerdictCache:
        file = Path(self.cache) if self.cache else None
        return VerdictCache(file, self.fingerprint, width=len(self.prompt_used.labels))

    def worker_settings(self) -> WorkerSettings:
        """Say what a worker process is to load and to ask.

        Raises:
            ModelError: the file is unfit, or has no chat template.
            ConfigError: the prompt file is wrong.
        """
        return WorkerSettings(
            engine=EngineSettings(
                file=str(self.file),
                threads=self.threads,
                gpu_layers=self.gpu_layers,
                batch_tokens=self.batch_tokens,
            ),
            question=self.question,
            silence_s=self.silence_s,
            factory=self.factory,
        )

    def _verdicts(self, shares: Shares, silent: Shares | None) -> Verdicts:
        prompt, fitted = self.prompt_used, self.calibration_used
        failed = _unanswered(shares)
        p = np.where(failed[:, None], 1 / shares.shape[1], shares).astype(float)
        if silent is not None:
            heard = silent[~_unanswered(silent)]
            if not len(heard):
                raise ModelError("the model failed on every content-free request")
            p = without_bias(
                p,
                heard.astype(float),
                right=prompt.tasks.index(SAYS_NOTHING),
                strength=prompt.bias_correction,
            )
        p = tempered(p, fitted.temperature)
        order = [prompt.tasks.index(task) for task in TASKS]
        return _frame(p[:, order], prompt, fitted, failed)


def _frame(
    p: NDArray[np.float64], prompt: Prompt, fitted: GgufCalibration, failed: NDArray[np.bool_]
) -> Verdicts:
    by_tier = p @ np.array([prompt.tiers[task] for task in TASKS])
    small = by_tier[:, :2] / np.clip(by_tier[:, :2].sum(axis=1, keepdims=True), 1e-9, None)
    simple = fitted.apply(1 - by_tier[:, 2])
    tiers = np.column_stack([small * simple[:, None], 1 - simple])
    sized = np.where(simple < 0.5, 2, small.argmax(axis=1))  # noqa: PLR2004 the more likely side
    frame = pl.DataFrame(
        {
            "task": [TASKS[place] for place in p.argmax(axis=1)],
            "tier": [TIERS[place] for place in sized],
            "p_simple": simple,
            "p_task": pl.Series(p, dtype=VERDICT_COLUMNS["p_task"].dtype),
            "p_tier": pl.Series(tiers, dtype=VERDICT_COLUMNS["p_tier"].dtype),
        }
    )
    told = frame.select(pl.when(~pl.Series(failed)).then(pl.all()))
    return as_verdicts(told.with_columns(classifier_error=pl.Series(failed)))


def _unanswered(shares: Shares) -> NDArray[np.bool_]:
    return np.asarray(np.isnan(shares).any(axis=1))


def _library_version() -> str:
    try:
        return version("llama-cpp-python")
    except PackageNotFoundError:
        return "none"


PLUGIN = Gguf
