"""Decide which model of an outcome table is which arm, and which signal routes."""

from typing import NamedTuple

import numpy as np

from routeaudit.errors import ConfigError
from routeaudit.estimate.ground import Floats
from routeaudit.estimate.outcomes import OutcomeTable
from routeaudit.frames import TIERS
from routeaudit.plugins import hint_for

OFTEN = 0.5
_LISTED = 10
HARD_WORDS = ("hard", "difficult", "complex", "strong", "length", "tokens", "chars", "entropy")
EASY_WORDS = ("easy", "easi", "simple", "conf", "weak", "consist", "agree", "certain", "sure")


class ChosenArms(NamedTuple):
    """The model of each arm, cheapest first, and how they were chosen, in words."""

    names: dict[str, str]
    told: str


class Signal(NamedTuple):
    """A score to route by, as the table has it; (n,), NaN unknown."""

    name: str
    values: Floats
    means: str  # what a high value means: hard or easy
    told: str


def choose_arms(table: OutcomeTable, asked: dict[str, str]) -> ChosenArms:
    """Match the arms that were asked for, and fill the others sensibly.

    Args:
        table: the outcomes.
        asked: model of each arm; a unique part of a name will do.

    Raises:
        ConfigError: a name fits no model or several, or there are not two models.
    """
    if len(table.models) < 2:  # noqa: PLR2004 routing needs a choice
        raise ConfigError(
            "the table has outcomes of one model only", hint="routing needs two at least"
        )
    named = {arm: _match(table, arm, part) for arm, part in asked.items()}
    if len(set(named.values())) < len(named):
        raise ConfigError("two arms are the same model", hint="--arms mid=NAME,full=NAME")
    ranked, how = _ranked(table)
    free = [name for name in ranked if name not in named.values()]
    wanted = ["full", "mid"]
    if not asked and len(ranked) == len(TIERS):
        wanted.append("micro")
    if "full" not in named and free:
        named["full"] = free.pop()
    if "mid" not in named and free:
        middle = "micro" in named or "micro" in wanted
        named["mid"] = free.pop(len(free) // 2 if middle else 0)
    if "micro" in wanted and free:
        named["micro"] = free.pop(0)
    # Arms of other names stand between mid and full, as they were given.
    others = [arm for arm in asked if arm not in TIERS]
    order = {arm: named[arm] for arm in ("micro", "mid", *others, "full") if arm in named}
    if not {"mid", "full"} <= order.keys():
        raise ConfigError(
            f"no model is left for the {'full' if 'full' not in order else 'mid'} arm",
            hint="two models are mid and full: --arms mid=NAME,full=NAME",
        )
    chosen = "as asked" if len(asked) == len(order) else f"chosen by {how}"
    return ChosenArms(order, f"{', '.join(f'{a} = {n}' for a, n in order.items())} ({chosen})")


def choose_signal(table: OutcomeTable, asked: str, means: str, arm: str) -> Signal:
    """Find the score to route by.

    Args:
        table: the outcomes.
        asked: `signals.NAME` or NAME, `len(prompt)`, `confidence`, `p_simple`; "" for the best
            at hand.
        means: "hard", "easy", or "" for what the name says.
        arm: the model whose confidence is meant.

    Raises:
        ConfigError: there is no such signal, or nobody knows what a high value means.
    """
    name = asked or _default_signal(table)
    values = _values(table, name, arm)
    if np.isnan(values).all():
        raise ConfigError(f"no row has a value of {name}", hint=_signals_hint(table))
    meaning = means or meaning_of(name)
    if not meaning:
        raise ConfigError(
            f"does a high {name} mean hard or easy?", hint="--signal-means hard, or easy"
        )
    how = "as asked" if asked else "chosen here"
    return Signal(name, values, meaning, f"{name} ({how}; high means {meaning})")


def meaning_of(name: str) -> str:
    """Say what a high value of a signal means by its name; "" when the name does not say."""
    bare = name.lower().removeprefix("signals.")
    if bare in {"confidence", "p_simple"}:
        return "easy"
    if bare == "len(prompt)" or any(word in bare for word in HARD_WORDS):
        return "hard"
    return "easy" if any(word in bare for word in EASY_WORDS) else ""


def _match(table: OutcomeTable, arm: str, part: str) -> str:
    names = list(table.models)
    exact = [name for name in names if name.lower() == part.lower()]
    found = exact or [name for name in names if part.lower() in name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(f"--arms {arm}={part} fits {len(found)} models: {', '.join(found)}")
    raise ConfigError(f"--arms {arm}={part} fits no model", hint=hint_for(part, names))


def _ranked(table: OutcomeTable) -> tuple[list[str], str]:
    """Order the models from cheap (or weak) to dear (or strong); rare ones only if need be."""
    often = _often_scored(table)
    for key, how in (("cost", "cost"), ("score", "mean score")):
        known = {name: table.models[name][key] for name in often}
        if all(not np.isnan(values).all() for values in known.values()):
            means = {name: float(np.nanmean(values)) for name, values in known.items()}
            return sorted(means, key=lambda name: (means[name], name)), how
    raise ConfigError("no score is known for some model of the table", hint="--arms names two")


def _often_scored(table: OutcomeTable) -> list[str]:
    """Models with a score in half of the rows; all of them where there are not two."""
    least = OFTEN * table.n
    counts = {name: int((~np.isnan(m["score"])).sum()) for name, m in table.models.items()}
    often = [name for name, count in counts.items() if count >= least]
    return often if len(often) > 1 else list(table.models)


def has_signal(table: OutcomeTable) -> bool:
    """Say whether anything in a table can route before sending without being named."""
    simple = table.p_simple is not None and not np.isnan(table.p_simple).all()
    prompts = table.prompt_chars.null_count() < table.n
    return simple or prompts or any(meaning_of(name) for name in table.signals)


def _default_signal(table: OutcomeTable) -> str:
    clear = [name for name in table.signals if meaning_of(name)]
    if len(clear) == 1:
        return f"signals.{clear[0]}"
    if table.p_simple is not None and not np.isnan(table.p_simple).all():
        return "p_simple"
    if table.prompt_chars.null_count() < table.n:
        return "len(prompt)"
    if clear:
        return f"signals.{clear[0]}"
    raise ConfigError("which signal should route?", hint=_signals_hint(table))


def _values(table: OutcomeTable, name: str, arm: str) -> Floats:
    if name == "len(prompt)":
        return table.prompt_chars.cast(float).fill_null(np.nan).to_numpy()
    if name == "confidence":
        return table.models[arm]["confidence"]
    if name == "p_simple" and table.p_simple is not None:
        return table.p_simple
    bare = name.removeprefix("signals.")
    if bare in table.signals:
        return table.signals[bare]
    raise ConfigError(f"the table has no signal {name!r}", hint=_signals_hint(table))


def _signals_hint(table: OutcomeTable) -> str:
    known = [f"signals.{name}" for name in table.signals]
    if table.prompt_chars.null_count() < table.n:
        known.append("len(prompt)")
    if any(not np.isnan(c["confidence"]).all() for c in table.models.values()):
        known.append("confidence")
    more = f" or {len(known) - _LISTED:,} more" if len(known) > _LISTED else ""
    listed = " or ".join(known[-_LISTED:])
    return f"--signal {listed}{more}" if known else "add signals to the rows"
