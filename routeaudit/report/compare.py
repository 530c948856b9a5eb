"""Two results side by side: what changed, whether it is more than noise, and what moved the bill."""

import math
from dataclasses import asdict
from typing import NamedTuple

import numpy as np

from routeaudit.report import compared, markdown, numbers
from routeaudit.report.stability import TaskShift, stability_sentence, task_shifts
from routeaudit.report.tables import Cell, Column, Kind, Table
from routeaudit.report.verdict import recommend
from routeaudit.result import AuditResult, Figure, Interval, PolicyResult, Slice
from routeaudit.stats.drift import BillChange, Period, bill_change

NOISE = {None: None, True: "yes", False: "no"}


class Reading(NamedTuple):
    """A figure of one result; None is unknown."""

    value: float | None
    interval: Interval | None = None


class Change(NamedTuple):
    """One figure before and after."""

    name: str
    heading: str
    kind: Kind
    before: Reading
    after: Reading

    @property
    def difference(self) -> float | None:
        """After less before; None where either is unknown."""
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value

    @property
    def more_than_noise(self) -> bool | None:
        """Whether the interval of the difference leaves out zero; None without intervals.

        The two results are taken as independent, so half-widths add as squares.
        """
        old, new = _by_chance(self.before.interval), _by_chance(self.after.interval)
        if self.difference is None or old is None or new is None:
            return None
        return abs(self.difference) > math.hypot(_half(old), _half(new))


class Comparison(NamedTuple):
    """What changed from one result to the next."""

    changes: tuple[Change, ...]
    bill: BillChange | None
    """US dollars a month by cause; None where calls a month or spend are unknown."""
    tasks: tuple[TaskShift, ...]
    """What each task adds to the population stability index; empty without both audits."""
    notes: tuple[str, ...] = ()
    """What to know of the two: which policies, and whether prices changed."""

    @property
    def task_stability(self) -> float | None:
        """The index of all tasks; None where a result has no audit."""
        return sum(shift.part for shift in self.tasks) if self.tasks else None


def compare(before: AuditResult, after: AuditResult) -> Comparison:
    """Set two results side by side, the older one first."""
    pair = compared.pair(before, after)
    made = zip(_readings(before, pair.before), _readings(after, pair.after), strict=True)
    changes = tuple(
        Change(*head, old, new) for head, (old, new) in zip(HEADS, made, strict=True)
    )
    bill = _bill(before, after)
    notes = (pair.told, "" if bill is None else compared.prices_told(before, after))
    told = tuple(note for note in notes if note)
    return Comparison(changes, bill, task_shifts(before, after), told)


def changes_table(found: Comparison) -> Table:
    """Tabulate each figure before and after, as texts: the rows differ in unit."""
    columns = (
        Column("figure", "Figure"),
        Column("before", "Before"),
        Column("after", "After"),
        Column("difference", "Difference"),
        Column("more_than_noise", "Beyond noise"),
    )
    return Table("changes", "What changed", columns, tuple(_texts(c) for c in found.changes))


def bill_table(found: Comparison) -> Table:
    """Tabulate what moved the bill, US dollars a month; the causes add up to the whole."""
    columns = (Column("cause", "Cause"), Column("month_usd", "A month", "money"))
    bill = found.bill
    rows: tuple[tuple[Cell, ...], ...] = ()
    if bill is not None:
        causes = (
            ("more or fewer calls", bill.volume_usd),
            ("another mix of LLMs", bill.mix_usd),
            ("longer or shorter calls", bill.tokens_usd),
            ("cost of a token: price, output or cache in the mix", bill.price_usd),
            ("in all", bill.total_usd),
        )
        # What sums leave of rounding is no cause.
        least = 1e-9 * max(abs(amount) for _, amount in causes)
        rows = tuple((name, amount if abs(amount) > least else 0.0) for name, amount in causes)
    return Table("bill", "What moved the bill", columns, rows)


def tasks_table(found: Comparison) -> Table:
    """Tabulate how the mix of tasks moved; the parts add up to the index."""
    columns = (
        Column("task", "Task"),
        Column("before", "Before", "share"),
        Column("after", "After", "share"),
        Column("part", "Part of the index", "number"),
    )
    return Table("task_mix", "Mix of tasks, by calls", columns, tuple(found.tasks))


def to_builtins(found: Comparison) -> dict[str, object]:
    """Give a comparison as plain data, nothing rounded."""
    bill = found.bill
    return {
        "changes": [
            {
                "figure": change.name,
                "before": change.before.value,
                "after": change.after.value,
                "difference": change.difference,
                "more_than_noise": change.more_than_noise,
            }
            for change in found.changes
        ],
        "bill": None if bill is None else {**asdict(bill), "total_usd": bill.total_usd},
        "notes": list(found.notes),
        "task_stability": found.task_stability,
        "tasks": [shift._asdict() for shift in found.tasks],
    }


def to_markdown(found: Comparison, before: AuditResult, after: AuditResult) -> str:
    """Write a comparison for people."""
    old, new = recommend(before).advice.value, recommend(after).advice.value
    verdict = f"Verdict: {new}" + ("" if old == new else f" (was: {old})")
    blocks = ["# Before and after", verdict, markdown.table(changes_table(found), most=40)]
    blocks += [markdown.escaped(note) for note in found.notes]
    bill = bill_table(found)
    if bill.rows:
        blocks += ["## What moved the bill", markdown.table(bill)]
    if found.tasks:
        blocks += ["## Mix of tasks", markdown.table(tasks_table(found), most=len(found.tasks))]
    blocks.append(f"Mix of tasks: {stability_sentence(found.task_stability)}.")
    return "\n\n".join(blocks) + "\n"


