"""The text that is classified, made the same way for every format.

A lone user message is the query itself. With a system prompt or earlier turns the query is
the transcript: "System: ...", "User: ...", parted by an empty line. Long parts keep their head
and tail, so that a query has about 6,000 characters at most: the last part 4,000, each other
1,000; of the middle, the turns nearest to the end are kept.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

LAST_CHARS = 4000
PART_CHARS = 1000
QUERY_CHARS = 6000
TAIL_SHARE = 0.3
CUT = "\n[...]\n"
BREAK = "\n\n"
NAMES = {
    "system": "System", "developer": "System", "user": "User", "human": "User",
    "assistant": "Assistant", "model": "Assistant", "ai": "Assistant", "tool": "Tool",
    "function": "Tool",
}  # fmt: skip


def query(messages: Sequence[Mapping[str, str]]) -> str | None:
    """Make the text to classify from {"role", "content"} messages; None without any text."""
    return query_of(spoken(messages))


def spoken(messages: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """Keep the messages that say something."""
    return [m for m in messages if (text := m["content"]) and not text.isspace()]


def query_of(told: Sequence[Mapping[str, str]]) -> str | None:
    """Make the text to classify as `query` does, from messages that all say something."""
    if not told:
        return None
    head, tail = told[:-1], told[-1]
    named, text = _name_of(tail["role"]), tail["content"]
    if not head and named == "User":
        return shortened(text, QUERY_CHARS)
    last = f"{named}: {shortened(text, LAST_CHARS)}"
    if not head:
        return last
    parts = [f"{_name_of(m['role'])}: {shortened(m['content'], PART_CHARS)}" for m in head]
    return BREAK.join([*_fitting(parts, QUERY_CHARS - len(last)), last])


@lru_cache(maxsize=256)
def _name_of(role: str) -> str:
    lower = role.lower()
    return NAMES.get(lower, lower.capitalize())


def shortened(text: str, most: int) -> str:
    """Keep a text's head and tail when it is longer than `most` characters."""
    if len(text) <= most:
        return text
    tail = round(most * TAIL_SHARE)
    return text[: most - tail - len(CUT)] + CUT + text[-tail:]


def _fitting(parts: Sequence[str], room: int) -> list[str]:
    if sum(map(len, parts)) + len(BREAK) * len(parts) <= room:
        return list(parts)
    first, later = parts[:1], parts[1:]
    room -= sum(len(part) + len(BREAK) for part in first) + len(CUT)
    kept: list[str] = []
    for part in reversed(later):
        room -= len(part) + len(BREAK)
        if room < 0:
            break
        kept.insert(0, part)
    return [*first, *(["[...]"] if len(kept) < len(later) else []), *kept]


def key(text: str | None) -> str | None:
    """Give the md5 of a query: equal text, equal key. It identifies, it does not protect."""
    if text is None:
        return None
    return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
