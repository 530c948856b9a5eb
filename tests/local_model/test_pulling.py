"""`models pull` through the real library of Hugging Face's hub, from a hub on this machine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from routeaudit.local_model.catalogue import PART, entry_called
from tests.local_model.small_hub import SmallHub, small_hub

pytest.importorskip("huggingface_hub", reason="needs the models extra")

ROOT = Path(__file__).parents[2]
# The library writes ten million bytes at once; what is behind the tensors is not looked at.
CONTENT = (ROOT / "tests/data/tiny-phi3-demo.gguf").read_bytes() + bytes(20_000_000)
FILE = entry_called("phi-3-mini").file
COMMAND = (sys.executable, "-m", "routeaudit", "models", "pull", "phi-3-mini")


@pytest.fixture
def hub() -> Iterator[SmallHub]:
    with small_hub(CONTENT) as running:
        yield running


def surroundings(hub: SmallHub, home: Path) -> dict[str, str]:
    named = {
        "HF_ENDPOINT": hub.address,
        "XDG_CACHE_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return {**os.environ, **named, "HF_HOME": str(home / "hf")}


def pulled(hub: SmallHub, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        COMMAND, capture_output=True, text=True, check=False, env=surroundings(hub, home)
    )


def test_a_file_is_fetched_once_and_kept(hub: SmallHub, tmp_path: Path) -> None:
    first, again = pulled(hub, tmp_path), pulled(hub, tmp_path)
    assert first.returncode == 0, first.stderr
    file = tmp_path / "routeaudit/models" / FILE
    assert file.read_bytes() == CONTENT
    assert f"here: {file}" in first.stderr
    assert "fetching 2.4 GB" in first.stderr
    assert "fetching" not in again.stderr
    assert hub.ranges == [None]
    assert hub.others == []
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == [FILE]


def test_a_killed_pull_goes_on_where_it_was(hub: SmallHub, tmp_path: Path) -> None:
    hub.stalls_at = 15_000_000
    folder = tmp_path / "routeaudit/models"
    with subprocess.Popen(
        COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=surroundings(hub, tmp_path),
    ) as killed:  # fmt: skip
        wait_for(lambda: held(folder) > 0)
        killed.send_signal(signal.SIGKILL)
    there, hub.stalls_at = held(folder), None
    hub.go_on.set()
    assert pulled(hub, tmp_path).returncode == 0
    assert hub.ranges == [None, f"bytes={there}-"]
    assert (folder / FILE).read_bytes() == CONTENT
    assert not list(folder.glob(f"*{PART}"))


def held(folder: Path) -> int:
    return sum(part.stat().st_size for part in folder.glob(f"*{PART}"))


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    assert holds()


def test_a_file_that_is_not_what_was_published_is_removed(
    hub: SmallHub, tmp_path: Path
) -> None:
    hub.sha256 = "ab" * 32
    said = pulled(hub, tmp_path)
    assert said.returncode == 2
    assert "does not have the digest" in said.stderr
    folder = tmp_path / "routeaudit/models"
    assert not [path for path in folder.iterdir() if path.is_file()]


def test_a_part_of_another_version_is_not_gone_on_with(hub: SmallHub, tmp_path: Path) -> None:
    folder = tmp_path / "routeaudit/models"
    folder.mkdir(parents=True)
    (folder / f"{FILE}.0123456789abcdef{PART}").write_bytes(b"old weights")
    assert pulled(hub, tmp_path).returncode == 0
    assert hub.ranges == [None]
    assert (folder / FILE).read_bytes() == CONTENT
    assert held(folder) == 0


def test_a_hub_that_is_gone_is_said_in_a_sentence(hub: SmallHub, tmp_path: Path) -> None:
    hub.shutdown()
    hub.server_close()
    said = pulled(hub, tmp_path)
    assert said.returncode == 2
    assert "could not be fetched" in said.stderr
    assert "Traceback" not in said.stderr
