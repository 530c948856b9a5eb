"""How a large command keeps its memory."""

import gc
import os
import subprocess
import sys

import pytest

from routeaudit.cli.heap import look_for_cycles_seldom, share_one_heap


def test_cycles_are_looked_for_less_often() -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        share_one_heap()
        look_for_cycles_seldom()
        assert gc.get_threshold()[0] > 700
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


LOAD = """
import os
from routeaudit.cli.app import load_command
load_command("simulate")
print(os.environ["_RJEM_MALLOC_CONF"])
"""


@pytest.mark.parametrize(
    ("given", "last"), [(None, "muzzy_decay_ms:0"), ("muzzy_decay_ms:7", "muzzy_decay_ms:7")]
)
def test_a_replay_gives_freed_pages_back_unless_the_user_says_otherwise(
    given: str | None, last: str
) -> None:
    others = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    env = others if given is None else {**others, "_RJEM_MALLOC_CONF": given}
    # Polars reads it as it is imported, and the last of what it reads counts.
    told = subprocess.check_output([sys.executable, "-c", LOAD], env=env, text=True)
    assert told.strip().split(",")[-1] == last
