"""What is freed and needed again at once stays with this process, where the C library can."""

import ctypes
import platform
from functools import cache
from mmap import mmap
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", bound=np.generic)

# parameters of glibc's mallopt(3)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGE_BYTES = 64 << 20
KEPT_BYTES = 128 << 20
LASTING_BYTES = 256 << 10


@cache
def keep_freed_memory() -> None:
    """Let blocks of a log reuse each other's memory; does nothing but under glibc.

    By itself glibc gives every block of 32 MB back to the system and asks for new pages for the
    next one: a fifth of the time that reading a log takes. For the whole process, once.
    """
    if _has_glibc():
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def give_back_freed_memory() -> None:
    """Let the system have what was kept, once the log is read; does nothing but under glibc."""
    if _has_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def lasting(length: int, dtype: np.dtype[Number]) -> npt.NDArray[Number]:
    """Make an array that outlives many blocks; what it holds is to be written first.

    A large one gets pages of its own: in the memory that blocks reuse it would stand in the way
    of the next block, which then takes more.
    """
    size = length * dtype.itemsize
    return (
        np.empty(length, dtype)
        if size < LASTING_BYTES
        else np.frombuffer(mmap(-1, size), dtype)
    )


def _has_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"
