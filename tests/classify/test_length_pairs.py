"""Hand-written pairs in which the length of a query says the wrong thing, both ways round."""

import tomllib
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from routeaudit.classify import load_classifier

WRITTEN = tomllib.loads((Path(__file__).parent / "length_pairs.toml").read_text("utf-8"))
WAYS = ("long_simple_short_complex", "short_simple_long_complex")
LONG_CHARS, SHORT_CHARS = 700, 60


class Pairs(NamedTuple):
    simple: list[str]
    complex: list[str]


def pairs(way: str) -> Pairs:
    return Pairs(*([_filled(pair[kind]) for pair in WRITTEN[way]] for kind in Pairs._fields))


def _filled(query: str) -> str:
    for name, text in WRITTEN["texts"].items():
        query = query.replace("{" + name + "}", text)
    return query


def p_simple(queries: list[str]) -> list[float]:
    return load_classifier("embedded").classify(pl.Series(queries))["p_simple"].to_list()


def test_length_says_the_wrong_thing_in_every_pair() -> None:
    long, short = pairs(WAYS[0]), pairs(WAYS[1])
    assert min(map(len, long.simple + short.complex)) >= LONG_CHARS
    assert max(map(len, long.complex + short.simple)) <= SHORT_CHARS
    assert min(len(long.simple), len(short.simple)) >= 12


@pytest.mark.parametrize("way", WAYS)
def test_the_simple_query_of_a_pair_has_the_higher_p_simple(way: str) -> None:
    written = pairs(way)
    ordered = zip(p_simple(written.simple), p_simple(written.complex), strict=True)
    share = sum(easy > hard for easy, hard in ordered) / len(written.simple)
    assert share >= 0.95


def test_at_most_one_complex_query_in_ten_is_called_simple_whatever_its_length() -> None:
    hard = pairs(WAYS[0]).complex + pairs(WAYS[1]).complex
    assert sum(p >= 0.5 for p in p_simple(hard)) / len(hard) <= 0.1
