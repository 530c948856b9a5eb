"""Figures, intervals and evidence: the small parts of a result."""

from enum import StrEnum

import msgspec


class Evidence(StrEnum):
    """How a figure came to be, from the most to the least trusted (docs/method.md, quality)."""

    MEASURED = "measured"
    REPLAYED = "replayed"
    JUDGED = "judged"
    ESTIMATED = "estimated"
    ASSUMED = "assumed"
    NONE = "none"


class Verdict(StrEnum):
    """What a limit on the failure rate says; there is no green without measurement."""

    PASS = "PASS"  # noqa: S105 not a password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOT_MEASURED = "NOT MEASURED"


class Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value: frozen, keyword-only, strict when read back."""


class Interval(Struct, frozen=True, kw_only=True):
    """A range and where it comes from."""

    low: float
    high: float
    level: float | None = 0.95  # None: a range of assumptions, with no probability attached
    method: str = ""


class Figure(Struct, frozen=True, kw_only=True):
    """A number with its range and its evidence."""

    value: float | None
    interval: Interval | None = None
    evidence: Evidence = Evidence.MEASURED
    note: str = ""
