"""Sixteen requests in each of eleven languages, and what the guide says of them."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from routeaudit.classify import load_classifier

HERE = Path(__file__).parent
QUERIES: dict[str, dict[str, list[str]]] = tomllib.loads(
    (HERE / "languages.toml").read_text("utf-8")
)
GUIDE = (HERE.parent.parent / "docs" / "classifier.md").read_text("utf-8")
WEAK = {"Korean", "Arabic"}


class Right(NamedTuple):
    simple: int
    complex: int


@cache
def right(language: str) -> Right:
    """Count the simple queries called simple and the complex ones called complex."""
    judge = load_classifier("embedded")
    simple, hard = (
        judge.classify(pl.Series(QUERIES[language][kind]))["p_simple"].to_list()
        for kind in ("simple", "complex")
    )
    return Right(sum(p >= 0.5 for p in simple), sum(p < 0.5 for p in hard))


@pytest.mark.parametrize("language", QUERIES)
def test_the_guide_says_how_many_of_eight_and_eight_are_right(language: str) -> None:
    row = re.search(rf"^\| {language} \| (\d) of 8 \| (\d) of 8 \|", GUIDE, re.MULTILINE)
    assert row, "the guide leaves this language out"
    assert Right(int(row[1]), int(row[2])) == right(language)


@pytest.mark.parametrize("language", sorted(set(QUERIES) - WEAK))
def test_in_nine_languages_at_most_one_of_eight_complex_requests_is_called_simple(
    language: str,
) -> None:
    assert right(language).complex >= 7
