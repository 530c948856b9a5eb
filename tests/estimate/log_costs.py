"""What several tests here are made of."""

from collections.abc import Callable

import polars as pl

from routeaudit.estimate.simulate import Replay
from routeaudit.result import PolicyResult

Run = Callable[..., Replay]


Row = Callable[..., PolicyResult]


Calls = Callable[..., pl.DataFrame]


FULL = (1000 * 10 + 100 * 20) / 1e6  # 0.012 a call


MID = (1000 * 1 + 100 * 2) / 1e6  # label-like task: as many output tokens; 0.0012 a call


TENTHS = [i / 10 for i in range(10)]