HEADS: tuple[tuple[str, str, Kind], ...] = (
    ("month_usd", "Month, audited", "money"),
    ("calls_per_month", "Calls a month", "count"),
    ("cost_per_call", "Cost per call", "money"),
    ("tokens_per_call", "Tokens per call", "count"),
    ("simple_calls_share", "Simple, by calls", "share"),
    ("simple_spend_share", "Simple, by spend", "share"),
    ("novel_calls_share", "Unlike the training data", "share"),
    ("error_share", "Calls that failed", "share"),
    ("net_savings", "Net saving, estimated", "share"),
    ("new_month", "Month with routing, estimated", "money"),
    ("served_share", "To cheaper models", "share"),
    ("failure_rate", "Failure rate", "share"),
    ("latency_p95_s", "Latency p95 with routing", "seconds"),
)


def _readings(result: AuditResult, policy: PolicyResult | None) -> tuple[Reading, ...]:
    """Give the figures of a result and of one of its policies, in the order of HEADS."""
    return (*_audited(result), *_simulated(policy))


def _audited(result: AuditResult) -> tuple[Reading, ...]:
    audit = result.audit
    if audit is None:
        return (Reading(None),) * 8
    tokens = sum(row.prompt_tokens + row.completion_tokens for row in audit.by_llm)
    errors = sum(row.errors for row in audit.by_llm)
    calls = audit.calls or None
    return (
        _reading(audit.month_usd),
        Reading(audit.calls_per_month),
        Reading(None if audit.spend_usd is None or not calls else audit.spend_usd / calls),
        Reading(tokens / calls if calls else None),
        _reading(audit.simple_calls_share),
        _reading(audit.simple_spend_share),
        Reading(audit.novel_calls_share),
        Reading(errors / calls if calls else None),
    )


def _simulated(policy: PolicyResult | None) -> tuple[Reading, ...]:
    if policy is None:
        return (Reading(None),) * 5
    quality = policy.quality
    return (
        Reading(policy.saving.share, policy.saving.interval),
        Reading(None) if policy.cost_month is None else _reading(policy.cost_month),
        Reading(policy.served / policy.n if policy.n else None),
        Reading(quality.failure_rate, quality.interval),
        Reading(policy.latency_s.all.p95),
    )


def _reading(figure: Figure) -> Reading:
    return Reading(figure.value, figure.interval)


def _half(interval: Interval) -> float:
    return (interval.high - interval.low) / 2


def _by_chance(interval: Interval | None) -> Interval | None:
    """Keep an interval that chance explains; a range of assumptions has no probability."""
    return None if interval is None or interval.level is None else interval


def _texts(change: Change) -> tuple[Cell, ...]:
    difference, old, new = change.difference, change.before, change.after
    wider = max((old.interval, new.interval), key=lambda span: _half(span) if span else -1.0)
    sign = "+" if difference is not None and difference > 0 else ""
    return (
        change.heading,
        _text(old.value, old.interval, change.kind),
        _text(new.value, new.interval, change.kind),
        None if difference is None else f"{sign}{_difference(difference, wider, change.kind)}",
        NOISE[change.more_than_noise],
    )


def _difference(value: float, interval: Interval | None, kind: Kind) -> str | None:
    """Write a difference; that of two shares is in points, not in per cent of one of them."""
    text = _text(value, interval, kind)
    return text.replace("%", "points") if text and kind == "share" else text


def _text(value: float | None, interval: Interval | None, kind: Kind) -> str | None:
    if value is None:
        return None
    if kind == "money":
        return numbers.money(value, interval)
    if kind == "share":
        return numbers.share(value, interval)
    return numbers.seconds(value) if kind == "seconds" else numbers.count(value)


def _by_key(rows: tuple[Slice, ...]) -> dict[str | None, Slice]:
    return {row.key: row for row in rows}


def _bill(before: AuditResult, after: AuditResult) -> BillChange | None:
    """Split the change of the monthly bill by LLM; those without a known spend are in neither."""
    if before.audit is None or after.audit is None:
        return None
    old, new = _by_key(before.audit.by_llm), _by_key(after.audit.by_llm)
    every = sorted({*old, *new}, key=str)
    keys = [k for k in every if _priced(old.get(k)) and _priced(new.get(k))]
    periods = [_period(before, old, keys), _period(after, new, keys)]
    if periods[0] is None or periods[1] is None:
        return None
    return bill_change(periods[0], periods[1])


def _priced(row: Slice | None) -> bool:
    return row is None or row.spend_usd is not None


def _period(
    result: AuditResult, rows: dict[str | None, Slice], keys: list[str | None]
) -> Period | None:
    """Lay a result's LLMs out by key, scaled to a month so that unequal logs compare."""
    audit = result.audit
    if audit is None or not audit.calls or audit.calls_per_month is None:
        return None
    scale = audit.calls_per_month / audit.calls
    found = [rows.get(key) for key in keys]
    return Period(
        calls=scale * np.array([row.calls if row else 0 for row in found], np.float64),
        tokens=scale
        * np.array(
            [row.prompt_tokens + row.completion_tokens if row else 0 for row in found],
            np.float64,
        ),
        cost_usd=scale
        * np.array([(row.spend_usd or 0) if row else 0 for row in found], np.float64),
    )
