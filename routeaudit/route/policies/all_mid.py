"""Everything to the mid arm."""

from dataclasses import dataclass
from typing import ClassVar

from routeaudit.route.single import Single


@dataclass(frozen=True, kw_only=True)
class AllMid(Single):
    """Everything to the mid arm."""

    target: ClassVar[str] = "mid"


PLUGIN = AllMid
