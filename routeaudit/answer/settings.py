"""What to ask a small model, and how much of the traffic."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from routeaudit.answer.scorers import Rules
from routeaudit.answer.scorers.contract import YES_NO
from routeaudit.answer.scorers.words import label
from routeaudit.errors import ConfigError
from routeaudit.options import check, option

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
OUTPUT_CAPS = {
    "classification": 48, "moderation": 48, "structured_qa": 256, "validation_formatting": 256,
}  # fmt: skip
OUTPUT_CAP = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettings:
    """Which sample is drawn, who answers it, and what counts as a good answer."""

    arm: str = option("mid", "the arm that this model is", choices=("micro", "mid"))
    sample: int = option(600, "distinct prompts to answer", low=1)
    budget: str = option("", "stop after this long: 30m, 2h")
    prove: str = option("", "plan the sample that proves this failure rate: 5%")
    seed: int = option(0, "which prompts the sample holds", low=0)
    max_tokens: int | None = option(
        None, "longest answer in tokens [default: by task, 48 to 512]", low=1
    )
    aliases: str | None = option(None, "JSON file of {other spelling: label}")
    schema: str | None = option(None, "JSON schema that JSON answers must keep")
    embedder: str = option("", "embedding .gguf file: shows how alike free text is (triage)")
    cosine_accept: float | None = option(
        None,
        "accept free text from this cosine on: an assumption, off unless set",
        low=-1,
        high=1,
    )
    cosine_reject: float | None = option(
        None,
        "refuse free text below this cosine: an assumption, off unless set",
        low=-1,
        high=1,
    )
    threads: int = option(0, "processors to use; 0 uses all", low=0, high=1024)
    gpu_layers: int = option(0, "layers to put on a GPU; -1 puts all", low=-1, high=10_000)
    sequences: int = option(8, "answers written side by side", low=1, high=256)
    context_tokens: int = option(8_192, "tokens held for all of them together", low=64)
    silence_s: float = option(600.0, "a worker silent for so long is given up", low=0.1)

    def __post_init__(self) -> None:
        check(self)
        self.budget_s()
        self.limit_to_prove()
        accept, reject = self.cosine_accept, self.cosine_reject
        if (accept is not None or reject is not None) and not self.embedder:
            raise ConfigError("a cosine needs an embedding file", hint="--embedder FILE.gguf")
        if accept is not None and reject is not None and accept < reject:
            raise ConfigError(f"cosine_accept {accept} lies below cosine_reject {reject}")

    def budget_s(self) -> float | None:
        """Read `budget` in seconds; null when there is none.

        Raises:
            ConfigError: it is no time.
        """
        if not self.budget:
            return None
        found = _DURATION.fullmatch(self.budget.strip())
        if found is None:
            raise ConfigError(f"budget is no time: {self.budget!r}", hint="as in 30m or 2h")
        return float(found.group(1)) * _UNITS_S[found.group(2) or "s"]

    def limit_to_prove(self) -> float | None:
        """Read `prove` as a fraction; null when nothing is to be planned.

        Raises:
            ConfigError: it is no share between 0 and 1.
        """
        if not self.prove:
            return None
        text = self.prove.strip()
        try:
            value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            value = -1.0
        if not 0 < value < 1:
            raise ConfigError(f"prove is no failure rate: {self.prove!r}", hint="as in 5%")
        return value

    def most_tokens(self, task: str | None, asked: int | None) -> int:
        """Give the longest answer to a request: its task's cap, or less if less was asked."""
        cap = self.max_tokens or OUTPUT_CAPS.get(task or "", OUTPUT_CAP)
        return min(cap, asked) if asked else cap


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """An endpoint that judges instead of a local model; none is asked unless it is named here."""

    endpoint: str = option(
        "", "send the undecided answers to this OpenAI-compatible address: https://HOST/v1"
    )
    endpoint_llm: str = option("", "name of the model at that address")
    key_env: str = option("", "environment variable with its key; no key is sent without")
    timeout_s: float = option(60.0, "a reply that takes longer is asked for again", low=0.1)
    attempts: int = option(4, "times to ask before an answer is left out", low=1, high=20)
    at_once: int = option(4, "answers under way side by side", low=1, high=64)

    def __post_init__(self) -> None:
        check(self)
        if not self.endpoint:
            return
        address = urlsplit(self.endpoint)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ConfigError("the endpoint is no http address", hint="as in https://HOST/v1")
        if "@" in address.netloc or address.query:
            raise ConfigError(
                "an endpoint must hold no password and no query",
                hint="name the variable that holds the key with --key-env",
            )
        if not self.endpoint_llm:
            raise ConfigError(
                f"which model is to judge at {address.netloc}?", hint="--endpoint-llm NAME"
            )


def rules_of(settings: AnswerSettings) -> Rules:
    """Read the files that say what is good enough.

    Raises:
        ConfigError: one is missing or no JSON object.
    """
    told = _json(settings.aliases) if settings.aliases else {}
    own = {label(str(key)): label(str(value)) for key, value in told.items()}
    schema = _json(settings.schema) if settings.schema else None
    return Rules(
        aliases={**YES_NO, **own}, json_schema=schema, cosine_accept=settings.cosine_accept,
        cosine_reject=settings.cosine_reject,
    )  # fmt: skip


def _json(name: str) -> Mapping[str, object]:
    try:
        value = orjson.loads(Path(name).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"{name} cannot be read as JSON") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{name} holds no JSON object")
    return value
