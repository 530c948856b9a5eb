"""What this machine can do for local models, as data for `routeaudit doctor`."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from routeaudit.errors import MissingExtraError
from routeaudit.local_model.catalogue import CATALOGUE, place_of
from routeaudit.local_model.engine import usable_threads
from routeaudit.local_model.native import bindings

# A context, buffers and the program itself, beside the weights. Assumed.
_BESIDE_WEIGHTS_GB = 1.0


class Fit(NamedTuple):
    """Whether a catalogue entry fits this machine."""

    name: str
    needs_gb: float
    fits: bool | None  # null where this machine's memory is not known
    is_here: bool


class Machine(NamedTuple):
    """What was found. Null means it could not be told."""

    processor: str
    threads: int
    memory_gb: float | None
    free_memory_gb: float | None
    llama_cpp_version: str | None  # null where it is not installed
    features: dict[str, str]  # of the processor, as llama.cpp was built to use them
    gpu_offload: bool | None
    fits: tuple[Fit, ...]


def look(folder: Path | None = None) -> Machine:
    """Look at this machine; loads llama.cpp where it is installed, and no model file."""
    total, free = _memory_gb()
    try:
        library = bindings()
        said = bytes(library.llama_print_system_info()).decode(errors="replace")
        gpu_offload: bool | None = bool(library.llama_supports_gpu_offload())
    except MissingExtraError:
        said, gpu_offload = "", None
    return Machine(
        processor=platform.processor() or platform.machine(),
        threads=usable_threads(),
        memory_gb=total,
        free_memory_gb=free,
        llama_cpp_version=_installed_version(),
        features=features(said),
        gpu_offload=gpu_offload,
        fits=tuple(
            Fit(
                entry.name,
                needs := entry.size_gb + _BESIDE_WEIGHTS_GB,
                None if total is None else needs <= total,
                place_of(entry, folder).is_file(),
            )
            for entry in CATALOGUE
        ),
    )


def features(said: str) -> dict[str, str]:
    """Read llama.cpp's own line: `CPU : AVX2 = 1 | FMA = 1 |` gives AVX2 and FMA."""
    pairs = (part.rpartition(":")[2].partition("=") for part in said.split("|"))
    return {name.strip(): value.strip() for name, found, value in pairs if found}


def _installed_version() -> str | None:
    try:
        return version("llama-cpp-python")
    except PackageNotFoundError:
        return None


def _memory_gb() -> tuple[float | None, float | None]:
    try:
        page = os.sysconf("SC_PAGE_SIZE") / 1e9
        total = os.sysconf("SC_PHYS_PAGES") * page
        return total, os.sysconf("SC_AVPHYS_PAGES") * page
    except (AttributeError, ValueError, OSError):  # not on every system
        return None, None
