"""Turn marked queries into hashed n-grams, all at once with numpy.

A token is a word, a run of one punctuation mark, or a single character of a script that writes
no spaces. Every token of the asking parts (system, head, tail) gives a word, a stem, a pair, a
triple and a word-with-part; a token of the other parts gives the word alone.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.classify.parts import BODY, CONTEXT, FLAGS, MARKS

U64 = npt.NDArray[np.uint64]

KINDS = 6
_STEM_CHARS = 5
_WORD_CHARS = 32
_SPACE, _WORD, _DIGIT, _PUNCTUATION, _ALONE = range(5)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_SALT = np.array(
    [0x1B873593, 0xCC9E2D51, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F, 0x165667B1, 0x9E3779B1, 0x2545F491],
    dtype=np.uint64,
)  # fmt: skip
_POWERS = np.cumprod(np.full(_WORD_CHARS, _BASE, np.uint64), dtype=np.uint64)


class Grams(NamedTuple):
    """Hashed n-grams of n queries, in their order.

    `hashes` is (tokens, KINDS), 0 where a token has no such n-gram; `query` and `part` are
    (tokens,): which query the token belongs to, and which part of it.
    """

    hashes: U64
    query: npt.NDArray[np.int64]
    part: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]


def _classes() -> npt.NDArray[np.uint8]:
    table = np.full(0x20000, _WORD, np.uint8)
    table[:0x80] = _PUNCTUATION
    table[:0x21] = _SPACE
    table[0x0A] = _PUNCTUATION
    for first, last, kind in (
        ("0", "9", _DIGIT), ("a", "z", _WORD), ("A", "Z", _WORD), ("_", "_", _WORD),
        ("\x7f", "\xbf", _PUNCTUATION), ("\u00a0", "\u00a0", _SPACE),
        ("\u0e00", "\u0eff", _ALONE), ("\u1000", "\u109f", _ALONE), ("\u1780", "\u17ff", _ALONE),
        ("\u2000", "\u200b", _SPACE), ("\u2010", "\u2bff", _PUNCTUATION),
        ("\u3000", "\u3000", _SPACE), ("\u3001", "\u303f", _PUNCTUATION),
        ("\u3040", "\u9fff", _ALONE), ("\uac00", "\ud7af", _ALONE), ("\ue000", "\ue0ff", _ALONE),
        ("\uff01", "\uff0f", _PUNCTUATION), ("\uff10", "\uff19", _DIGIT),
        ("\uff1a", "\uff20", _PUNCTUATION),
    ):  # fmt: skip
        table[ord(first) : ord(last) + 1] = kind
    table[0x1F000:0x20000] = _ALONE
    return table


_CLASS = _classes()


def grams(texts: list[str]) -> Grams:
    """Hash the n-grams of marked queries."""
    chars = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), np.uint32)
    kind = _CLASS[np.minimum(chars, len(_CLASS) - 1)]
    start, length = _tokens(chars, kind)
    word, stem = _word_hashes(chars, kind, start, length)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
    query = np.searchsorted(ends, start, side="right")
    first = chars[start]
    opens = (first >= ord(MARKS[0])) & (first <= ord(MARKS[FLAGS]))
    index = np.arange(len(start))
    opener = np.maximum.accumulate(np.where(opens, index, 0)) if len(index) else index
    part = first[opener].astype(np.int64) - ord(MARKS[0]) if len(index) else index
    return Grams(_kinds(word, stem, opener, part), query, part, start, length)


def _tokens(
    chars: npt.NDArray[np.uint32], kind: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Find where each token starts and how long it is."""
    changes = np.ones(len(chars) + 1, bool)
    changes[1:-1] = kind[1:] != kind[:-1]
    changes[1:-1] |= kind[1:] == _ALONE
    changes[1:-1] |= (kind[1:] == _PUNCTUATION) & (chars[1:] != chars[:-1])
    edge = np.flatnonzero(changes)
    start, length = edge[:-1], np.diff(edge)
    kept = kind[start] != _SPACE
    return start[kept], length[kept]


def _word_hashes(
    chars: npt.NDArray[np.uint32],
    kind: npt.NDArray[np.uint8],
    start: npt.NDArray[np.int64],
    length: npt.NDArray[np.int64],
) -> tuple[U64, U64]:
    """Hash each token and its stem; a number counts by its number of digits, up to four."""
    if not len(start):
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    value = (chars.astype(np.uint64) + np.uint64(1)) * _MIX
    value ^= value >> np.uint64(29)
    digit = kind == _DIGIT
    value[digit] = _SALT[6]
    capped = np.minimum(length, _WORD_CHARS)
    number = digit[start]
    capped[number] = np.minimum(capped[number], 4)
    one = kind[start] == _PUNCTUATION
    capped[one] = np.minimum(capped[one], 3)
    total = np.concatenate(([0], np.cumsum(capped)))
    place = np.arange(total[-1]) - np.repeat(total[:-1], capped)
    terms = value[np.repeat(start, capped) + place] * _POWERS[place]
    word = np.add.reduceat(terms, total[:-1])
    terms[place >= _STEM_CHARS] = 0
    stem = np.add.reduceat(terms, total[:-1])
    stem[(capped <= _STEM_CHARS) | number] = 0
    return _mixed(word), stem


def _mixed(hashes: U64) -> U64:
    hashes = (hashes ^ (hashes >> np.uint64(33))) * _MIX
    return hashes ^ (hashes >> np.uint64(29))


def _kinds(
    word: U64, stem: U64, opener: npt.NDArray[np.int64], part: npt.NDArray[np.int64]
) -> U64:
    """Combine token hashes into the n-grams of each kind; 0 where there is none."""
    tokens = len(word)
    out = np.zeros((tokens, KINDS), np.uint64)
    asking = (part != BODY) & (part != CONTEXT) & (part != FLAGS)
    salt = np.where(asking, _SALT[0], _SALT[1])
    salt = np.where(part == CONTEXT, _SALT[7], salt)
    out[:, 0] = _mixed(word + salt)
    stemmed = asking & (stem != 0)
    out[stemmed, 1] = _mixed(stem[stemmed] + _SALT[2])
    pair = np.zeros(tokens, bool)
    pair[:-1] = asking[:-1] & (opener[1:] == opener[:-1])
    here = np.flatnonzero(pair)
    paired = word[here] * _BASE + word[here + 1]
    out[here, 2] = _mixed(paired + _SALT[3])
    triple = np.zeros(tokens, bool)
    triple[:-2] = pair[:-2] & pair[1:-1]
    here = np.flatnonzero(triple)
    out[here, 3] = _mixed(
        (word[here] * _BASE + word[here + 1]) * _BASE + word[here + 2] + _SALT[4]
    )
    out[here, 4] = _mixed(word[here] * _BASE + word[here + 2] + _SALT[5])
    out[asking, 5] = _mixed((word[asking] + part[asking].astype(np.uint64)) * _BASE + _SALT[6])
    return out
