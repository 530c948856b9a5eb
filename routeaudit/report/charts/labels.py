"""Put names beside points so that none covers a point or another name."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Side = Literal["left", "right"]
LETTER = 0.0165  # width of a letter, as a part of the chart's width
LINE = 0.06  # height of a line, as a part of the chart's height
GAP = 0.03  # between a point and its name
DOT = 0.014  # half the width of a point
STEPS = (0, 1, -1, 2, -2, 3, -3, 4, -4)


class Spot(NamedTuple):
    """A point with a name; x and y are parts of the chart's width and height, 0..1."""

    name: str
    x: float
    y: float


class Placed(NamedTuple):
    """Where a name goes: its inner end, and the side of the point that it stands on."""

    x: float
    y: float
    side: Side


class _Box(NamedTuple):
    left: float
    right: float
    low: float
    high: float

    def meets(self, other: "_Box") -> bool:
        beside = self.right <= other.left or other.right <= self.left
        above = self.high <= other.low or other.high <= self.low
        return not (beside or above)


def place(spots: Sequence[Spot]) -> list[Placed]:
    """Place each name in turn, the first with the most room.

    Returns:
        (n,) one place a spot, in the same order; a name that fits nowhere stays at its point.
    """
    dots = [_Box(s.x - DOT, s.x + DOT, s.y - 2 * DOT, s.y + 2 * DOT) for s in spots]
    boxes: list[_Box] = []
    found = []
    for number, spot in enumerate(spots):
        obstacles = [*boxes, *dots[:number], *dots[number + 1 :]]
        chosen = next(
            (
                placed
                for placed in _candidates(spot)
                if _inside(_box(spot, placed))
                and not any(_box(spot, placed).meets(box) for box in obstacles)
            ),
            next(_candidates(spot)),
        )
        boxes.append(_box(spot, chosen))
        found.append(chosen)
    return found


def _candidates(spot: Spot) -> Iterator[Placed]:
    for step in STEPS:
        yield Placed(spot.x + GAP, spot.y + step * LINE, "right")
        yield Placed(spot.x - GAP, spot.y + step * LINE, "left")


def _box(spot: Spot, placed: Placed) -> _Box:
    width = LETTER * len(spot.name)
    left = placed.x if placed.side == "right" else placed.x - width
    return _Box(left, left + width, placed.y - LINE / 2, placed.y + LINE / 2)


def _inside(box: _Box) -> bool:
    return box.left >= 0 and box.right <= 1 and box.low >= 0 and box.high <= 1
