"""Everything to the full arm."""

from dataclasses import dataclass
from typing import ClassVar

from routeaudit.route.single import Single


@dataclass(frozen=True, kw_only=True)
class AllFull(Single):
    """Everything to the full arm."""

    target: ClassVar[str] = "full"


PLUGIN = AllFull
