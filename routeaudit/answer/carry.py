"""Carry what a sample's answers showed to all of the traffic, and no further than it holds.

Scores stay with the calls whose own prompt was answered and scored: only they are counted in
a failure rate, so its interval is as wide as the sample makes it. Confidence, which decides
where a call goes and what that costs, is lent to every other call by an answer of its stratum.
"""

import numpy as np
import polars as pl

from routeaudit.answer.plan import OTHER, stratum_name
from routeaudit.stats.figures import Bools
from routeaudit.stats.sampling import hash_uniform
from routeaudit.stats.strata import proportional_part

LEFT_OUT = 0.1


def carried(
    calls: pl.DataFrame, answered: pl.DataFrame, arm: str, evidence: str
) -> pl.DataFrame:
    """Give each call what a policy may know of the arm's answer to it.

    Args:
        calls: (n,) with query_key, task and tier.
        answered: a saved sample: query_key, stratum, confidence, must_escalate, score, cluster,
            written (tokens).
        arm: that answered.
        evidence: how the scores came to be.

    Returns:
        (n,) score_<arm>, written_<arm>, confidence_<arm>, must_escalate_<arm>, evidence_<arm>,
        answer_cluster;
        confidence is null (which escalates) where no answer of the stratum is there.
    """
    known = answered.with_columns(
        place=pl.int_range(pl.len()).over("stratum"), size=pl.len().over("stratum")
    )
    sized = known.select("stratum", "size").unique()
    own = answered.select("query_key", "score", "written", "cluster", own=pl.col("stratum"))
    drawn = pl.Series("die", hash_uniform(calls["query_key"].fill_null("").to_list(), 1))
    rows = (
        calls.select("query_key", stratum=_stratum(set(answered["stratum"])))
        .with_columns(drawn)
        .join(sized, on="stratum", how="left", maintain_order="left")
        .with_columns(place=(pl.col("die") * pl.col("size")).floor().cast(pl.Int64))
        .join(own, on="query_key", how="left", maintain_order="left")
    )
    lent = known.select("stratum", "place", "confidence", "must_escalate")
    mine = answered.select("query_key", c="confidence", m="must_escalate")
    told = rows.join(lent, on=["stratum", "place"], how="left", maintain_order="left").join(
        mine, on="query_key", how="left", maintain_order="left"
    )
    is_own = pl.col("own").is_not_null()
    return told.select(
        pl.col("score").alias(f"score_{arm}"),
        pl.col("written").alias(f"written_{arm}"),
        pl.when(is_own).then("c").otherwise("confidence").alias(f"confidence_{arm}"),
        pl.when(is_own).then("m").otherwise("must_escalate").alias(f"must_escalate_{arm}"),
        pl.lit(evidence).alias(f"evidence_{arm}"),
        pl.coalesce("cluster", "query_key").alias("answer_cluster"),
    )


def countable(answered: pl.DataFrame, strata: pl.DataFrame, tested: Bools) -> Bools:
    """(n,) the scored answers that make a sample in proportion to the traffic's prompts.

    Others are left out of a failure rate: a stratum that was sampled more would weigh more, and
    the binomial interval would no longer hold. Strata that were hardly scored are left out
    altogether, up to a tenth of the prompts, or they would cost nearly all of the others.

    Args:
        answered: (n,) with stratum, in the order of the plan.
        strata: of the plan: stratum, prompts.
        tested: (n,) scored, and nothing was fitted on them.
    """
    rows = answered.select("stratum").with_columns(tested=pl.Series(tested))
    counts = strata.join(
        rows.filter("tested").group_by("stratum").agg(scored=pl.len().cast(pl.Int64)),
        on="stratum",
    ).sort(pl.col("scored") / pl.col("prompts"))
    before = pl.col("prompts").cum_sum() / pl.col("prompts").sum()
    kept = counts.filter(before > LEFT_OUT)
    keep = proportional_part(
        kept["prompts"].cast(pl.Int64).to_numpy(), kept["scored"].to_numpy()
    )
    most = dict(zip(kept["stratum"].to_list(), keep.tolist(), strict=True))
    rank = pl.col("tested").cum_sum().over("stratum")
    allowed = pl.col("stratum").replace_strict(most, default=0, return_dtype=pl.Int64)
    found = rows.select(pl.col("tested") & (rank <= allowed)).to_series().to_numpy()
    return np.asarray(found, dtype=np.bool_)


def _stratum(known: set[str]) -> pl.Expr:
    name = stratum_name()
    return pl.when(name.is_in(known)).then(name).otherwise(pl.lit(OTHER))
