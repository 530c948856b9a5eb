"""One call, one row: repeats of a call that was read already are told and set aside."""

from typing import NamedTuple

import numpy as np
import polars as pl

from routeaudit.ingest.fill import filled
from routeaudit.ingest.identity import (
    NEEDED,
    answer_notes,
    attempts,
    copies,
    has_own_answer,
    hashes,
    is_elsewhere,
    is_same_answer,
    is_same_request,
    request_notes,
    side_chains_last,
    with_keys,
)
from routeaudit.ingest.seen import Seen, Truths

REPEAT = "the same call was read before"
OTHER_LOG = "the same answer was read from another log"
SAME_ANSWER = "the same answer was read before"
KEPT = "; what only this one told was kept"
BY_KEY = {"_answer": (OTHER_LOG, SAME_ANSWER), "_request": (REPEAT,)}


class Sifted(NamedTuple):
    """Calls that are new, and the repeats among them; both with the keys of `identity`."""

    calls: pl.DataFrame
    repeats: pl.DataFrame  # also with `reason`


class Dedupe:
    """Remembers the calls of all batches: by request and end, and by the provider's answer id."""

    def __init__(self) -> None:
        self._requests, self._attempts = Seen(), Seen()
        self._answers, self._copies = Seen(), Seen()
        self._families: dict[str, int] = {}

    def sift(self, calls: pl.DataFrame) -> Sifted:
        """Part new calls from repeats; the first of several is kept, wherever it was read.

        What only a repeat tells of a kept call is put into it, when both are in these calls.
        """
        known = with_keys(side_chains_last(calls))
        asked, answered = (
            known[key].is_not_null().to_numpy() for key in ("_request", "_answer")
        )
        ids = known.select(NEEDED)  # texts need not be copied
        again = self._asked_again(ids, asked)
        elsewhere, before = self._answered_again(ids, answered)
        if not (again | elsewhere | before).any():
            return Sifted(_in_order(known), known.clear().with_columns(reason=pl.lit("")))
        reason = np.select(
            [again, elsewhere, before], [REPEAT, OTHER_LOG, SAME_ANSWER], default=""
        )
        told = _in_order(known.with_columns(reason=pl.Series(reason, dtype=pl.String)))
        return with_gifts(
            Sifted(
                told.filter(pl.col("reason") == "").drop("reason"),
                told.filter(pl.col("reason") != ""),
            )
        )

    def _asked_again(self, known: pl.DataFrame, asked: Truths) -> Truths:
        rows = _those(known, asked)
        notes = request_notes(rows)
        firsts = self._requests.firsts(hashes(pl.col("_request"), rows), notes)
        same = ~firsts.is_first & is_same_request(notes, firsts.notes)
        other = ~firsts.is_first & ~same  # another attempt under the same id, or its copy
        same[other] = self._attempts.again(attempts(rows.filter(pl.Series(other))))
        return _placed(same, asked)

    def _answered_again(self, known: pl.DataFrame, answered: Truths) -> tuple[Truths, Truths]:
        rows = _those(known, answered)
        notes = answer_notes(rows, self._families)
        firsts = self._answers.firsts(hashes(pl.col("_answer"), rows), notes)
        own = rows.select(has_own_answer()).to_series().to_numpy()
        elsewhere = ~firsts.is_first & is_elsewhere(notes, firsts.notes)
        here = ~firsts.is_first & ~elsewhere & own & is_same_answer(notes, firsts.notes)
        rest = ~elsewhere & ~here & ~(firsts.is_first & own)
        here[rest] = self._copies.again(copies(rows.filter(pl.Series(rest))))
        return _placed(elsewhere, answered), _placed(here, answered)


def _those(known: pl.DataFrame, wanted: Truths) -> pl.DataFrame:
    return known if wanted.all() else known.filter(pl.Series(wanted))


def _in_order(known: pl.DataFrame) -> pl.DataFrame:
    return known.sort("_place").drop("_place") if "_place" in known.columns else known


def _placed(found: Truths, among: Truths) -> Truths:
    whole = np.zeros(len(among), dtype=np.bool_)
    whole[among] = found
    return whole


def with_gifts(sifted: Sifted) -> Sifted:
    """Put into kept calls what only their repeats among these tell, and say so of those."""
    calls, repeats = sifted
    for key, reasons in BY_KEY.items():
        others = repeats.filter(pl.col("reason").is_in(reasons))
        if calls.is_empty() or others.is_empty():
            continue
        calls, gave = filled(calls, others, key)
        helped = pl.col("reason").is_in(reasons) & pl.col(key).is_in(gave.implode())
        repeats = repeats.with_columns(
            reason=pl.when(helped).then(pl.col("reason") + KEPT).otherwise("reason")
        )
    return Sifted(calls, repeats)
