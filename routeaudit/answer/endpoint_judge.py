"""A judge behind an endpoint: the same question as a local one is asked, in both orders."""

import logging
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from routeaudit.answer.endpoint import Endpoint, NoReplyError
from routeaudit.answer.judge import LABELS, PLACE, PROMPT, Shown, not_worse, pair_text
from routeaudit.errors import ModelError

log = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 5
_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)
_LETTER = re.compile(
    r"\W*(?:(?:the )?(?:answer|letter|verdict)\W+(?:is\W+)?)?([abc])\b(?![ \t]+\w|').*",
    re.DOTALL | re.IGNORECASE,
)


class EndpointJudge:
    """Compares answers by asking an endpoint for a letter."""

    def __init__(self, endpoint: Endpoint, *, at_once: int) -> None:
        """Make it ready; nothing is sent yet.

        Args:
            endpoint: whom to ask.
            at_once: rows under way side by side.
        """
        self._endpoint, self._at_once = endpoint, at_once
        self._in_a_row = 0

    @property
    def name(self) -> str:
        """What its verdicts are kept under."""
        return f"{self._endpoint.llm} at {self._endpoint.host}"

    def judged(self, rows: Sequence[Shown]) -> Iterator[tuple[Shown, bool]]:
        """Judge rows, some at a time; one without a verdict in either order is left out.

        Raises:
            ModelError: the endpoint refuses, or several rows in a row got no verdict.
        """
        iterator = iter(rows)
        with ThreadPoolExecutor(self._at_once) as pool:
            while some := list(islice(iterator, self._at_once)):
                for row, verdict in zip(some, pool.map(self._verdict, some), strict=True):
                    if isinstance(verdict, bool):
                        self._in_a_row = 0
                        yield row, verdict
                    else:
                        self._count_failure(verdict)

    def _verdict(self, row: Shown) -> bool | str:
        """Judge one row, or say why it could not be."""
        try:
            first, second = (self._shares(row, own_first=order) for order in (True, False))
        except NoReplyError as error:
            return str(error)
        return not_worse(first, second)

    def _shares(self, row: Shown, *, own_first: bool) -> list[float]:
        """Give the letter that was said as a distribution over LABELS."""
        said = self._endpoint.reply(PROMPT.replace(PLACE, pair_text(row, own_first=own_first)))
        letter = letter_of(said)
        if letter is None:
            raise NoReplyError("the reply is none of A, B and C")
        return [float(letter == label) for label in LABELS]

    def _count_failure(self, reason: str) -> None:
        log.warning("an answer got no verdict: %s", reason)
        self._in_a_row += 1
        if self._in_a_row >= FAILURES_IN_A_ROW:
            raise ModelError(
                f"{self._endpoint.host} gave no verdict on {self._in_a_row} answers in a row: "
                f"{reason}",
                hint="what was judged is kept; the same command goes on from there",
            )


def letter_of(said: str) -> str | None:
    """Read the letter of a reply such as `B`, `**C**` or `Letter: A`; null for any other.

    Only the beginning counts: a sentence that starts with the word "a" is no verdict.
    """
    found = _LETTER.fullmatch(_THOUGHTS.sub("", said).strip())
    return found.group(1).upper() if found else None
