"""What a local model is asked to write, and what it wrote with what it thought of each token."""

import msgspec

from routeaudit.local_model.engine import EngineSettings


class WriterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to load, and how many answers grow side by side.

    `context_tokens` are shared by all of them: prompts and answers together.
    """

    engine: EngineSettings
    sequences: int = 8
    context_tokens: int = 8_192


class Said(msgspec.Struct, frozen=True):
    """One turn of a conversation."""

    role: str
    content: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation to answer.

    Attributes:
        most_tokens: the longest answer.
        choices: the allowed answers where the set is closed; empty where it is open.
    """

    turns: tuple[Said, ...]
    most_tokens: int
    choices: tuple[str, ...] = ()


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. Log-probabilities are natural, before temperature, without the end token.

    Attributes:
        finish_reason: stop, length, or prompt_too_long (then there is no answer).
        quantiles: of the tokens' log-probabilities at 5, 10, 25 and 50 %.
        margin_mean: of p1 - p2, the lead of each token over the next likely one.
        choice_share: probability of the answer among the allowed ones; null where the set was
            open or the answer is none of them.
        shared_tokens: of the prompt that another one had decoded already.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    answer_tokens: int
    logprob_sum: float | None
    logprob_min: float | None
    quantiles: tuple[float, float, float, float] | None
    margin_mean: float | None
    margin_min: float | None
    choice_share: float | None
    first_token_s: float | None
    total_s: float
    shared_tokens: int = 0
