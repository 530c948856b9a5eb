"""Few slow verdicts, many answers: a sample is read by a slow classifier, a quick one learns it.

The quick classifier judges every query; a sample spread over its verdicts is read by the slow
one; the quick one is refitted to agree; and both are joined into the share of simple traffic
by prediction-powered inference, whose interval holds even where the quick one is wrong.
"""

import logging
import re
import time
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from routeaudit.classify.contract import Classifier, SlowClassifier
from routeaudit.classify.refit import features, refit
from routeaudit.classify.timed import Clock, Heard, Span, read_in_time
from routeaudit.errors import ConfigError, ModelError
from routeaudit.frames import SIMPLE_TASKS, TASKS, TIERS, VERDICT_COLUMNS, Verdicts, as_verdicts
from routeaudit.stats.figures import Interval
from routeaudit.stats.prediction_powered import Share, prediction_powered

log = logging.getLogger(__name__)

EVEN = 0.5
FEWEST = 50
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_SIMPLE = np.array([task in SIMPLE_TASKS for task in TASKS])

Places = NDArray[np.intp]


class BudgetReport(NamedTuple):
    """How the two classifiers got on, and the share that both together give."""

    n_queries: int  # distinct
    n_read: int  # by the slow classifier
    n_failed: int
    agreement_before: float  # share of the sample on whose side, simple or not, both agree
    agreement_after: float  # the same, refitted, on rows that the fit did not see
    task_agreement_after: float
    simple_share: Share  # of the calls; what the slow classifier would say of all of them


class Labelled(NamedTuple):
    """Verdicts of every query, and how they came to be."""

    verdicts: Verdicts
    report: BudgetReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much the slow classifier may read: so many queries, or for so long."""

    queries: int | None = None
    seconds: float | None = None


def parse_budget(text: str) -> Budget:
    """Read `2000` as queries and `10m`, `90s` or `1.5h` as time.

    Raises:
        ConfigError: it is neither.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if found is None or float(found[1]) <= 0 or (not found[2] and "." in found[1]):
        raise ConfigError(
            f"{text!r} is no budget", hint="give a number of queries (2000) or a time (10m)"
        )
    if found[2]:
        return Budget(seconds=float(found[1]) * _SECONDS[found[2]])
    return Budget(queries=int(found[1]))


@dataclass(frozen=True, kw_only=True)
class Budgeted:
    """A classifier made of a quick one and a slow one."""

    quick: Classifier
    slow: SlowClassifier
    budget: Budget
    seed: int = field(default=0)
    clock: Clock = field(default=time.monotonic, repr=False)

    @property
    def fingerprint(self) -> str:
        """Name both classifiers, the budget and the seed."""
        return (
            f"budget-{self.budget.queries}-{self.budget.seconds}-{self.seed}"
            f"|{self.quick.fingerprint}|{self.slow.fingerprint}"
        )

    def classify(self, queries: pl.Series) -> Verdicts:
        """Judge distinct queries, each counted once; see `label`."""
        return self.label(queries, np.ones(len(queries), dtype=np.int64)).verdicts

    def label(self, queries: pl.Series, calls: NDArray[np.int64]) -> Labelled:
        """Judge distinct queries and estimate the share of simple calls.

        Args:
            queries: (n,) strings, none null.
            calls: (n,) how often each was sent, at least 1.

        Returns:
            (n,) verdicts in the same order: the slow classifier's where it read the query, the
            refitted quick one's elsewhere.

        Raises:
            ModelError: too few queries could be read.
        """
        if not len(queries):
            raise ModelError("there is no query to read", hint="leave --gguf-budget out")
        quick = self.quick.classify(queries)
        order = _spread(quick)
        heard = self._heard(queries[order.tolist()], calls[order])
        read, told = order[heard.read], heard.told
        failed = np.asarray(told["classifier_error"].fill_null(value=False).to_numpy(), bool)
        if (~failed).sum() < min(FEWEST, len(queries)):
            raise ModelError(
                f"only {(~failed).sum()} queries could be read", hint="raise the budget"
            )
        told = told.filter(pl.Series(~failed))
        fitted = _fitted(queries, quick, told, read[~failed], seed=self.seed)
        # A frequent query may be drawn more than once: one entry for each call.
        drawn = np.bincount(order[heard.drawn], minlength=len(calls))
        share = _share(calls, drawn, fitted)
        return Labelled(
            _verdicts(quick, told, fitted), _report(quick, fitted, int(failed.sum()), share)
        )

    def _heard(self, queries: pl.Series, calls: NDArray[np.int64]) -> Heard:
        """Let the slow classifier read a sample of queries that stand in a spreading order."""
        if self.budget.queries is None:
            span = Span(self.budget.seconds or 0.0, FEWEST, self.clock)
            return read_in_time(self.slow, queries, calls, span, seed=self.seed)
        drawn = sampled_calls(calls, self.budget.queries, seed=self.seed)
        read = np.unique(drawn)
        log.info("reading %d of %d queries", len(read), len(queries))
        return Heard(drawn, read, self.slow.classify(queries[read.tolist()]))


