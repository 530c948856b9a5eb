"""Texts: shared words, the longest common subsequence, shared characters."""

from collections import Counter

from rapidfuzz.distance import LCSseq

from routeaudit.answer.scorers.contract import Pair, Rules, Score
from routeaudit.answer.scorers.exact import number_values
from routeaudit.answer.scorers.words import content_words, words

PERCENT = 100


def score_tokens(pair: Pair, rules: Rules) -> Score:
    """Give SQuAD's token F1; whatever the F1, other numbers make it another answer."""
    value = token_f1(pair.logged, pair.answer)
    same_numbers = number_values(pair.logged) == number_values(pair.answer)
    return Score("token F1", value, value >= rules.least_token_f1 and same_numbers)


def score_rouge(pair: Pair, rules: Rules) -> Score:  # noqa: ARG001 scorers share a signature
    """Give ROUGE-L; it sorts and never decides."""
    return Score("ROUGE-L", rouge_l(pair.logged, pair.answer), None)


def score_chrf(pair: Pair, rules: Rules) -> Score:
    """Give chrF as a share; the middle is left to a judge, and all where it is not installed."""
    try:
        from sacrebleu import sentence_chrf  # noqa: PLC0415 an optional extra
    except ImportError:
        return Score("chrF (not installed)", None, None)
    value = sentence_chrf(pair.answer, [pair.logged]).score / PERCENT
    if value >= rules.chrf_accept:
        return Score("chrF", value, accepted=True)
    return Score("chrF", value, False if value < rules.chrf_reject else None)


def token_f1(logged: str, answer: str) -> float:
    """Give the F1 of two bags of words, articles left out; 1 when both are empty."""
    wanted, got = Counter(content_words(logged)), Counter(content_words(answer))
    total = wanted.total() + got.total()
    return 2 * (wanted & got).total() / total if total else 1.0


def rouge_l(logged: str, answer: str) -> float:
    """Give the F measure of the longest common subsequence of words; 1 when both are empty."""
    wanted, got = words(logged), words(answer)
    total = len(wanted) + len(got)
    return 2 * LCSseq.similarity(wanted, got) / total if total else 1.0
