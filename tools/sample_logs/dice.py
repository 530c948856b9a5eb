"""Chance from one seed, the same on every machine."""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")
HEX = "0123456789abcdef"
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Dice:
    """Draws that use nothing but `random()`, whose stream Python promises never to change."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)  # noqa: S311 - made-up data, no secrets

    def unit(self) -> float:
        """Draw from [0, 1)."""
        return self._source.random()

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from low to high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def one_of(self, things: Sequence[T]) -> T:
        """Draw one of them, each as likely."""
        return things[int(self.unit() * len(things))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Draw a key in proportion to its weight."""
        left = self.unit() * sum(weights.values())
        things = list(weights)
        for thing in things:
            left -= weights[thing]
            if left < 0:
                return thing
        return things[-1]

    def happens(self, chance: float) -> bool:
        """Say yes with this chance."""
        return self.unit() < chance

    def normal(self) -> float:
        """Draw from nearly a standard normal: additions only, so no machine rounds otherwise."""
        return sum(self.unit() for _ in range(12)) - 6.0

    def text(self, length: int, letters: str = HEX) -> str:
        """Draw that many letters."""
        return "".join(self.one_of(letters) for _ in range(length))

    def uuid(self) -> str:
        """Draw an id of the shape of a version 4 UUID."""
        raw = self.text(32)
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"
