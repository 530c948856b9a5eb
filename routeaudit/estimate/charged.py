"""Calls beside what a policy would have made of their cost."""

import polars as pl

from routeaudit.estimate.routable import request_ids


def with_simulated(calls: pl.DataFrame, routed: pl.DataFrame) -> pl.DataFrame:
    """Give each call what the first policy would have cost.

    Args:
        calls: (n,) a scan's calls.
        routed: rows of `routes.routes`.

    Returns:
        (n,) calls in the same order and `simulated_usd`, null for calls that were not replayed
        and where an id is not of one call alone.
    """
    first = routed.filter(pl.col("policy") == routed["policy"].first())
    costs = first.select(id="request_id", simulated_usd="cost").unique("id", keep="none")
    named = calls.with_columns(id=request_ids(calls))
    return named.join(costs, on="id", how="left", maintain_order="left").drop("id")
