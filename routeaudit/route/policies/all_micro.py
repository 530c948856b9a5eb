"""Everything to the micro arm."""

from dataclasses import dataclass
from typing import ClassVar

from routeaudit.route.single import Single


@dataclass(frozen=True, kw_only=True)
class AllMicro(Single):
    """Everything to the micro arm."""

    target: ClassVar[str] = "micro"


PLUGIN = AllMicro
