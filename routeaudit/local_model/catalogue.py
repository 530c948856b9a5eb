"""The GGUF files that routeaudit knows by name: where they come from and what they need.

Nothing is fetched unless `pull` is called. Sizes and contexts are as the repositories state
them; the digest of a pulled file is checked against what its repository publishes.
"""

import importlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol  # Any: the hub's library is not always here

from routeaudit.errors import MissingExtraError, ModelError
from routeaudit.local_model.gguf_header import digest, read_header
from routeaudit.plugins import hint_for

log = logging.getLogger(__name__)

PART = ".part"  # ends the name of a file that is not here wholly


class CatalogueEntry(NamedTuple):
    """A published GGUF file."""

    name: str
    title: str
    repository: str
    file: str
    quantisation: str
    size_gb: float  # as published; thousand millions of bytes
    weights_b: float  # thousand millions
    context_tokens: int
    licence: str
    is_gated: bool = False  # its repository wants an account and consent


CATALOGUE = (
    CatalogueEntry(
        "phi-3-mini", "Phi-3 Mini 4k Instruct", "microsoft/Phi-3-mini-4k-instruct-gguf",
        "Phi-3-mini-4k-instruct-q4.gguf", "Q4_K_M", 2.4, 3.8, 4096, "MIT",
    ),
    CatalogueEntry(
        "gemma-2b", "Gemma 2B Instruct", "brittlewis12/gemma-2b-it-GGUF",
        "gemma-2b-it.Q4_K_M.gguf", "Q4_K_M", 1.5, 2.5, 8192, "Gemma Terms of Use",
    ),
    CatalogueEntry(
        "mistral-7b", "Mistral 7B Instruct v0.2", "TheBloke/Mistral-7B-Instruct-v0.2-GGUF",
        "mistral-7b-instruct-v0.2.Q4_K_M.gguf", "Q4_K_M", 4.4, 7.2, 32768, "Apache-2.0",
    ),
    CatalogueEntry(
        "llama-3.1-8b", "Llama 3.1 8B Instruct", "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF",
        "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "Q4_K_M", 4.9, 8.0, 131072,
        "Llama 3.1 Community License",
    ),
)  # fmt: skip


def default_folder() -> Path:
    """Give the folder that pulled files go to, in the user's cache folder."""
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "routeaudit" / "models"


def entry_called(name: str) -> CatalogueEntry:
    """Find an entry by its name.

    Raises:
        ModelError: there is none; the hint names the nearest.
    """
    known = {entry.name: entry for entry in CATALOGUE}
    if name not in known:
        raise ModelError(
            f"there is no model called {name!r} in the catalogue",
            hint=hint_for(name, list(known)),
        )
    return known[name]


def place_of(entry: CatalogueEntry, folder: Path | None = None) -> Path:
    """Say where an entry's file lies once it is pulled."""
    return (folder or default_folder()) / entry.file


def find_file(name: str, folder: Path | None = None) -> Path:
    """Find a model file by its path or by its name in the catalogue. Fetches nothing.

    Raises:
        ModelError: it is not on this machine; the hint says how to get it.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if path.suffix == ".gguf" or len(path.parts) > 1:
        raise ModelError(
            f"there is no model file {name}", hint="see `routeaudit models list` for names"
        )
    entry = entry_called(name)
    place = place_of(entry, folder)
    if not place.is_file():
        raise ModelError(
            f"{entry.title} is not on this machine",
            hint=f"`routeaudit models pull {name}` fetches {entry.size_gb:g} GB",
        )
    return place


class Hub(Protocol):
    """Where published files are fetched from."""

    def sha256(self, repository: str, file: str) -> str:
        """Give the digest that the repository publishes, hex."""

    def fetch(self, repository: str, file: str, folder: Path) -> Path:
        """Fetch a file into a folder; a fetch that was stopped goes on where it was."""


class HuggingFace:
    """Hugging Face's hub, through its own library."""

    def __init__(self, library: str = "huggingface_hub") -> None:
        """Import the library.

        Raises:
            MissingExtraError: it is not installed.
        """
        # Nothing but the file is asked for: by itself the library also tells who runs it.
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        try:
            self._library: Any = importlib.import_module(library)
            download = importlib.import_module(f"{library}.file_download")
            self._http_get: Callable[..., None] = download.http_get
        except ImportError as error:
            raise MissingExtraError("pulling models", extra="models") from error

    def sha256(self, repository: str, file: str) -> str:
        """Give the digest of a large file as the hub lists it.

        Raises:
            ConnectionError: the hub cannot be reached or refuses.
        """
        try:
            found = self._library.HfApi().get_paths_info(repository, [file])
        except Exception as error:  # which HTTP client's errors come through varies by version
            raise ConnectionError(_first_line(error)) from error
        if not found or found[0].lfs is None:
            raise ConnectionError(f"{repository} publishes no digest of a file {file}")
        return str(found[0].lfs.sha256)

    def fetch(self, repository: str, file: str, folder: Path) -> Path:
        """Fetch a file; what an ended fetch of the same contents left is not fetched again.

        The library's own `hf_hub_download` removes what it has when it is ended.

        Raises:
            ConnectionError: the hub cannot be reached or refuses.
        """
        hub, place = self._library, folder / file
        address = hub.hf_hub_url(repository, file)
        try:
            published = hub.get_hf_file_metadata(address)
            part = folder / f"{file}.{str(published.etag)[:16]}{PART}"
            with part.open("ab") as to:
                self._http_get(
                    address,
                    to,
                    resume_size=to.tell(),
                    headers=hub.utils.build_hf_headers(),
                    expected_size=published.size,
                    displayed_filename=file,
                )
        except Exception as error:  # which HTTP client's errors come through varies by version
            raise ConnectionError(_first_line(error)) from error
        part.replace(place)
        for old in folder.glob(f"{file}.*{PART}"):
            old.unlink()
        return place


def _first_line(error: Exception) -> str:
    """Say what went wrong; the hub's library adds advice about its own functions."""
    return next((line for line in str(error).splitlines() if line.strip()), repr(error))


def pull(
    name: str,
    *,
    folder: Path | None = None,
    hub: Callable[[], Hub] = HuggingFace,
    beginning: Callable[[CatalogueEntry], None] = lambda _: None,
) -> Path:
    """Fetch a catalogue entry's file, check its digest and its header; keep one already there.

    Args:
        name: of the entry.
        folder: to put it into; null: the user's cache folder.
        hub: makes what it is fetched from.
        beginning: told before anything is fetched.

    Raises:
        ModelError: no such entry, the fetch failed, or the file is not what was published.
        MissingExtraError: the library for it is not installed.
    """
    entry = entry_called(name)
    place = place_of(entry, folder)
    source = hub()
    try:
        published = source.sha256(entry.repository, entry.file)
        if place.is_file() and digest(place) == published:
            log.info("%s is already here", entry.file)
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        beginning(entry)
        fetched = source.fetch(entry.repository, entry.file, place.parent)
    except OSError as error:
        gated = "; its repository wants an account and consent" if entry.is_gated else ""
        raise ModelError(
            f"{entry.title} could not be fetched{gated}", hint=str(error)
        ) from error
    if digest(fetched) != published:
        fetched.unlink()
        raise ModelError(
            f"{entry.file} does not have the digest that {entry.repository} publishes",
            hint="it was removed; pull it again",
        )
    read_header(fetched)
    return fetched
