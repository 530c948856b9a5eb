"""Everything to the model that was logged, as it was."""

from dataclasses import dataclass
from typing import ClassVar

from routeaudit.route.single import Single


@dataclass(frozen=True, kw_only=True)
class AsLogged(Single):
    """Leave every call where the log says it went."""

    target: ClassVar[str] = "logged"


PLUGIN = AsLogged
