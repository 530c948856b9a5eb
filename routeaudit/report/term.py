"""A word of the reports that can be explained."""

from typing import NamedTuple


class Term(NamedTuple):
    """One figure: what it means in plain words, how it is worked out, and from what."""

    name: str
    meaning: str
    formula: str
    source: str
