"""Which threads go first while charts are drawn and routes are written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from routeaudit.cli.turns import STEPS_BACK, let_charts_go_first

NICE_OF_EACH = """
import json, os, pathlib, sys
import polars as pl
from routeaudit.cli.turns import let_charts_go_first

def nice_of_each():
    found = {}
    for thread in pathlib.Path("/proc/self/task").iterdir():
        nice = os.getpriority(os.PRIO_PROCESS, int(thread.name))
        found.setdefault((thread / "comm").read_text().strip(), []).append(nice)
    return found

pl.LazyFrame({"calls": [1, 2]}).sink_parquet(sys.argv[1])
before = nice_of_each()
let_charts_go_first()
print(json.dumps([before, nice_of_each()]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads share one priority")
def test_threads_that_write_files_step_back_and_no_other(tmp_path: Path) -> None:
    # In a process of its own: a thread that stepped back may not come forward again.
    told = subprocess.run(
        [sys.executable, "-c", NICE_OF_EACH, str(tmp_path / "a.parquet")],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    before, after = json.loads(told.stdout)
    writers = {name for name in before if name.startswith("async-exec")}
    assert writers
    for name in before:
        step = STEPS_BACK if name in writers else 0
        assert after[name] == [min(nice + step, 19) for nice in before[name]], name


def test_where_threads_cannot_be_told_apart_nothing_happens(tmp_path: Path) -> None:
    let_charts_go_first(tmp_path / "none")
    ended = tmp_path / "12"
    ended.mkdir()
    let_charts_go_first(tmp_path)
    assert not list(ended.iterdir())
