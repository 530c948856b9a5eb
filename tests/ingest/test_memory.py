"""Memory that is kept: only how it is asked for can be told here, its use is in benchmarks/."""

import platform
import subprocess
import sys

import pytest

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
