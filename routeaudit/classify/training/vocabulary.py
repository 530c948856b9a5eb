"""Which n-grams are worth keeping, and the matrix of them."""

from dataclasses import dataclass
from typing import Any, NamedTuple  # Any: a sparse matrix, from a library without types

import numpy as np
import numpy.typing as npt

from routeaudit.classify.grams import KINDS, Grams, grams
from routeaudit.classify.parts import marked
from routeaudit.classify.weights import find, group_of, slots_for

_BATCH = 2_048
SLOT_BITS = 18
_TOP_RARITY = 7.0
_RARITY_UNIT = 4.0


class Hashed(NamedTuple):
    """The n-grams of n queries."""

    grams: Grams
    queries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The kept features: where they lie and how loud each starts (row 0: none)."""

    slots: npt.NDArray[np.uint32]
    loudness: npt.NDArray[np.float32]

    @property
    def size(self) -> int:
        """Count rows of the tables: one more than there are features."""
        return len(self.loudness)


def hashed(texts: list[str]) -> Hashed:
    """Mark and hash queries."""
    batches = []
    for first in range(0, len(texts), _BATCH):
        found = grams([marked(text) for text in texts[first : first + _BATCH]])
        batches.append(found._replace(query=found.query + first))
    joined = Grams(
        np.concatenate([batch.hashes for batch in batches]),
        np.concatenate([batch.query for batch in batches]),
        np.concatenate([batch.part for batch in batches]),
        np.concatenate([batch.start for batch in batches]),
        np.concatenate([batch.length for batch in batches]),
    )
    return Hashed(joined, len(texts))


def vocabulary(
    source: Hashed, family: npt.NDArray[np.str_], *, rows: int, families: int
) -> Vocabulary:
    """Keep the features that at least so many rows and so many families of sources have.

    A feature that one source alone has says who wrote the data, not what is asked.
    """
    flat = source.grams.hashes.ravel()
    query = np.repeat(source.grams.query, KINDS)
    held = flat != 0
    unique, feature = np.unique(flat[held], return_inverse=True)
    in_rows = _distinct(feature, query[held], len(unique))
    number = np.unique(family, return_inverse=True)[1]
    in_families = _distinct(feature, number[query[held]], len(unique))
    kept = np.flatnonzero((in_rows >= rows) & (in_families >= families))
    kept = kept[np.lexsort((-in_rows[kept], -in_families[kept]))]
    slots = slots_for(unique[kept], SLOT_BITS)
    rare = np.minimum(np.log(source.queries / in_rows[kept]), _TOP_RARITY) / _RARITY_UNIT
    return Vocabulary(slots=slots, loudness=np.concatenate(([0], rare)).astype(np.float32))


def _distinct(
    feature: npt.NDArray[np.int64], owner: npt.NDArray[np.int64], features: int
) -> npt.NDArray[np.int64]:
    owners = int(owner.max(initial=0)) + 1
    pairs = np.unique(feature.astype(np.int64) * owners + owner)
    return np.bincount(pairs // owners, minlength=features)


class Counts(NamedTuple):
    """How often each query has each feature, and which group each feature belongs to."""

    rows: Any  # (queries, features + 1), a scipy sparse matrix
    group: npt.NDArray[np.int64]  # (features + 1,)


def counted(source: Hashed, words: Vocabulary) -> Counts:
    """Count the known features of each query."""
    from scipy import sparse  # type: ignore[import-untyped]  # noqa: PLC0415 only training needs it

    numbers = find(words.slots, source.grams.hashes)
    known = np.nonzero(numbers)
    columns, row = numbers[known], source.grams.query[known[0]]
    group = np.zeros(words.size, np.int64)
    # A hash is salted by its group, so a feature has one group only.
    group[columns] = group_of(source.grams.part)[known[0]]
    ones = np.ones(len(columns), np.float32)
    shape = (source.queries, words.size)
    return Counts(sparse.csr_matrix((ones, (row, columns)), shape=shape), group)
