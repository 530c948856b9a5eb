"""What is kept of each row of a comparison while the others are worked out."""

from collections.abc import Callable

import polars as pl

from routeaudit.estimate.simulate import Replay

Run = Callable[..., Replay]
Calls = Callable[..., pl.DataFrame]


def test_only_policies_keep_their_arrays(calls: Calls, run_logs: Run) -> None:
    replay = run_logs(calls(p_simple=[0.1, 0.9]), "binary")
    for entry, settled in replay.settled:
        assert len(settled.cost) == (2 if entry.role == "policy" else 0)
        assert len(settled.score) == (2 if entry.policy in {"binary", "shuffle"} else 0)
