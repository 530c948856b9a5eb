import hashlib
from pathlib import Path

import pytest

from routeaudit.errors import MissingExtraError, ModelError
from routeaudit.local_model.catalogue import (
    CATALOGUE,
    HuggingFace,
    default_folder,
    entry_called,
    find_file,
    place_of,
    pull,
)
from routeaudit.local_model.gguf_header import digest
from routeaudit.local_model.machine import features, look

MADE = b"GGUF" + (3).to_bytes(4, "little") + bytes(16)  # a whole header with nothing in it


class Shelf:
    """A hub with one file in it."""

    def __init__(self, *, holds: bytes = MADE, says: str | None = None) -> None:
        self.holds, self.says, self.fetched = holds, says, 0

    def sha256(self, repository: str, file: str) -> str:
        if self.says == "offline":
            raise ConnectionError("no network")
        return self.says or digest_of(MADE)

    def fetch(self, repository: str, file: str, folder: Path) -> Path:
        self.fetched += 1
        (folder / file).write_bytes(self.holds)
        return folder / file


def digest_of(content: bytes) -> str:

    return hashlib.sha256(content).hexdigest()


def test_the_four_models_of_the_mission_are_there() -> None:
    names = [entry.name for entry in CATALOGUE]
    assert names == ["phi-3-mini", "gemma-2b", "mistral-7b", "llama-3.1-8b"]


def test_a_misspelled_name_gets_the_nearest_one() -> None:
    with pytest.raises(ModelError) as caught:
        entry_called("phi3-mini")
    assert caught.value.hint == "did you mean phi-3-mini?"


def test_a_path_is_found_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(MADE)
    assert find_file(str(file)) == file


@pytest.mark.parametrize("name", ["gone.gguf", "some/folder/gone"])
def test_a_path_to_nothing_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="there is no model file"):
        find_file(name)


def test_a_name_that_was_not_pulled_says_how_to_pull_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not on this machine") as caught:
        find_file("phi-3-mini", tmp_path)
    assert caught.value.hint == "`routeaudit models pull phi-3-mini` fetches 2.4 GB"


def test_a_pulled_file_is_found_by_its_name(tmp_path: Path) -> None:
    pulled = pull("phi-3-mini", folder=tmp_path, hub=Shelf)
    assert find_file("phi-3-mini", tmp_path) == pulled
    assert digest(pulled) == digest_of(MADE)


def test_a_file_that_is_here_already_is_not_fetched_again(tmp_path: Path) -> None:
    shelf = Shelf()
    pull("gemma-2b", folder=tmp_path, hub=lambda: shelf)
    pull("gemma-2b", folder=tmp_path, hub=lambda: shelf)
    assert shelf.fetched == 1


def test_a_file_with_another_digest_is_removed(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not have the digest"):
        pull("mistral-7b", folder=tmp_path, hub=lambda: Shelf(holds=MADE + b"!"))
    assert not place_of(entry_called("mistral-7b"), tmp_path).exists()


def test_no_network_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        pull("mistral-7b", folder=tmp_path, hub=lambda: Shelf(says="offline"))
    assert caught.value.hint == "no network"


def test_without_the_hubs_library_the_extra_is_named() -> None:
    with pytest.raises(MissingExtraError) as caught:
        HuggingFace("no_such_library")
    assert "routeaudit[models]" in caught.value.hint


def test_the_cache_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert default_folder() == Path("/caches/routeaudit/models")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path.home() / ".cache/routeaudit/models"


def test_llama_cpps_own_line_becomes_features() -> None:
    said = "CPU : AVX2 = 1 | FMA = 1 | REPACK = 0 | "
    assert features(said) == {"AVX2": "1", "FMA": "1", "REPACK": "0"}


def test_the_machine_says_what_fits(tmp_path: Path) -> None:
    place_of(entry_called("gemma-2b"), tmp_path).write_bytes(MADE)
    machine = look(tmp_path)
    assert machine.threads >= 1
    here = {fit.name: fit.is_here for fit in machine.fits}
    assert here == {
        "phi-3-mini": False,
        "gemma-2b": True,
        "mistral-7b": False,
        "llama-3.1-8b": False,
    }
    assert all(
        fit.fits is (machine.memory_gb is not None and fit.needs_gb <= machine.memory_gb)
        for fit in machine.fits
    )
