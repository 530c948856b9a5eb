"""The trained weights: how they lie on disk and how they score n-grams.

One npz of plain arrays, nothing pickled. The vocabulary is hashed: a slot holds a feature's
number and eight more bits of its hash, so that a text of unknown words scores nothing instead
of the words that share its slots, and no word can be read back.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from routeaudit.classify.grams import Grams
from routeaudit.classify.parts import BODY, CONTEXT, FLAGS, PART_NAMES
from routeaudit.errors import ModelError
from routeaudit.frames import TASKS, TIERS

F32 = npt.NDArray[np.float32]

OUTPUTS = len(TASKS) + len(TIERS)
FORMAT = 1
_ID_BITS = 24
_ID_MASK = np.uint32((1 << _ID_BITS) - 1)
GROUP_WEIGHT = np.array([1.0, 1.0, 0.3], np.float32)
"""How much the asking parts, the payload and the flags weigh, each at unit length."""
LEAST_LENGTH = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """All that the embedded classifier knows; F features.

    Attributes:
        slots: (2**k,) feature number in the low 24 bits (0: none), hash check in the high 8.
        table: (F + 1, OUTPUTS) scores times loudness, row 0 zero; multiply by `scale`.
        loudness: (F + 1,) how much a feature counts beside the others of its part, row 0
            zero: learned, so that words that ask outweigh words of the pasted text.
        scale: (OUTPUTS,) what one step of the table is worth.
        bias: (OUTPUTS,) scores of an empty text.
        calibration: (8,) see `calibrate.Calibration`.
        meta: JSON: format, how it was trained, digests.
    """

    slots: npt.NDArray[np.uint32]
    table: npt.NDArray[np.int8]
    loudness: npt.NDArray[np.float16]
    scale: F32
    bias: F32
    calibration: F32
    meta: str

    def fingerprint(self) -> str:
        """Digest every array; equal weights, equal digest."""
        digest = hashlib.sha256()
        for field in fields(self):
            value = getattr(self, field.name)
            digest.update(value.encode() if isinstance(value, str) else value.tobytes())
        return digest.hexdigest()[:16]


class Scores(NamedTuple):
    """What the features of n queries add up to."""

    logits: F32  # (n, OUTPUTS)
    unknown: F32  # (n,) share of the asking words that training never saw, 0..1


def save(weights: Weights, path: Path) -> None:
    """Write the weights as an npz."""
    arrays = {field.name: getattr(weights, field.name) for field in fields(Weights)}
    arrays["meta"] = np.frombuffer(weights.meta.encode(), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        np.savez_compressed(out, **arrays)


def load(path: Path) -> Weights:
    """Read weights that `save` wrote.

    Raises:
        ModelError: the file is missing, is no such file, or was made for another version.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {field.name: stored[field.name] for field in fields(Weights)}
        meta = arrays.pop("meta").tobytes().decode()
        found = json.loads(meta)["format"]
    except (OSError, ValueError, KeyError, EOFError) as problem:
        raise ModelError(
            f"{path.name} holds no weights of the embedded classifier",
            hint="make one with python -m routeaudit.classify.training",
        ) from problem
    if found != FORMAT or arrays["table"].shape[1] != OUTPUTS:
        raise ModelError(
            f"{path.name} was trained for another version of routeaudit",
            hint="train it again with python -m routeaudit.classify.training",
        )
    return Weights(**arrays, meta=meta)


def slots_for(hashes: npt.NDArray[np.uint64], bits: int) -> npt.NDArray[np.uint32]:
    """Lay feature hashes into 2**bits slots; feature i gets number i + 1.

    Where two want one slot, the later one goes without: put the important ones first.
    """
    slots = np.zeros(1 << bits, np.uint32)
    where, check = _place(hashes, bits)
    numbers = np.arange(1, len(hashes) + 1, dtype=np.uint32)
    entry = (check << np.uint32(_ID_BITS)) | numbers
    slots[where[::-1]] = entry[::-1]
    return slots


def find(
    slots: npt.NDArray[np.uint32], hashes: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint32]:
    """Look up the number of each hashed feature; 0 where it is unknown (or the hash is 0)."""
    where, check = _place(hashes, len(slots).bit_length() - 1)
    entry = slots[where]
    known = ((entry >> np.uint32(_ID_BITS)) == check) & (hashes != 0)
    return np.where(known, entry & _ID_MASK, np.uint32(0))


def _place(
    hashes: npt.NDArray[np.uint64], bits: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    where = (hashes >> np.uint64(64 - bits)).astype(np.uint32)
    check = (hashes & np.uint64(0xFF)).astype(np.uint32)
    return where, check


def group_of(part: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Say which of the three weighed groups a part belongs to: asking, payload, flags."""
    payload = (part == BODY) | (part == CONTEXT)
    return np.where(part == FLAGS, 2, payload.astype(np.int64))


def score(found: Grams, queries: int, weights: Weights) -> Scores:
    """Add up the features of each query; the groups are scaled to unit length first."""
    numbers = find(weights.slots, found.hashes)
    group = group_of(found.part)
    logits = np.tile(weights.bias, (queries, 1))
    # Tokens of one part stand together, so a part is a run: sum each run, then scale the sums.
    run = np.flatnonzero(np.diff(found.query * len(PART_NAMES) + found.part, prepend=-1))
    hits = np.add.reduceat(np.count_nonzero(numbers, axis=1), run) if len(run) else run
    run = run[hits > 0]
    if len(run):
        known = numbers.ravel()[np.flatnonzero(numbers)]
        first = (np.cumsum(hits) - hits)[hits > 0]
        sums = np.add.reduceat(weights.table[known], first, axis=0, dtype=np.int32)
        loudness = weights.loudness[known].astype(np.float32)
        squares = np.add.reduceat(loudness * loudness, first)
        share = _share(squares, found.query[run] * 3 + group[run], group[run])
        np.add.at(logits, found.query[run], sums * share[:, None] * weights.scale)
    return Scores(logits, _unknown(numbers, found, group, queries))


def contributions(found: Grams, queries: int, weights: Weights) -> F32:
    """Give what each n-gram adds to the scores: (tokens, KINDS, OUTPUTS); they sum to `score`."""
    numbers = find(weights.slots, found.hashes)
    loudness = weights.loudness[numbers].astype(np.float32)
    group = group_of(found.part)
    key = found.query * 3 + group
    squares = np.bincount(key, weights=(loudness**2).sum(axis=1), minlength=3 * queries)
    share = GROUP_WEIGHT[group] / np.maximum(np.sqrt(squares), LEAST_LENGTH)[key]
    added = weights.table[numbers] * weights.scale * share[:, None, None]
    return np.asarray(added, np.float32)


def _share(squares: F32, key: npt.NDArray[np.int64], group: npt.NDArray[np.int64]) -> F32:
    """Say how much each run counts: its group's weight over its group's length."""
    length = np.sqrt(np.bincount(key, weights=squares))[key]
    return (GROUP_WEIGHT[group] / np.maximum(length, LEAST_LENGTH)).astype(np.float32)


def _unknown(
    numbers: npt.NDArray[np.uint32],
    found: Grams,
    group: npt.NDArray[np.int64],
    queries: int,
) -> F32:
    asking = group == 0
    words = np.bincount(found.query[asking], minlength=queries)
    missing = asking & (numbers[:, 0] == 0)
    strange = np.bincount(found.query[missing], minlength=queries)
    # A text without a word is unlike anything seen as well.
    return np.where(words > 0, strange / np.maximum(words, 1), 1.0).astype(np.float32)
