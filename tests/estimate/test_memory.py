"""What is kept of each row of a comparison while the others are worked out."""

from collections.abc import Callable

import polars as pl

from routeaudit.estimate.simulate import Replay

Run = Callable[..., Replay]
Calls = Callable[..., pl.DataFrame]


def test_only_policies_keep_their_arrays(calls: Calls, run_logs: Run) -> None:
    replay = run_logs(calls(p_simple=[0.1, 0.9]), "binary", "confidence")
    kept = {entry.policy: settled for entry, settled in replay.replayed.settled}
    assert set(kept) == {"binary", "confidence"}
    for settled in kept.values():
        assert len(settled.cost) == len(settled.latency_s) == len(settled.score) == 2
        assert len(settled.score_low()) == len(settled.score_high()) == 0
        assert settled.parts == {}


def test_what_no_route_shows_is_given_back(calls: Calls, run_logs: Run) -> None:
    replay = run_logs(calls(p_simple=[0.1, 0.9]), "binary")
    assert replay.replayed.shown.columns == ["task", "tier", "p_simple"]
    assert not hasattr(replay, "ground")
