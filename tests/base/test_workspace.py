from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from routeaudit.errors import InputError
from routeaudit.workspace import Workspace, open_scan

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_only_a_finished_scan_is_the_latest(tmp_path: Path) -> None:
    workspace = Workspace(root=tmp_path)
    first = workspace.finish(workspace.new_scan(NOON))
    workspace.new_scan(NOON.replace(hour=13))
    assert workspace.latest() == first


def test_two_scans_in_one_second_have_two_names_and_the_second_is_newer(tmp_path: Path) -> None:
    workspace = Workspace(root=tmp_path)
    scans = [workspace.finish(workspace.new_scan(NOON)) for _ in range(11)]
    assert workspace.scans() == scans


def test_an_empty_workspace_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Workspace(root=tmp_path).latest()
    assert "routeaudit scan" in caught.value.hint


def test_text_is_never_written(tmp_path: Path) -> None:
    workspace = Workspace(root=tmp_path)
    scan = workspace.new_scan(NOON)
    scan.write_part(
        0, pl.DataFrame({"query": ["secret"], "team": ["a"], "response_text": ["s"]})
    )
    assert scan.records().collect().to_dict(as_series=False) == {"team": ["a"]}


def test_a_workspace_tells_git_to_ignore_it(tmp_path: Path) -> None:
    Workspace(root=tmp_path / "w").new_scan(NOON)
    assert (tmp_path / "w/.gitignore").read_text() == "*\n"


def test_a_discarded_scan_leaves_nothing(tmp_path: Path) -> None:
    workspace = Workspace(root=tmp_path)
    workspace.discard(workspace.new_scan(NOON))
    assert list((tmp_path / "scans").iterdir()) == []


def test_a_folder_without_records_is_no_scan(tmp_path: Path) -> None:
    assert open_scan(tmp_path) is None
