# ruff: noqa: INP001 a script run by hand, not a package
"""Run LiteLLM's complexity router and frugon's split over texts, in an environment of their own.

Reads JSON lines {"system", "user"} on stdin and writes one line {"tier", "seconds"} per rival
and text: `python rivals.py litellm < texts`. They are separate because their dependencies
clash with ours; `pip install litellm==1.106.2 frugon==0.2.6` makes the environment.
"""

import json
import sys
import time
from collections.abc import Callable
from unittest.mock import MagicMock

_CHARS_PER_TOKEN = 4


def _litellm() -> Callable[[str, str], str]:
    from litellm.router_strategy.complexity_router.complexity_router import (  # type: ignore[import-not-found]  # noqa: PLC0415 only one rival is installed at a time
        ComplexityRouter,
    )

    router = ComplexityRouter(model_name="bench", litellm_router_instance=MagicMock())
    sizes = {"SIMPLE": "micro", "MEDIUM": "mid"}

    def tier(system: str, user: str) -> str:
        found, _, _ = router.classify(user, system or None)
        return sizes.get(getattr(found, "value", str(found)), "full")

    return tier


def _frugon() -> Callable[[str, str], str]:
    from frugon.cost import LogRecord  # type: ignore[import-not-found]  # noqa: PLC0415 see above
    from frugon.routing import is_easy  # type: ignore[import-not-found]  # noqa: PLC0415 see above

    def tier(system: str, user: str) -> str:
        record = LogRecord(
            model="", messages=[{"role": "user", "content": user}], completion_text="",
            prompt_tokens=(len(system) + len(user)) // _CHARS_PER_TOKEN, completion_tokens=0,
            timestamp=None,
        )  # fmt: skip
        return "mid" if is_easy(record) else "full"

    return tier


def main() -> None:
    """Judge every line of stdin."""
    tier = {"litellm": _litellm, "frugon": _frugon}[sys.argv[1]]()
    rows = [json.loads(line) for line in sys.stdin]
    began = time.process_time()
    tiers = [tier(row["system"], row["user"]) for row in rows]
    json.dump({"tiers": tiers, "seconds": time.process_time() - began}, sys.stdout)


if __name__ == "__main__":
    main()
