"""Figures, intervals and evidence: the small parts of a result."""

import math
from enum import StrEnum

import msgspec

ALL_DECIMALS = 12


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

    @property
    def decimals(self) -> int:
        """Decimals that the half-width leaves meaningful, negative for tens and above."""
        half = (self.high - self.low) / 2
        if half <= 0 or not math.isfinite(half):
            return ALL_DECIMALS
        exponent = math.floor(math.log10(half))
        # A leading 1 is coarse as a step (100 of 190 loses half of it), so keep one digit more.
        if half < 2 * 10**exponent:
            exponent -= 1
        return -exponent


class Figure(Struct, frozen=True, kw_only=True):
    """A number with its range and its evidence."""

    value: float | None
    interval: Interval | None = None
    evidence: Evidence = Evidence.MEASURED
    note: str = ""
