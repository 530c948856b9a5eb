"""Tokens counted here, where a log does not tell them: tiktoken with tables in the package.

Never the network: the tables lie beside this file, checked against the sums that tiktoken
itself expects. For other providers' tokenizers the count is a near miss, and is marked so.
"""

import binascii
import hashlib
import lzma
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import orjson
import polars as pl

from routeaudit.ingest.values import items

if TYPE_CHECKING:
    from tiktoken import Encoding

MOST_CHARS = 200_000  # of one text; the rest is counted at the same rate
PER_MESSAGE, PER_PROMPT = 3, 3  # what the chat format adds, as OpenAI's cookbook counts it
_NEWER = re.compile(r"gpt-4o|gpt-4\.1|gpt-4\.5|gpt-5|gpt-oss|chatgpt|(?:^|[/.])o[1-9](?:-|$)")


class _Recipe(NamedTuple):
    sha256: str
    pattern: str
    special: Mapping[str, int]


RECIPES = {
    "cl100k_base": _Recipe(
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s""",
        {"<|endoftext|>": 100257, "<|endofprompt|>": 100276},
    ),
    "o200k_base": _Recipe(
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        "|".join(
            (
                r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
                r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?""",
                r"""\p{N}{1,3}""",
                r""" ?[^\s\p{L}\p{N}]+[\r\n/]*""",
                r"""\s*[\r\n]+""",
                r"""\s+(?!\S)""",
                r"""\s+""",
            )
        ),
        {"<|endoftext|>": 199999, "<|endofprompt|>": 200018},
    ),
}


class DamagedTableError(Exception):
    """A tokenizer table in the package is not the published one."""


def encoding_name(llm_name: str | None) -> str:
    """Name the tokenizer of a model: o200k for OpenAI's newer ones, cl100k for the rest."""
    return "o200k_base" if _NEWER.search((llm_name or "").lower()) else "cl100k_base"


@cache
def encoding(name: str) -> "Encoding":
    """Build a tokenizer from the table in the package.

    Raises:
        DamagedTableError: the table's sum is wrong.
    """
    import tiktoken

    recipe = RECIPES[name]
    packed = resources.files("routeaudit.ingest") / "tables" / f"{name}.tiktoken.xz"
    table = lzma.decompress(packed.read_bytes())
    if hashlib.sha256(table).hexdigest() != recipe.sha256:
        raise DamagedTableError(name)
    words = table.split()  # token rank token rank ...
    ranks = zip(map(binascii.a2b_base64, words[::2]), map(int, words[1::2]), strict=True)
    return tiktoken.Encoding(
        name,
        pat_str=recipe.pattern,
        mergeable_ranks=dict(ranks),
        special_tokens=dict(recipe.special),
    )


def count_tokens(texts: Sequence[str], name: str) -> list[int]:
    """Count the tokens of each text with a tokenizer; special words count as plain text."""
    heads = [text[:MOST_CHARS] for text in texts]
    counts = map(len, encoding(name).encode_ordinary_batch(heads, num_threads=2))
    return [
        n if len(text) <= MOST_CHARS else round(n * len(text) / MOST_CHARS)
        for n, text in zip(counts, texts, strict=True)
    ]


def counted(calls: pl.DataFrame) -> pl.DataFrame:
    """Count tokens where the log tells none and the text is there, and mark those calls.

    Calls that failed or were blocked are left alone: nobody knows whether they were billed. So
    are calls that cost money and logged zeros: their texts are not what was charged for.
    """
    failed = (pl.col("status") != "ok").fill_null(value=False)
    zeros = (pl.col("usage_flag") == "zeros_unknown").fill_null(value=False)
    needs = {
        "prompt_tokens": pl.col("prompt_tokens").is_null() & pl.col("messages").is_not_null(),
        "completion_tokens": pl.col("completion_tokens").is_null()
        & (pl.col("response_text").is_not_null() | pl.col("tool_calls").is_not_null()),
    }
    usable = ~failed & ~zeros & ~pl.col("redacted").fill_null(value=False)
    marked = calls.with_columns(
        *((need & usable).alias(f"_{name}") for name, need in needs.items())
    )
    estimated = pl.any_horizontal(f"_{name}" for name in needs)
    if marked.select(estimated.any()).item():
        marked = _filled(marked)
    return marked.with_columns(
        tokens_estimated=estimated | pl.col("tokens_estimated").fill_null(value=False)
    ).drop(f"_{name}" for name in needs)


def as_logged(calls: pl.DataFrame) -> pl.DataFrame:
    """Leave unknown counts unknown, and say that none was counted here."""
    return calls.with_columns(pl.col("tokens_estimated").fill_null(value=False))


def _filled(calls: pl.DataFrame) -> pl.DataFrame:
    lacking = calls.filter(pl.col("_prompt_tokens") | pl.col("_completion_tokens"))
    models = lacking["model"].to_list()
    prompts = _counts(lacking["messages"], models, lacking["_prompt_tokens"].to_list())
    answers = _counts(_answers(lacking), models, lacking["_completion_tokens"].to_list())
    found = lacking.select(
        prompt_tokens=pl.coalesce("prompt_tokens", pl.Series(prompts, dtype=pl.UInt32)),
        completion_tokens=pl.coalesce("completion_tokens", pl.Series(answers, dtype=pl.UInt32)),
    )
    place = calls.select(
        pl.arg_where(pl.col("_prompt_tokens") | pl.col("_completion_tokens"))
    ).to_series()
    return calls.with_columns(calls[name].scatter(place, found[name]) for name in found.columns)


def _answers(calls: pl.DataFrame) -> pl.Series:
    text = pl.col("response_text").fill_null("") + pl.col("tool_calls").fill_null("")
    return calls.select(text).to_series()


def _counts(
    texts: pl.Series, models: Sequence[str | None], wanted: Sequence[bool]
) -> list[int | None]:
    """Count each distinct text once; None where no count is wanted."""
    keys = [
        (encoding_name(llm_name), text) if want and text is not None else None
        for text, llm_name, want in zip(texts.to_list(), models, wanted, strict=True)
    ]
    known: dict[tuple[str, str], int] = {}
    for name in RECIPES:
        distinct = sorted({key[1] for key in keys if key is not None and key[0] == name})
        if distinct:
            plain = [_plain(text) for text in distinct]
            found = count_tokens([p.text for p in plain], name)
            known |= {
                (name, text): n + p.extra
                for text, n, p in zip(distinct, found, plain, strict=True)
            }
    return [None if key is None else known[key] for key in keys]


class _Plain(NamedTuple):
    text: str
    extra: int


def _plain(text: str) -> _Plain:
    """Take message JSON apart into its contents; any other text stays as it is."""
    if not text.startswith("[{"):
        return _Plain(text, 0)
    try:
        messages = list(items(orjson.loads(text)))
    except orjson.JSONDecodeError:
        return _Plain(text, 0)
    words = "\n".join(str(m.get("content") or "") for m in messages)
    return _Plain(words, PER_PROMPT + PER_MESSAGE * len(messages))
