"""Plays five weeks of traffic: when somebody asks, what, and what comes back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from tools.sample_logs import plan
from tools.sample_logs.calls import Call, Message
from tools.sample_logs.dice import ALNUM, Dice
from tools.sample_logs.grammar import Writer
from tools.sample_logs.items import Item, Paper, items, papers, quoting
from tools.sample_logs.sizes import answer_ms, prompt_size, tokens
from tools.sample_logs.slots import CHOICES

CACHE_FROM_TOKENS = 1_024  # below this, no provider caches a prompt
CACHE_STEP_TOKENS = 128
REPEAT_AFTER = 40


class Said(NamedTuple):
    """One turn in finished words."""

    task: str
    ask: str
    answer: str
    tool: str | None


class Conversation(NamedTuple):
    """A conversation in finished words."""

    system: str | None
    wants_json: bool
    turns: tuple[Said, ...]


class Moment(NamedTuple):
    """When a conversation starts, and in which feature."""

    at: datetime
    feature: str


def moments(dice: Dice) -> list[Moment]:
    """Draw when conversations start: office weeks that slowly grow, in order of time."""
    days = {
        day: plan.DAY_WEIGHTS[day % 7] * (1 + plan.GROWTH_A_DAY * day)
        for day in range(plan.DAYS)
    }
    shares = {name: feature.share for name, feature in plan.FEATURES.items()}
    found = []
    for _ in range(plan.CONVERSATIONS):
        name = dice.weighted(shares)
        hour = dice.weighted(plan.FEATURES[name].hours)
        seconds = dice.unit() * 3600
        since = timedelta(days=dice.weighted(days), hours=hour, seconds=seconds)
        found.append(Moment(plan.START + since, name))
    return sorted(found)


class Traffic:
    """The company at work: remembers what was asked, so that it can be asked again."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.papers = papers()
        self.by_work: dict[tuple[str, str], list[Item]] = {}
        for item in items():
            for feature in item.features:
                self.by_work.setdefault((feature, item.task), []).append(item)
        self.unused: dict[str, list[int]] = {}
        self.asked: dict[str, list[Conversation]] = {name: [] for name in plan.FEATURES}
        self.users = {
            name: [self._user() for _ in range(feature.users)]
            for name, feature in plan.FEATURES.items()
        }

    def calls(self) -> Iterator[Call]:
        """Yield every call, conversation by conversation (times overlap)."""
        for at, name in moments(self.dice):
            yield from self._conversation(name, at)

    def _user(self) -> str:
        first, last = (self.dice.one_of(CHOICES[kind]) for kind in ("first", "last"))
        return f"{first}.{last}".lower().replace(" ", "")

    def _deal(self, deck: str, size: int) -> int:
        """Deal a number below size; none comes twice before all have come."""
        left = self.unused.setdefault(deck, [])
        if not left:
            left.extend(range(size))
        return left.pop(self.dice.whole(0, len(left) - 1))

    def _words(self, name: str, at: datetime) -> Conversation:
        feature, asked = plan.FEATURES[name], self.asked[name]
        if len(asked) > REPEAT_AFTER and self.dice.happens(feature.repeats):
            return self.dice.one_of(asked[-4 * REPEAT_AFTER :])
        task = self.dice.weighted(feature.tasks)
        choices = self.by_work[name, task]
        item = choices[self._deal(f"{name}/{task}", len(choices))]
        writer = Writer(self.dice, at)
        found = self._papers(name, item)
        turns = tuple(
            Said(
                turn.task,
                writer.write(quoting(turn.ask, found)),
                writer.write(quoting(turn.answer, found)),
                turn.call,
            )
            for turn in item.turns
        )
        system = item.system and writer.write(quoting(item.system, found))
        said = Conversation(system, item.wants_json, turns)
        if len(turns) == 1:
            asked.append(said)
        return said

    def _papers(self, name: str, item: Item) -> dict[str, Paper]:
        found = {}
        for quoted in item.quotes:
            for key in (quoted, quoted + "2"):
                pool = self.papers[quoted]
                found[key] = pool[self._deal(f"{name}/{quoted}", len(pool))]
        return found

    def _conversation(self, name: str, at: datetime) -> Iterator[Call]:
        words, dice = self._words(name, at), self.dice
        llm_id = dice.weighted(plan.FEATURES[name].llms)
        user = dice.one_of(self.users[name])
        session = dice.uuid() if len(words.turns) > 1 or dice.happens(0.25) else None
        past = (Message("system", words.system),) if words.system else ()
        seen = 0
        for said in words.turns:
            prompt = (*past, Message("user", said.ask))
            call = self._call(name, said, prompt, at)
            call = replace(call, user=user, session_id=session, llm_id=llm_id)
            call = replace(call, wants_json=words.wants_json and said.tool is None)
            call = self._timed(self._cached(call, seen, words.system))
            if (trouble := self._trouble(llm_id)) is not None:
                yield self._failed(call, trouble)
                if trouble == "content_filter":
                    return
                again = at + timedelta(seconds=1.5 + 20 * dice.unit())
                call = replace(call, at=again, request_id=self._request_id(name))
            yield call
            seen = call.prompt_tokens
            past = (*prompt, Message("assistant", said.answer))
            at = call.at + timedelta(milliseconds=call.latency_ms, seconds=dice.whole(18, 210))

    def _call(self, name: str, said: Said, prompt: tuple[Message, ...], at: datetime) -> Call:
        feature = plan.FEATURES[name]
        streamed = said.tool is None and self.dice.happens(feature.streamed)
        return Call(
            at=at,
            team=feature.team,
            feature=name,
            user="",
            session_id=None,
            llm_id="",
            messages=prompt,
            answer=said.answer,
            tool=said.tool,
            wants_json=False,
            task=said.task,
            request_id=self._request_id(name),
            trouble=None,
            stream=("usage" if self.dice.happens(0.55) else "bare") if streamed else None,
            prompt_tokens=prompt_size(prompt),
            cached_tokens=0,
            cache_write_tokens=0,
            completion_tokens=tokens(said.answer) + (9 if said.tool else 1),
            latency_ms=0,
            seed=self.dice.whole(0, 2**31),
        )

    def _request_id(self, name: str) -> str:
        if plan.FEATURES[name].gateway:
            return "chatcmpl-" + self.dice.uuid()
        return "req_" + self.dice.text(24, ALNUM)

    def _cached(self, call: Call, seen: int, system: str | None) -> Call:
        """Say how much of the prompt the provider had in its cache."""
        shared = tokens(system) if system else 0
        known = max(seen, shared if self.dice.happens(0.7) else 0)
        claude = call.llm_id.startswith("claude")
        if call.prompt_tokens < CACHE_FROM_TOKENS:
            return call
        read = known if known >= CACHE_FROM_TOKENS and self.dice.happens(0.9) else 0
        if claude:
            written = max(0, call.prompt_tokens - read - self.dice.whole(8, 60))
            return replace(call, cached_tokens=read, cache_write_tokens=written)
        return replace(call, cached_tokens=read - read % CACHE_STEP_TOKENS)

    def _timed(self, call: Call) -> Call:
        fresh = call.prompt_tokens - call.cached_tokens
        taken = answer_ms(call.llm_id, fresh, call.completion_tokens, self.dice)
        return replace(call, latency_ms=taken)

    def _trouble(self, llm_id: str) -> str | None:
        ok = 1 - sum(plan.TROUBLES.values())
        kind = self.dice.weighted({"": ok, **plan.TROUBLES})
        return (
            None if kind == "content_filter" and llm_id.startswith("claude") else kind or None
        )

    def _failed(self, call: Call, trouble: str) -> Call:
        waits = {
            "rate_limit": (90, 400),
            "server_error": (300, 9_000),
            "timeout": (60_000, 60_300),
        }
        low, high = waits.get(trouble, (250, 900))
        return replace(
            call,
            trouble=trouble,
            stream=None,
            cached_tokens=0,
            cache_write_tokens=0,
            completion_tokens=0,
            latency_ms=self.dice.whole(low, high),
        )
