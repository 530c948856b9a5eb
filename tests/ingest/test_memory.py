"""Memory that is kept: only how it is asked for can be told here, its use is in benchmarks/."""

import platform
import subprocess
import sys

import numpy as np
import pytest

from routeaudit.ingest.memory import LASTING_BYTES, lasting

ASK = """
import resource
from routeaudit.ingest.memory import keep_freed_memory
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
{first}
b"x" * (32 << 20)
before = faults()
b"x" * (32 << 20)
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_a_block_uses_the_memory_of_the_one_before() -> None:
    kept, given_back = (
        int(subprocess.check_output([sys.executable, "-c", ASK.format(first=first)]))
        for first in ("keep_freed_memory()", "")
    )
    assert kept * 10 < given_back


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_a_large_array_gives_its_pages_back_while_another_stands_after_it() -> None:
    ask = """
from pathlib import Path
import numpy as np
from routeaudit.ingest.memory import keep_freed_memory, lasting
def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])
keep_freed_memory()
room = [{make}(1 << 18, np.dtype(np.uint64)) for _ in range(32)]
for one in room:
    one[:] = 7
full = pages()
del room[:-1]
print(full - pages())
"""
    own, shared = (
        int(subprocess.check_output([sys.executable, "-c", ask.format(make=make)]))
        for make in ("lasting", "np.empty")
    )
    assert own > 31 * 500 > 10 * shared  # of 512 pages each


@pytest.mark.parametrize("length", [0, 1, LASTING_BYTES])
def test_a_lasting_array_can_be_written(length: int) -> None:
    room = lasting(length, np.dtype(np.uint64))
    room[:] = np.arange(length)
    assert room.tolist() == list(range(length))
