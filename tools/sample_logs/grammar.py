"""Turns hand-written text with marks into one finished text.

A mark stands in double angle brackets. `first` is a slot (`slots.py`); `a|b` is one of the two;
`k=a|b` (a name of one to three letters) remembers the choice under `k`, so that `k` repeats it and `k:x|y` follows it;
`#3-9` is a whole number, `$10-90` an amount with cents; `=a*b+c` reckons from left to right.
`~first` fills a slot anew and forgets it. Marks may stand inside the options of another. What an answer remembers it has from its question.
"""

import re
from datetime import datetime

from tools.sample_logs.dice import Dice
from tools.sample_logs.slots import slot

MARK = re.compile(r"<<([^<>]*)>>")
NAMED = re.compile(r"([a-z]{1,3})([=:])(.*)", re.DOTALL)
NUMBER = re.compile(r"([#$])(\d+)-(\d+)")


class Writer:
    """Writes the texts of one conversation; remembers what each name stood for."""

    def __init__(self, dice: Dice, now: datetime) -> None:
        self.dice = dice
        self.now = now
        self.bound: dict[str, str] = {}
        self.chosen: dict[str, int] = {}

    def write(self, text: str) -> str:
        """Fill every mark, innermost first.

        Raises:
            KeyError: a mark names neither a slot nor something chosen before.
        """
        while (mark := MARK.search(text)) is not None:
            text = text[: mark.start()] + self._fill(mark[1]) + text[mark.end() :]
        return text.strip()

    def _fill(self, body: str) -> str:
        named = NAMED.fullmatch(body)
        if named is not None:
            return self._named(named[1], named[2], named[3])
        if "|" in body:
            return self._value(self.dice.one_of(body.split("|")))
        if body[:1] in {"#", "$", "="}:
            return self._value(body)
        if body.startswith("~"):
            return slot(body[1:], {}, self.dice, self.now)
        if body == "email":  # it is made from the name of who writes
            self.write("<<first>> <<last>>")
        if body not in self.bound:
            self.bound[body] = slot(body, self.bound, self.dice, self.now)
        return self.bound[body]

    def _named(self, name: str, sign: str, body: str) -> str:
        options = body.split("|")
        if sign == ":":
            return self._value(options[self.chosen[name]])
        if name not in self.bound:
            self.chosen[name] = self.dice.whole(0, len(options) - 1)
            self.bound[name] = self._value(options[self.chosen[name]])
        return self.bound[name]

    def _value(self, option: str) -> str:
        number = NUMBER.fullmatch(option)
        if number is not None:
            whole = self.dice.whole(int(number[2]), int(number[3]))
            return (
                str(whole) if number[1] == "#" else f"{whole}.{self.dice.whole(0, 19) * 5:02d}"
            )
        return str(self._reckon(option[1:])) if option.startswith("=") else option

    def _reckon(self, sum_text: str) -> int:
        first, *rest = re.split(r"([-+*/])", sum_text)
        total = self._operand(first)
        for sign, operand in zip(rest[::2], rest[1::2], strict=True):
            value = self._operand(operand)
            total = {
                "+": total + value,
                "-": total - value,
                "*": total * value,
                "/": total // (value or 1),
            }[sign]
        return total

    def _operand(self, text: str) -> int:
        return int(text) if text.isdigit() else int(self.bound[text])
