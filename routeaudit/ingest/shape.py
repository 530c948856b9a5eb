"""What a log format is: a sign to know it by, and a way from its records to rows.

A *unit* is the smallest thing that can be one call: a line of JSONL, an element of a JSON
array, a span in a trace, a row of a CSV. Every unit ends in exactly one pile, so that
units read = rows + merged + rejected.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple  # Any: parsed JSON

Row = dict[str, Any]
"""One call under construction: keys of `RECORD_COLUMNS`; an absent key is null.

`ts` is whole microseconds since 1970 UTC; `messages` a list of {"role", "content"} with plain
text contents; `tool_calls` a list of {"name", "arguments"}; `tags` a dict. Two more keys
are allowed: `total_tokens` as logged, against which the reader checks the others, and
`latency_raw`, a latency whose unit the reader tells from the whole log. The reader turns
all that into columns, derives `query` and `query_key`, sets `redacted` and `usage_flag`, and
counts tokens that the log does not tell.
"""


class Unit(NamedTuple):
    """One parsed record of a log and where it stood."""

    line: int  # from 1; for elements of one document, the element's number
    value: Any


class Aside(NamedTuple):
    """A unit that became no row of its own, and why. The reason never quotes the text."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """The three piles that some units fall into. Each row carries `source_line`."""

    rows: list[Row] = field(default_factory=list)
    merged: list[Aside] = field(default_factory=list)
    rejected: list[Aside] = field(default_factory=list)


class Scope(StrEnum):
    """How many of its units a format must see at once."""

    UNIT = "unit"  # each unit stands alone; any chunk will do
    FILE = "file"  # all units of this format in one file (transcripts, start/end halves)
    ALL = "all"  # across files (batch input joined with output, spans with log events)


Adapt = Callable[[Sequence[Unit]], Adapted]
Sign = Callable[[Mapping[str, Any]], bool]
Split = Callable[[Mapping[str, Any]], list[Any]]
Recognise = Callable[[str], str | None]
Group = Callable[[Any], str | None]


def either(*sets: str) -> tuple[frozenset[str], ...]:
    """Name the sets of keys that a sign needs: `either("id run_type", "batch")`."""
    return tuple(frozenset(words.split()) for words in sets)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFormat:
    """How a format is recognised and read.

    Attributes:
        rank: place in the detection order (the row number of the table in docs/formats.md);
            the lowest rank whose `sign` holds wins.
        sign: whether a parsed JSON object is of this format; must never raise.
        needs: the sign can hold only where all keys of one of these sets stand; any record may
            have it when none is named. Records of one set of keys are sorted out by that once.
        adapt: from units to rows; a unit that cannot be read is rejected, never raised.
        scope: how many units `adapt` must see at once.
        split: takes a document apart (a trace, a batch) into the values of its units.
        unwrap: takes off a wrapper (a CloudWatch line): each value it gives is detected
            again and is a unit of its own; when it gives none, the wrapper itself is a unit
            and goes to `adapt`.
        joins: name of the format that reads these units together with its own (batch input
            with batch output, log events with spans); hand them to its `adapt`, not to this.
        group: names what a unit must be read together with (its trace, its session), so that
            more units than fit in memory can wait on disk, apart by group.
        refuse: for logs that cannot answer (no prompts, no tokens): what to do instead.
        recognise_text: for plain text logs: why a line that is no JSON is refused; None for
            lines of other logs. Must never raise.
        strays: for logs where lines that are no objects stand beside the calls: why those are
            passed over, not rejected.
        about: one line for the list of formats.
    """

    rank: float
    sign: Sign
    adapt: Adapt
    needs: tuple[frozenset[str], ...] = ()
    scope: Scope = Scope.UNIT
    split: Split | None = None
    unwrap: Split | None = None
    joins: str = ""
    group: Group | None = None
    refuse: str = ""
    recognise_text: Recognise | None = None
    strays: str = ""
    about: str = ""
