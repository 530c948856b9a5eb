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

from routeaudit.classify.grams import KINDS, Grams
from routeaudit.classify.parts import BODY, CONTEXT, FLAGS
from routeaudit.errors import ModelError
from routeaudit.frames import TASKS, TIERS

F32 = npt.NDArray[np.float32]

OUTPUTS = len(TASKS) + len(TIERS)
FORMAT = 1
_ID_BITS = 24
_ID_MASK = np.uint32((1 << _ID_BITS) - 1)
RARITY_STEP = 32.0
"""Feature rarities are stored in steps of 1/32."""
GROUP_WEIGHT = np.array([1.0, 1.0, 0.3], np.float32)
"""How much the asking parts, the payload and the flags weigh, each at unit length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """All that the embedded classifier knows; F features.

    Attributes:
        slots: (2**k,) feature number in the low 24 bits (0: none), hash check in the high 8.
        table: (F + 1, OUTPUTS) scores, row 0 zero; multiply by `scale`.
        rarity: (F + 1,) weight of each feature in steps of 1/RARITY_STEP, row 0 zero.
        scale: (OUTPUTS,) what one step of the table is worth.
        bias: (OUTPUTS,) scores of an empty text.
        calibration: (8,) see `calibrate.Calibration`.
        meta: JSON: format, how it was trained, digests.
    """

    slots: npt.NDArray[np.uint32]
    table: npt.NDArray[np.int8]
    rarity: npt.NDArray[np.uint8]
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
    rarity = weights.rarity[numbers].astype(np.float32) / RARITY_STEP
    key = found.query * 3 + group
    squares = np.bincount(key, weights=(rarity * rarity).sum(axis=1), minlength=3 * queries)
    length = np.maximum(np.sqrt(squares), 1.0).astype(np.float32)
    share = (GROUP_WEIGHT[group] / length[key])[:, None] * rarity
    logits = np.zeros((queries, OUTPUTS), np.float32)
    rows = weights.table[numbers.ravel()].reshape(-1, KINDS, OUTPUTS)
    terms = np.einsum("tko,tk->to", rows, share, optimize=False)
    starts = np.flatnonzero(np.diff(found.query, prepend=-1))
    logits[found.query[starts]] = np.add.reduceat(terms, starts, axis=0)
    logits = logits * weights.scale + weights.bias
    return Scores(logits.astype(np.float32), _unknown(numbers, found, group, queries))


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
