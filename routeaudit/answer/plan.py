"""Choose which prompts to answer: distinct ones, by task and tier, the same in every run."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from routeaudit.catalog.priors import prior
from routeaudit.frames import SIMPLE_TASKS, TASKS, TIERS
from routeaudit.stats.binomial import sample_size
from routeaudit.stats.figures import Floats, Ints
from routeaudit.stats.sampling import hash_uniform
from routeaudit.stats.strata import FLOOR, LEAST_SHARE, allocate

OTHER = "other"
UNKNOWN_FAILURE = 0.5
_STEP = 0.01
_TRUE_PARTS = (0.2, 0.4, 0.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A sample before it is answered.

    Attributes:
        prompts: one row a sampled prompt in the order to answer them, any beginning of which
            is a sample too: query_key, task, tier, stratum, calls.
        strata: one row a stratum: stratum, calls, prompts, prior_failure, sampled.
    """

    prompts: pl.DataFrame
    strata: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How many served answers would prove a failure rate, and where to look for them.

    Attributes:
        strata: as in `Plan`, those that could keep the limit together, the surest first.
        rate: the failure rate expected of them; null when none could keep it.
        answers: to score among them; null as well.
        share: of all calls that they are.
        limit: the failure rate to prove.
    """

    strata: tuple[str, ...]
    rate: float | None
    answers: int | None
    share: float
    limit: float

    def at_rates(self) -> tuple[tuple[float, int], ...]:
        """List what a slice of the traffic needs that really fails so often: rate and answers.

        For whatever a threshold would keep, since nobody knows beforehand how often that fails.
        """
        rates = (self.limit * part for part in _TRUE_PARTS)
        return tuple((rate, n) for rate in rates if (n := sample_size(rate, self.limit)))


def distinct_prompts(calls: pl.DataFrame) -> pl.DataFrame:
    """Fold calls to one row a prompt: query_key, task, tier, calls, stratum; sorted by key.

    Args:
        calls: (n,) with query_key, task and tier; rows without a key are left out. Strata with
            less than 1 % of the calls become one, "other".
    """
    prompts = (
        calls.filter(pl.col("query_key").is_not_null())
        .group_by("query_key")
        .agg(pl.col("task", "tier").first(), calls=pl.len())
        .sort("query_key")
    )
    named = prompts.with_columns(stratum=stratum_name())
    share = pl.col("calls").sum().over("stratum") / pl.col("calls").sum()
    return named.with_columns(
        stratum=pl.when(share >= LEAST_SHARE).then("stratum").otherwise(pl.lit(OTHER))
    )


def stratum_name() -> pl.Expr:
    """Name the stratum of a call: its task and its tier."""
    return pl.concat_str(
        pl.col("task").cast(pl.String).fill_null("unknown"),
        pl.col("tier").cast(pl.String).fill_null("unknown"),
        separator=" / ",
    )


def expected_failures(family: str | None) -> dict[str, float]:
    """Give the published failure rate of a family in each stratum; empty for an unknown one."""
    if family is None:
        return {}
    return {f"{task} / {tier}": 1 - prior(family, task).mid for task in TASKS for tier in TIERS}


def plan_sample(prompts: pl.DataFrame, prior: dict[str, float], size: int, seed: int) -> Plan:
    """Draw a sample by strata: a floor for each, the rest where it tells most (Neyman).

    Args:
        prompts: from `distinct_prompts`.
        prior: the failure rate that is expected of each stratum; 0.5 where it is not named.
        size: prompts to draw; all when there are fewer.
        seed: another seed, another sample.
    """
    strata = strata_of(prompts, prior)
    counts: Ints = strata["prompts"].to_numpy().astype(np.int64)
    # Floors may take a third: a sample far from proportional proves less (see `carry`).
    floor = min(FLOOR, size // (3 * max(len(counts), 1)))
    asked = allocate(counts, strata["prior_failure"].to_numpy(), size, floor)
    sized = strata.with_columns(sampled=pl.Series(asked))
    drawn = (
        prompts.with_columns(uniform=pl.Series(hash_uniform(prompts["query_key"], seed)))
        .join(sized.select("stratum", "sampled"), on="stratum")
        .with_columns(rank=pl.col("uniform").rank("ordinal").over("stratum"))
        .filter(pl.col("rank") <= pl.col("sampled"))
    )
    # The first half of this order holds half of each stratum's part, and so on.
    order = ((pl.col("rank") - 0.5) / pl.col("sampled"), "stratum")
    columns = ("query_key", "task", "tier", "stratum", "calls")
    return Plan(prompts=drawn.sort(*order).select(columns), strata=sized)


def strata_of(prompts: pl.DataFrame, prior: dict[str, float]) -> pl.DataFrame:
    """List the strata, the largest first: stratum, calls, prompts, prior_failure."""
    return (
        prompts.group_by("stratum")
        .agg(calls=pl.col("calls").sum(), prompts=pl.len())
        .with_columns(
            prior_failure=pl.col("stratum").replace_strict(
                prior, default=UNKNOWN_FAILURE, return_dtype=pl.Float64
            )
        )
        .sort("calls", "stratum", descending=[True, False])
    )


def weights(answered: pl.DataFrame, strata: pl.DataFrame) -> Floats:
    """(n,) calls that each answered prompt stands for; they add up to the calls of its strata.

    Args:
        answered: (n,) with stratum and calls: the prompts that have an answer.
        strata: of the plan.
    """
    seen = answered.with_columns(seen=pl.col("calls").sum().over("stratum"))
    total = seen.join(
        strata.select("stratum", total="calls"), on="stratum", how="left", maintain_order="left"
    )
    found: Floats = (
        total.select(pl.col("calls") * pl.col("total") / pl.col("seen")).to_series().to_numpy()
    )
    return found


def plan_proof(strata: pl.DataFrame, limit: float) -> Proof:
    """Plan the answers that a gate needs, from the failure rates that are expected.

    Adds strata of simple work, the surest first, while together they are expected to keep the
    limit with a margin of a percentage point.
    """
    chosen: list[str] = []
    calls = failing = 0.0
    simple = pl.col("stratum").str.split(" / ").list.first().is_in(SIMPLE_TASKS)
    rows = strata.filter(simple).sort("prior_failure", "stratum")
    for name, n, rate in rows.select("stratum", "calls", "prior_failure").iter_rows():
        if (failing + n * rate) / (calls + n) > max(limit - _STEP, limit / 2):
            break
        chosen.append(name)
        calls, failing = calls + n, failing + n * rate
    if not chosen:
        return Proof(strata=(), rate=None, answers=None, share=0.0, limit=limit)
    rate = failing / calls
    return Proof(
        strata=tuple(chosen),
        rate=rate,
        answers=sample_size(rate, limit),
        share=calls / float(strata["calls"].sum()),
        limit=limit,
    )
