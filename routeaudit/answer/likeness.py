"""Embedding cosine as triage of free text: it sorts, and decides only where the user says so."""

import logging
import struct
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from routeaudit.answer.scorers import Rules
from routeaudit.answer.settings import AnswerSettings
from routeaudit.kept_rows import KeptRows, key_of
from routeaudit.local_model.catalogue import find_file
from routeaudit.local_model.compared import Texts
from routeaudit.local_model.comparing import Comparing
from routeaudit.local_model.engine import EngineSettings
from routeaudit.local_model.gguf_header import digest

log = logging.getLogger(__name__)

COSINE = "embedding cosine"
AT_ONCE = 16
_COSINE = struct.Struct("<d")


def with_likeness(
    answered: pl.DataFrame,
    texts: Sequence[Texts | None],
    settings: AnswerSettings,
    rules: Rules,
    cache: Path,
) -> pl.DataFrame:
    """Lay beside each answer that no scorer decided how alike the logged one is.

    Args:
        answered: (n,) of ANSWERED_COLUMNS.
        texts: (n,) the logged answer and the small model's, in the same order; null where it
            wrote none.
        settings: which embedding file; without one nothing is compared.
        rules: from which cosine on an answer is accepted, and below which it is refused.
        cache: where cosines are kept; they hold no text.

    Raises:
        ModelError: the file cannot be loaded, or fails again and again.
        MissingExtraError: llama.cpp is not installed.
    """
    if not settings.embedder:
        return answered
    places = answered["accepted"].is_null().arg_true().to_list()
    pairs = {
        place: pair
        for place in places
        if (pair := texts[place]) is not None and pair.one.strip() and pair.other.strip()
    }
    cosines = _cosines(list(pairs.values()), settings, cache)
    by_place = dict(zip(pairs, cosines, strict=True))
    column = pl.Series([by_place.get(n) for n in range(answered.height)], dtype=pl.Float64)
    return decided(answered.with_columns(cosine=column), rules)


def decided(answered: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Accept and refuse by the cosine where the user set limits; else it is shown only."""
    said = pl.lit(None, pl.Boolean)
    if rules.cosine_reject is not None:
        said = pl.when(pl.col("cosine") < rules.cosine_reject).then(pl.lit(value=False))
    if rules.cosine_accept is not None:
        alike = pl.col("cosine") >= rules.cosine_accept
        said = pl.when(alike).then(pl.lit(value=True)).otherwise(said)
    by_cosine = pl.col("accepted").is_null() & pl.col("said").is_not_null()
    return (
        answered.with_columns(said=said)
        .with_columns(
            accepted=pl.coalesce("accepted", "said"),
            scorer=pl.when(by_cosine).then(pl.lit(COSINE)).otherwise("scorer"),
            value=pl.when(by_cosine).then("cosine").otherwise("value"),
        )
        .drop("said")
    )


def _cosines(
    pairs: Sequence[Texts], settings: AnswerSettings, cache: Path
) -> list[float | None]:
    """(n,) cosines; what is known is not compared again, null where the model failed."""
    file = find_file(settings.embedder)
    keys = [_key(pair) for pair in pairs]
    engine = EngineSettings(
        file=str(file), threads=settings.threads, gpu_layers=settings.gpu_layers
    )
    with (
        KeptRows(cache, digest(file), table="likeness", what="the file of answers") as rows,
        Comparing(engine, silence_s=settings.silence_s) as comparing,
    ):
        found: dict[bytes, float] = {
            key: _COSINE.unpack(row)[0] for key, row in rows.kept(keys).items()
        }
        left = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in found}
        names, cut = list(left), 0
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            for place, compared in comparing.answers([left[key] for key in some]):
                if compared is not None:
                    found[some[place]] = compared.cosine
                    cut += compared.is_cut
                    rows.keep([(some[place], _COSINE.pack(compared.cosine))])
    log.info("compared %d pairs of answers, %d of them cut", len(names), cut)
    return [found.get(key) for key in keys]


def _key(pair: Texts) -> bytes:
    return key_of(f"{len(pair.one)} {pair.one} {pair.other}".encode(errors="replace"))
