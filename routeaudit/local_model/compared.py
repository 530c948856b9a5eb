"""Two texts and how alike they are."""

import msgspec


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """Two texts to compare."""

    one: str
    other: str


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """How alike they are, -1 to 1; `is_cut` when a text was too long and its end left out."""

    cosine: float
    is_cut: bool
