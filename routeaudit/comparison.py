"""What a comparison of policies is made of: what was asked of them, and the rows entered."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from routeaudit.frames import TIERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user asks of every policy: shares or thresholds, and which score they cut.

    Attributes:
        shares: of all requests, for each cheaper side of a cut, cheapest first; empty: not asked.
        kept: share of first answers that an escalating policy keeps; None: as `shares`.
        thresholds: one for each cut, strict to lax, in the score's own unit; empty: not asked.
        score: the visible column that is cut before sending.
        turned: the scores of which a high value of the user's means hard; the visible ones are
            turned already (their negatives).
        arms: the arms that can be called, cheapest first.
        calibration: visible columns of other traffic to take quantiles from; None: the same.
    """

    shares: tuple[float, ...] = ()
    kept: float | None = None
    thresholds: tuple[float, ...] = ()
    score: str = "p_simple"
    turned: tuple[str, ...] = ()
    arms: tuple[str, ...] = TIERS
    calibration: pl.DataFrame | None = None

    def sign(self, score: str | None) -> float:
        """Return -1 where the user's scale of a score runs the other way, else 1."""
        return -1.0 if score in self.turned else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the comparison: a policy, and the path it gives each request.

    Attributes:
        paths: (n,) of PATH, never null; kept as an Enum of the different ones.
        score: the visible column that its first cut reads; None when nothing can be swept.
        param: the name of its last cut, and `cut` its value on the visible (turned) scale.
        first_cut: likewise the value of its strictest cut; the same where it has one only.
        reads_classifier: it needs a verdict of the classifier, whose cost and time it pays.
    """

    policy: str
    role: Literal["policy", "honesty"]
    params: dict[str, float | int | str | bool | None]
    paths: pl.Series
    score: str | None = None
    param: str = ""
    cut: float | None = None
    first_cut: float | None = None
    reads_classifier: bool = False
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.paths.dtype, pl.Enum):
            kinds = sorted(self.paths.unique().to_list())
            object.__setattr__(self, "paths", self.paths.cast(pl.Enum(kinds)))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The different paths; the numbers of `codes` are places in it."""
        return tuple(cast("pl.Enum", self.paths.dtype).categories.to_list())

    @property
    def small_arm(self) -> str:
        """The arm that keeps what its last cut lets it keep."""
        return str(self.params.get("arm") or "mid")

    @property
    def passed_on(self) -> str:
        """The path of what the small arm does not keep."""
        return f"{self.small_arm}>full" if self.score == "confidence" else "full"

    @property
    def codes(self) -> npt.NDArray[np.integer]:
        """(n,) which of `kinds` each request takes."""
        return self.paths.to_physical().to_numpy()


class Entered(NamedTuple):
    """All rows of the comparison, and what could not be entered, in words."""

    entries: tuple[Entry, ...]
    warnings: tuple[str, ...]
