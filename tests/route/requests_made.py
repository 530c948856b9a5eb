"""What several tests here are made of."""

import polars as pl
from hypothesis import strategies as st

from routeaudit.frames import TASKS
from routeaudit.route import paths, policy_names
from routeaudit.route.policy import Policy

NAMES = policy_names()


def requests(p_simple: list[float | None], **more: list[object]) -> pl.DataFrame:
    n = len(p_simple)
    return pl.DataFrame(
        {
            "p_simple": pl.Series(p_simple, dtype=pl.Float64),
            "confidence": pl.Series(p_simple, dtype=pl.Float64),
            "chance": [(i * 0.618) % 1 for i in range(n)],
            "prompt_tokens": [10 * (i + 1) for i in range(n)],
            "task": pl.Series([TASKS[i % len(TASKS)] for i in range(n)], dtype=pl.Enum(TASKS)),
            **more,
        }
    )


def taken(policy: Policy, frame: pl.DataFrame) -> list[str]:
    return paths(frame, policy).to_list()


def scores(n: int) -> st.SearchStrategy[list[float | None]]:
    return st.lists(
        st.one_of(st.none(), st.sampled_from([0.0, 0.2, 0.5, 0.5, 0.85, 1.0])),
        min_size=1, max_size=n,
    )  # fmt: skip
