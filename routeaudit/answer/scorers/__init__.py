"""How alike a small model's answer and the logged one are, by the kind of work.

Agreement with the logged answer is not correctness: the logged one may be wrong too.
"""

from routeaudit.answer.scorers.contract import Pair, Rules, Score
from routeaudit.answer.scorers.pick import decided_by, score, scorer_for

__all__ = ["Pair", "Rules", "Score", "decided_by", "score", "scorer_for"]
