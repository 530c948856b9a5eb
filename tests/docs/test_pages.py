"""The pages are whole: links lead somewhere, commands exist, tables match what they describe."""

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from routeaudit.cli.app import COMMANDS

REPO = Path(__file__).parents[2]
PAGES = sorted([REPO / "README.md", *(REPO / "docs").glob("*.md")])


def named(path: Path) -> str:
    return str(path.relative_to(REPO))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_inside_the_project_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    words = re.findall(r"(?:`|^ {4,}(?:- )?|\$ )routeaudit ([a-z]+)", text, re.MULTILINE)
    assert set(words) <= set(COMMANDS)


def test_every_page_stands_in_the_index() -> None:
    index = (REPO / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in PAGES} - {"README.md"}
    assert {page for page in pages if f"]({page})" not in index} == set()


def test_a_file_that_the_code_names_is_there() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for p in (REPO / "routeaudit").rglob("*.py"))
    named_files = set(re.findall(r"docs/[a-z_]+\.(?:md|schema\.json)", code))
    assert {name for name in named_files if not (REPO / name).is_file()} == set()


def test_no_picture_is_heavier_than_300_kb() -> None:
    heavy = [p.name for p in (REPO / "docs" / "images").iterdir() if p.stat().st_size > 300_000]
    assert heavy == []


def test_the_page_on_builds_names_every_input_of_the_action() -> None:
    action = yaml.safe_load((REPO / "action.yml").read_text(encoding="utf-8"))
    page = (REPO / "docs" / "ci.md").read_text(encoding="utf-8")
    assert {name for name in action["inputs"] if f"`{name}`" not in page} == set()
