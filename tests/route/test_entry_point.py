"""A policy that somebody installed is found by its name."""

from pathlib import Path

import pytest

from routeaudit.comparison import Asked
from routeaudit.errors import ConfigError
from routeaudit.route import enter, load_policy, policy_names
from tests.route.requests_made import requests

MODULE = """
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from routeaudit.route.policy import OneShot


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortFirst(OneShot):
    cuts: ClassVar[tuple[str, ...]] = ()
    reads_classifier: ClassVar[bool] = False
    longest: int = 15

    @property
    def arms(self):
        return ("mid", "full")

    @property
    def score(self):
        return None

    def choose(self):
        return pl.when(pl.col("prompt_tokens") <= self.longest).then(pl.lit("mid"))


not_a_class = 3
"""


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_routing.py").write_text(MODULE)
    info = tmp_path / "acme_routing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-routing\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[routeaudit.policies]\nshort-first = acme_routing:ShortFirst\n"
        "broken = acme_routing:not_a_class\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


def test_an_installed_policy_runs_by_its_name() -> None:
    assert "short-first" in policy_names()
    frame = requests([0.5, 0.5])  # 10 and 20 tokens
    entry = enter(frame, [load_policy("short-first")], Asked()).entries[0]
    assert entry.paths.to_list() == ["mid", "full"]
    assert entry.params == {"longest": 15}
    lax = load_policy("short_first", {"longest": 20})
    assert enter(frame, [lax], Asked()).entries[0].paths.to_list() == ["mid", "mid"]


def test_what_is_installed_must_be_a_class() -> None:
    with pytest.raises(ConfigError, match="not a class"):
        load_policy("broken")
