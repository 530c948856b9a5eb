"""What every scorer takes and gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple  # Any: a JSON schema

YES_NO: Mapping[str, str] = {"y": "yes", "true": "yes", "n": "no", "false": "no"}


class Pair(NamedTuple):
    """A logged answer and a small model's answer to the same request."""

    task: str | None
    logged: str
    answer: str
    response_format: str | None = None


class Score(NamedTuple):
    """How an answer fared: which scorer spoke, its figure, and its word.

    Attributes:
        scorer: its name in reports.
        value: on the scorer's own scale 0..1; null where it could not be worked out.
        accepted: null where the scorer only sorts, and a judge or a person must decide.
    """

    scorer: str
    value: float | None
    accepted: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What counts as good enough; the limits are assumptions.

    Attributes:
        aliases: another spelling of a label -> the label, both normalised.
        cosine_accept: free text is accepted from this embedding cosine on; None: never by it.
        cosine_reject: and refused below this one.
        json_schema: that every JSON answer must keep; None: any JSON will do.
    """

    aliases: Mapping[str, str] = field(default_factory=lambda: dict(YES_NO))
    json_schema: Mapping[str, Any] | None = None
    number_tolerance: float = 1e-6
    least_json_f1: float = 0.9
    least_token_f1: float = 0.8
    chrf_accept: float = 0.6
    chrf_reject: float = 0.4
    cosine_accept: float | None = None
    cosine_reject: float | None = None
