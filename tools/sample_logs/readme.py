"""Writes the README of the sample logs, with the counts of what was made."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from tools.sample_logs import plan
from tools.sample_logs.calls import Call

HEAD = """# Sample logs

**Synthetic.** These logs were made for this project by `tools/sample_logs`. Halden Supply, its staff, its
customers and its suppliers are invented; no real person's words are in here, and no API was called. The texts were
written by hand as patterns and filled in by a seeded generator; counts of tokens and times are modelled. Use them to see what
routeaudit does, not as evidence of what routing saves.

{total} calls from Monday 12 October to Sunday 15 November 2026, in three formats:

{files}

Make them again, byte for byte the same (standard library only):

    python -m tools.sample_logs

The task that each question was written as is in `tests/data/sample_labels.jsonl`, by `request_id`. It is no part
of the logs.

## What is in them

{tables}
## What is wrong with them, on purpose

- {repeats} calls ask, word for word, what an earlier call asked; {retries} failed ({troubles}).
- Nine lines are written twice (same `request_id`), five in `chat-2026-w44.jsonl` and four in `spend_logs.jsonl`.
- Nine lines are broken: two cut off in the middle of a file, one with NaN in place of its latency, five that are no JSON,
  and the last line of `chat-2026-w46.jsonl`, cut off as well. The calls of the cut and the NaN lines are there whole, too;
  a reader that lets NaN pass finds that call twice.
- {bare} streamed answers have no usage; {streams} answers are stored as raw server-sent events.
- {private} calls went to a private model for which no price is known (`halden/invoice-reader-v3`).
- {sessions} conversations have more than one turn; {cached} calls had part of their prompt in the provider's cache.
- `chat-2026-w43.jsonl.gz` is a gzip file with stored blocks, so that every machine writes the same bytes.
"""


def _table(title: str, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rows = [f"| {name} | {count} | {count / total:.1%} |" for name, count in ordered]
    return "\n".join([f"| {title} | calls | share |", "|---|---:|---:|", *rows, "\n"])


def readme(played: Sequence[Call], texts: Mapping[str, str]) -> str:
    """Write the page."""
    keys: dict[str, Callable[[Call], str]] = {
        "team": lambda call: call.team,
        "feature": lambda call: call.feature,
        "model": lambda call: call.llm_id,
        "task": lambda call: call.task,
    }
    tables = "".join(_table(name, Counter(map(key, played))) for name, key in keys.items())
    simple = sum(call.task in plan.SIMPLE_TASKS for call in played)
    tables += (
        f"{simple} calls ({simple / len(played):.1%}) are of one of the eight simple tasks.\n\n"
    )
    files = "\n".join(
        f"- `{name}`: {text.count(chr(10)) + (not text.endswith(chr(10)))} lines"
        for name, text in texts.items()
    )
    return HEAD.format(total=len(played), files=files, tables=tables, **_oddities(played))


def _oddities(played: Sequence[Call]) -> dict[str, object]:
    troubles: Counter[str | None] = Counter(call.trouble for call in played if call.trouble)
    asked = Counter((call.messages, call.feature) for call in played if not call.trouble)
    many = Counter(call.session_id for call in played if call.session_id and not call.trouble)
    return {
        "repeats": sum(count - 1 for count in asked.values()),
        "retries": troubles.total(),
        "troubles": _listed(troubles),
        "bare": _count(call.stream == "bare" for call in played),
        "streams": _count(call.stream is not None for call in played),
        "private": _count(call.llm_id.startswith("halden/") for call in played),
        "sessions": _count(turns > 1 for turns in many.values()),
        "cached": _count(call.cached_tokens > 0 for call in played),
    }


def _count(truths: Iterable[bool]) -> int:
    return sum(truths)


def _listed(counts: Counter[str | None]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return ", ".join(f"{count} {str(name).replace('_', ' ')}" for name, count in ordered)
