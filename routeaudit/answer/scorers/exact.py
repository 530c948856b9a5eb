"""Labels and numbers: equal or not."""

import math
import re

from routeaudit.answer.scorers.contract import Pair, Rules, Score
from routeaudit.answer.scorers.words import label, plain

_MINUS = "\N{MINUS SIGN}"
_NUMBER = re.compile(rf"[-+{_MINUS}]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_AROUND = re.compile(r"^(?:[$€£¥]|usd|eur|gbp)?\s*(.+?)\s*(?:[$€£¥%]|usd|eur|gbp|percent)?\.?$")


def score_label(pair: Pair, rules: Rules) -> Score:
    """Compare labels, other spellings of a label counting as the label."""
    logged, answer = label(pair.logged), label(pair.answer)
    same = rules.aliases.get(logged, logged) == rules.aliases.get(answer, answer)
    return Score("label", float(same), same)


def score_number(pair: Pair, rules: Rules) -> Score:
    """Compare numbers; of an answer in words the only number in it counts."""
    wanted, got = bare_number(pair.logged), only_number(pair.answer)
    same = (
        wanted is not None
        and got is not None
        and math.isclose(wanted, got, rel_tol=rules.number_tolerance)
    )
    return Score("number", float(same), same)


def bare_number(text: str) -> float | None:
    """Read a text that is nothing but a number, with its currency or percent sign."""
    found = _AROUND.match(plain(text))
    inner = found.group(1) if found else ""
    return _value(inner) if _NUMBER.fullmatch(inner) else None


def only_number(text: str) -> float | None:
    """Read the one number in a text; null when there is none, or several that differ."""
    values = {_value(found) for found in numbers(text)}
    return values.pop() if len(values) == 1 else None


def numbers(text: str) -> list[str]:
    """List the numbers in a text as they are written."""
    return _NUMBER.findall(plain(text))


def number_values(text: str) -> list[float]:
    """List the numbers in a text, sorted."""
    return sorted(_value(found) for found in numbers(text))


def _value(written: str) -> float:
    return float(written.replace(",", "").replace(_MINUS, "-"))
