"""Texts made comparable: one spelling for what means the same."""

import re
import unicodedata

_LEAD = re.compile(
    r"^(?:(?:the )?(?:final )?(?:label|answer|category|class|sentiment|result))\s*(?:is|:|=)\s*"
)
_ENDS = " \t\r\n\"'`*.,;:!?()[]{}<>“”‘’«»"  # noqa: RUF001 people quote with these
_GAPS = re.compile(r"[\s_\-]+")
_WORDS = re.compile(r"\w+")
_ARTICLES = frozenset(("a", "an", "the"))
_FENCE = re.compile(r"^```[a-zA-Z]*\s*\n(.*?)\n?```$", re.DOTALL)


def plain(text: str) -> str:
    """Fold case, width and runs of blanks: what is equal after this is the same answer."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def label(text: str) -> str:
    """Strip what surrounds a label: `**Label: "Billing".**` becomes `billing`."""
    bare = plain(text).strip(_ENDS)
    return _GAPS.sub(" ", _LEAD.sub("", bare)).strip(_ENDS)


def words(text: str) -> list[str]:
    """Cut a text into its words, case folded, in order."""
    return _WORDS.findall(plain(text))


def content_words(text: str) -> list[str]:
    """Give the words that are no article, as SQuAD counts them."""
    return [word for word in words(text) if word not in _ARTICLES]


def without_fence(text: str) -> str:
    """Take a block of code out of its fence."""
    found = _FENCE.match(text.strip())
    return found.group(1) if found else text.strip()
