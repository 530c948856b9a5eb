# ruff: noqa: INP001 scripts, no package
"""What a command takes: wall time, processor time, peak memory of it and its children."""

import os
import resource
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
EVERY_S = 0.05


class Taken(NamedTuple):
    """What one run took; `peak_mb` is the resident memory of all its processes at once."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    told: str


def measured(
    command: list[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Taken:
    """Run a command and watch it; `cwd` and `env` are this process's unless given.

    Raises:
        CalledProcessError: it failed.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen(  # noqa: S603 ours
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=cwd, env=env
    ) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident_bytes(process.pid))
            time.sleep(EVERY_S)
        wall = time.perf_counter() - start
        told = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, peak / 1e6, told)


def _resident_bytes(pid: int) -> int:
    """Add up a process and its children; what ends meanwhile counts as nothing."""
    found, waiting = 0, [pid]
    while waiting:
        at = Path("/proc") / str(waiting.pop())
        try:
            found += int((at / "statm").read_text().split()[1]) * PAGE_BYTES
            for thread in (at / "task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        except (OSError, ValueError):
            continue
    return found