class _Fitted(NamedTuple):
    """What the quick classifier says of every query once it is refitted."""

    shares: NDArray[np.float64]  # (n, tasks); of read queries, by folds that did not see them
    wanted: NDArray[np.float64]  # (read, tasks) by the slow classifier
    read: Places

    @property
    def simple(self) -> NDArray[np.float64]:
        """1 where the refitted classifier says simple."""
        return np.asarray(self.shares @ _SIMPLE >= EVEN, float)

    @property
    def truly_simple(self) -> NDArray[np.float64]:
        """1 where the slow classifier says simple; (read,)."""
        return np.asarray(self.wanted @ _SIMPLE >= EVEN, float)


def _spread(quick: Verdicts) -> Places:
    """Order the queries so that every n-th is a fair sample of tasks and of p_simple."""
    return (
        quick.select(pl.arg_sort_by("task", "p_simple")).to_series().to_numpy().astype(np.intp)
    )


def sampled_calls(calls: NDArray[np.int64], n: int, *, seed: int) -> Places:
    """Take every k-th call from a random start.

    Args:
        calls: (queries,) how many calls each query has, in an order that spreads what matters.
        n: calls to take; all of them where there are no more.
        seed: of the start.

    Returns:
        The query of each call taken; a frequent one may be there more than once.
    """
    in_all = int(calls.sum())
    if n >= in_all:
        return np.repeat(np.arange(len(calls)), calls)
    step = in_all / n
    start = np.random.default_rng(seed).uniform(0, step)
    at = (start + step * np.arange(n)).astype(np.int64)
    return np.searchsorted(np.cumsum(calls), at, side="right").astype(np.intp)


def _fitted(
    queries: pl.Series, quick: Verdicts, told: pl.DataFrame, read: Places, *, seed: int
) -> _Fitted:
    shares = quick["p_task"].to_numpy().astype(float)
    rows = features(shares, queries.str.len_chars().to_numpy().astype(np.int64))
    wanted = told["p_task"].to_numpy().astype(float)
    others = np.setdiff1d(np.arange(len(queries)), read)
    found = refit(rows[read], wanted, rows[others], seed=seed)
    shares[read], shares[others] = found.labelled, found.unlabelled
    return _Fitted(shares, wanted, read)


def _share(calls: NDArray[np.int64], drawn: NDArray[np.intp], fitted: _Fitted) -> Share:
    if len(fitted.read) == len(calls):
        exact = float(np.average(fitted.truly_simple, weights=calls))
        return Share(value=exact, interval=Interval(exact, exact), trust=0.0)
    said = np.full(len(calls), np.nan)
    said[fitted.read] = fitted.truly_simple
    taken = np.where(np.isnan(said), 0, drawn)
    found = prediction_powered(
        np.repeat(fitted.simple, calls - np.minimum(drawn, calls)),
        np.repeat(fitted.simple, taken),
        np.repeat(said, taken),
    )
    if found is None:  # pragma: no cover, `label` has refused an empty sample before
        raise ModelError("nothing was read")
    return found


def _report(quick: Verdicts, fitted: _Fitted, n_failed: int, share: Share) -> BudgetReport:
    before = (quick["p_simple"].to_numpy()[fitted.read] >= EVEN) == fitted.truly_simple
    after = fitted.simple[fitted.read] == fitted.truly_simple
    task = fitted.shares[fitted.read].argmax(axis=1) == fitted.wanted.argmax(axis=1)
    return BudgetReport(
        n_queries=quick.height,
        n_read=len(fitted.read),
        n_failed=n_failed,
        agreement_before=float(before.mean()),
        agreement_after=float(after.mean()),
        task_agreement_after=float(task.mean()),
        simple_share=share,
    )


def _verdicts(quick: Verdicts, told: pl.DataFrame, fitted: _Fitted) -> Verdicts:
    """Give the slow verdict where there is one, the refitted quick one elsewhere."""
    tiers = quick["p_tier"].to_numpy().astype(float)
    simple = fitted.shares @ _SIMPLE
    small = tiers[:, :2] / np.clip(tiers[:, :2].sum(axis=1, keepdims=True), 1e-9, None)
    tiers = np.column_stack([small * simple[:, None], 1 - simple])
    sized = np.where(simple < EVEN, 2, small.argmax(axis=1))
    learned = quick.with_columns(
        pl.Series("task", [TASKS[place] for place in fitted.shares.argmax(axis=1)]),
        pl.Series("tier", [TIERS[place] for place in sized]),
        pl.Series("p_simple", simple),
        pl.Series("p_task", fitted.shares, VERDICT_COLUMNS["p_task"].dtype),
        pl.Series("p_tier", tiers, VERDICT_COLUMNS["p_tier"].dtype),
        pl.lit(value=False).alias("classifier_error"),
        pl.int_range(quick.height).alias("_place"),
    )
    # What the quick one finds strange stays strange: the slow one cannot tell.
    heard = told.drop("novelty").with_columns(pl.Series("_place", fitted.read, pl.Int64))
    return as_verdicts(
        as_verdicts(learned)
        .with_columns(learned["_place"])
        .update(heard, on="_place", how="left")
        .drop("_place")
    )
