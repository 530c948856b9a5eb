"""What a sample's answers are worth: one row an answer, without any text."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import orjson
import polars as pl

from routeaudit.answer.scorers import Pair, Rules, Score, score
from routeaudit.answer.scorers.json_fields import NOTHING, keeps_schema, parsed
from routeaudit.answer.scorers.words import plain
from routeaudit.frames import Column, Columns, schema
from routeaudit.local_model.compared import Texts
from routeaudit.local_model.written import Request, Said, Written

REFUSALS = re.compile(
    r"^(?:i am|i'm|i\u2019m) (?:sorry|unable|not able)|^sorry,? (?:but )?i\b|^as an ai\b"
    r"|^(?:unfortunately,? )?i (?:cannot|can't|can\u2019t)"
)
_DIGITS = re.compile(r"\d+")
MOST_CHOICES = 20
CHOICE_WORDS = 4
LEAST_REPEATS = 3

ANSWERED_COLUMNS: Columns = {
    "query_key": Column(pl.String, "key of the prompt, as in the scan"),
    "request_key": Column(pl.String, "of the answer in the cache, hex"),
    "stratum": Column(pl.String, "task / tier of the sample"),
    "task": Column(pl.String, "the kind of work"),
    "calls": Column(pl.Int64, "logged calls with this prompt"),
    "weight": Column(pl.Float64, "calls of the traffic that this answer stands for"),
    "cluster": Column(pl.String, "answers that are no independent evidence share it"),
    "scorer": Column(pl.String, "who judged the answer"),
    "value": Column(pl.Float64, "the scorer's figure", "0..1"),
    "accepted": Column(pl.Boolean, "good enough; null where nobody has decided yet"),
    "must_escalate": Column(pl.Boolean, "cut off, refused, empty, or no valid JSON"),
    "finish_reason": Column(pl.String, "stop, length, prompt_too_long or failed"),
    "prompt_tokens": Column(pl.Int64, "read", "tokens"),
    "answer_tokens": Column(pl.Int64, "written", "tokens"),
    "logprob_sum": Column(pl.Float64, "of the answer's tokens", "nat"),
    "logprob_mean": Column(pl.Float64, "of the answer's tokens", "nat"),
    "logprob_min": Column(pl.Float64, "of the answer's tokens", "nat"),
    "logprob_q05": Column(pl.Float64, "quantile", "nat"),
    "logprob_q10": Column(pl.Float64, "quantile", "nat"),
    "logprob_q25": Column(pl.Float64, "quantile", "nat"),
    "logprob_q50": Column(pl.Float64, "quantile", "nat"),
    "margin_mean": Column(pl.Float64, "lead of each token over the next likely", "0..1"),
    "margin_min": Column(pl.Float64, "lead of each token over the next likely", "0..1"),
    "choice_share": Column(pl.Float64, "probability among the allowed labels", "0..1"),
    "ttft_s": Column(pl.Float64, "to the first token, beside the other answers", "s"),
    "latency_s": Column(pl.Float64, "to the last token, beside the other answers", "s"),
    "cosine": Column(pl.Float64, "likeness of both answers to an embedding model; null: not asked", "-1..1"),
}  # fmt: skip


class Prompt(NamedTuple):
    """A sampled prompt with the words that the logs hold for it."""

    query_key: str
    task: str | None
    turns: tuple[Said, ...]
    logged: str
    response_format: str | None
    most_tokens: int
    feature: str | None


def turns_of(messages: str | None, query: str | None) -> tuple[Said, ...]:
    """Read the turns of a logged prompt; the query alone where no messages were kept."""
    told = orjson.loads(messages) if messages else []
    turns = tuple(
        Said(str(turn.get("role") or "user"), str(turn.get("content") or "")) for turn in told
    )
    return turns or ((Said("user", query),) if query else ())


def closed_sets(prompts: Sequence[Prompt]) -> dict[str, tuple[str, ...]]:
    """Find the features whose logged answers are a small set of labels: feature -> labels.

    A label is an answer of a few words that was logged three times on average.
    """
    answers: dict[str, list[str]] = {}
    for prompt in prompts:
        answers.setdefault(prompt.feature or "", []).append(" ".join(prompt.logged.split()))
    found = {}
    for feature, logged in answers.items():
        labels = sorted(set(logged))
        short = all(label and len(label.split()) <= CHOICE_WORDS for label in labels)
        repeated = len(logged) >= LEAST_REPEATS * len(labels)
        if feature and short and repeated and 1 < len(labels) <= MOST_CHOICES:
            found[feature] = tuple(labels)
    return found


def request_of(prompt: Prompt, choices: dict[str, tuple[str, ...]]) -> Request:
    """Make the request that the small model gets: what was logged, and the limits."""
    return Request(
        turns=prompt.turns,
        most_tokens=prompt.most_tokens,
        choices=choices.get(prompt.feature or "", ()),
    )


def must_escalate(prompt: Prompt, written: Written | None, rules: Rules) -> bool:
    """Tell whether an answer can never be served, whatever its confidence."""
    if written is None or written.finish_reason != "stop" or not written.text:
        return True
    if (prompt.response_format or "").startswith("json"):
        value = parsed(written.text)
        return value is NOTHING or not keeps_schema(value, rules.json_schema)
    return bool(REFUSALS.match(plain(written.text)))


def score_of(prompt: Prompt, written: Written | None, rules: Rules) -> Score:
    """Score an answer against the logged one."""
    if written is None:
        return Score("failed", 0.0, accepted=False)
    pair = Pair(prompt.task, prompt.logged, written.text, prompt.response_format)
    return score(pair, rules)


def answered_frame(
    plan: pl.DataFrame,
    prompts: Sequence[Prompt],
    answers: Sequence[Written | None],
    rules: Rules,
) -> pl.DataFrame:
    """Lay answers out by ANSWERED_COLUMNS.

    Args:
        plan: (n,) of the plan's prompts: query_key, request_key, stratum, calls, weight.
        prompts: (n,) in the same order.
        answers: (n,) null where the model failed.
        rules: what counts as good enough.
    """
    rows = [
        _row(prompt, written, rules) for prompt, written in zip(prompts, answers, strict=True)
    ]
    told = pl.DataFrame(
        rows, schema_overrides=schema(ANSWERED_COLUMNS), infer_schema_length=None
    )
    return plan.select(
        "query_key", "request_key", "stratum", "calls", "weight"
    ).hstack(told).select(
        pl.col(name).cast(column.dtype) for name, column in ANSWERED_COLUMNS.items()
    )  # fmt: skip


def _row(prompt: Prompt, written: Written | None, rules: Rules) -> dict[str, object]:
    given = score_of(prompt, written, rules)
    told = {
        "task": prompt.task,
        "cluster": template_key(prompt),
        "scorer": given.scorer,
        "value": given.value,
        "accepted": given.accepted,
        "must_escalate": must_escalate(prompt, written, rules),
        "cosine": None,
    }
    return told | _figures(written)


def _figures(written: Written | None) -> dict[str, object]:
    if written is None:
        empty = dict.fromkeys(list(ANSWERED_COLUMNS)[12:])
        return empty | {"finish_reason": "failed"}
    quantiles = written.quantiles or (None,) * 4
    mean = (
        written.logprob_sum / written.answer_tokens if written.logprob_sum is not None else None
    )
    return {
        "finish_reason": written.finish_reason,
        "prompt_tokens": written.prompt_tokens,
        "answer_tokens": written.answer_tokens,
        "logprob_sum": written.logprob_sum,
        "logprob_mean": mean,
        "logprob_min": written.logprob_min,
        **dict(zip(("logprob_q05", "logprob_q10", "logprob_q25", "logprob_q50"), quantiles, strict=True)),
        "margin_mean": written.margin_mean,
        "margin_min": written.margin_min,
        "choice_share": written.choice_share,
        "ttft_s": written.first_token_s,
        "latency_s": written.total_s,
    }  # fmt: skip


def both_answers(prompt: Prompt, written: Written | None) -> Texts | None:
    """Set the logged answer beside the small model's; null where it wrote none."""
    return None if written is None else Texts(one=prompt.logged, other=written.text)


def template_key(prompt: Prompt) -> str:
    """Hash what is asked with its numbers folded: prompts that differ in them only share it.

    Two answers to one template filled with other numbers are not two independent pieces of
    evidence.
    """
    last = prompt.turns[-1].content if prompt.turns else ""
    return blake2b(_DIGITS.sub("#", plain(last)).encode(), digest_size=8).hexdigest()
