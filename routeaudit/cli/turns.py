"""Which threads of a command go first where there are more of them than cores."""

import os
from contextlib import suppress
from pathlib import Path

WRITERS = b"async-executor"
"""The start of the name of the threads with which Polars writes files."""

STEPS_BACK = 5
"""Nicer by so much, two threads together weigh less than one that stays as it is."""


def let_charts_go_first(threads: Path = Path("/proc/self/task")) -> None:
    """Let the threads that write routes step back behind the one that draws charts.

    Drawing takes longer: on two cores, two writers beside it would take a third of its time.
    Only on Linux has each thread a priority of its own; elsewhere all stay as they are.
    """
    for thread in threads.glob("*"):
        # A thread may end meanwhile, and a sandbox may forbid it: charts are then drawn later.
        with suppress(OSError):
            if (thread / "comm").read_bytes().startswith(WRITERS):
                nice = os.getpriority(os.PRIO_PROCESS, int(thread.name))
                os.setpriority(os.PRIO_PROCESS, int(thread.name), nice + STEPS_BACK)
