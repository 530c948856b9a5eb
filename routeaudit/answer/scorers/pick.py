"""Pick the scorer that fits the kind of work and what was answered."""

from collections.abc import Callable, Sequence

from routeaudit.answer.scorers.contract import Pair, Rules, Score
from routeaudit.answer.scorers.exact import bare_number, score_label, score_number
from routeaudit.answer.scorers.json_fields import NOTHING, parsed, score_json
from routeaudit.answer.scorers.overlap import score_chrf, score_rouge, score_tokens
from routeaudit.answer.scorers.words import plain, words

Scorer = Callable[[Pair, Rules], Score]

LABEL_WORDS = 6
SHORT_WORDS = 30
LABEL_TASKS = frozenset(("classification", "moderation"))
SHORT_TASKS = frozenset(("structured_qa", "extraction", "world_knowledge", "reasoning"))


def score(pair: Pair, rules: Rules) -> Score:
    """Score one answer.

    The same answer is accepted and an empty one refused before any scorer is asked; without a
    logged answer there is nothing to compare with.
    """
    if not pair.logged.strip():
        return Score("no logged answer", None, None)
    if not pair.answer.strip():
        return Score("empty", 0.0, accepted=False)
    if plain(pair.logged) == plain(pair.answer):
        return Score("identical", 1.0, accepted=True)
    return scorer_for(pair)(pair, rules)


def scorer_for(pair: Pair) -> Scorer:
    """Pick by what was asked for, then by what the logged answer is."""
    json_asked = (pair.response_format or "").startswith("json")
    if json_asked or parsed(pair.logged) is not NOTHING:
        return score_json
    return score_number if bare_number(pair.logged) is not None else _by_task(pair)


def _by_task(pair: Pair) -> Scorer:
    length = len(words(pair.logged))
    yes_no = pair.task == "validation_formatting" and length == 1
    if yes_no or (pair.task in LABEL_TASKS and length <= LABEL_WORDS):
        return score_label
    if pair.task == "translation":
        return score_chrf
    short = pair.task in SHORT_TASKS and length <= SHORT_WORDS
    return score_tokens if short else score_rouge


def decided_by(scores: Sequence[Score]) -> dict[str, tuple[int, int]]:
    """Count for each scorer how many answers it saw and how many of them it decided."""
    counts: dict[str, tuple[int, int]] = {}
    for one in scores:
        seen, decided = counts.get(one.scorer, (0, 0))
        counts[one.scorer] = (seen + 1, decided + (one.accepted is not None))
    return dict(sorted(counts.items(), key=lambda item: (-item[1][0], item[0])))
