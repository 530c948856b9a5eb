"""What was read and how good it is: counts by file and reason, flaws and the money they touch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import polars as pl

from routeaudit.estimate.audit import period
from routeaudit.result import Hygiene, SourceFile, Traffic

SHORT_DAYS = 7
COST_GAP = 0.05
ESTIMATED_WARNING = 0.05
TOP = 50


@dataclass(slots=True)
class Piles:
    """Counts the piles that units fall into, batch by batch."""

    units: int = 0
    records: int = 0
    merged: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    by_file: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def sampled(self) -> float:
        """The share of the calls in the time window that the sample kept; 1 without a sample."""
        dropped = sum(n for reason, n in self.left_out.items() if "sample" in reason)
        return self.records / (self.records + dropped) if self.records else 1.0

    def add(
        self,
        records: pl.DataFrame,
        rejects: pl.DataFrame,
        merged: pl.DataFrame,
        left_out: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Count one batch; every unit is in exactly one of the three frames.

        Args:
            records: the calls.
            rejects: what could not be read.
            merged: what was folded into another call.
            left_out: calls that the user's time window or sample left out, by reason.
        """
        self.left_out.update(left_out)
        self.records += records.height
        self.units += records.height + rejects.height + merged.height
        self._count_files(records.group_by("source_file", name=pl.col("source_format")).len())
        for pile, name, counter in (
            (rejects, "rejected", self.rejected),
            (merged, "merged", self.merged),
        ):
            counter.update(dict(pile.group_by("reason").len().iter_rows()))
            self._count_files(pile.group_by("source_file", name=pl.lit(f" {name}")).len())

    def _count_files(self, counts: pl.DataFrame) -> None:
        for path, name, n in counts.iter_rows():
            self.by_file.setdefault(path or "", Counter())[name or "unknown"] += n

    def files(self) -> tuple[SourceFile, ...]:
        """List the files, by path."""
        return tuple(_source_file(path, self.by_file[path]) for path in sorted(self.by_file))


def _source_file(path: str, counts: Counter[str]) -> SourceFile:
    formats = {name: n for name, n in sorted(counts.items()) if not name.startswith(" ")}
    return SourceFile(
        path=path,
        formats=formats,
        units=counts.total(),
        records=sum(formats.values()),
        merged=counts[" merged"],
        rejected=counts[" rejected"],
    )


class Flaw(NamedTuple):
    """A kind of flaw: how to see it in a call, and what to do about it."""

    name: str
    seen: pl.Expr
    advice: str


def flaws() -> tuple[Flaw, ...]:
    """List the flaws that are looked for, the worst for the figures first."""
    ok = pl.col("status").fill_null("ok") == "ok"
    counted = pl.col("prompt_tokens").is_not_null() & pl.col("completion_tokens").is_not_null()
    return (
        Flaw("no price known", unpriced(), "add a price to [[prices.own]] or use --assume-price"),
        Flaw(
            "no usage logged", ok & ~counted,
            "log the usage block; for streams ask for stream_options.include_usage",
        ),
        Flaw(
            "tokens estimated here", pl.col("tokens_estimated").fill_null(value=False),
            "log the usage block; a tokenizer's count is within a few percent for text",
        ),
        Flaw(
            "no text logged", pl.col("query_key").is_null(),
            "without a prompt a call cannot be classified; it counts as complex",
        ),
        Flaw("no time logged", pl.col("ts").is_null(), "log a timestamp; prices change"),
        Flaw(
            "time zone assumed", pl.col("tz_assumed").fill_null(value=False),
            "say --timezone if the log is not in UTC",
        ),
        Flaw(
            "no latency logged", ok & pl.col("latency_s").is_null(),
            "log start and end; latency is modelled for these calls",
        ),
        Flaw("failed calls", ~ok, "errors and blocked calls; their latency is left out"),
    )  # fmt: skip


def unpriced() -> pl.Expr:
    """Say whether a call has no bill although it was served: no price, or no tokens to price."""
    served = pl.col("status").fill_null("ok") == "ok"
    return served & pl.col("billed_usd").is_null()


class GapsSeen(NamedTuple):
    """Stretches without any call: how many, their length beside the rest, and words for them."""

    n: int
    share: float
    told: tuple[str, ...]


NO_GAPS = GapsSeen(0, 0.0, ())


def gap_row(gaps: GapsSeen, billed: float | None) -> tuple[Hygiene, ...]:
    """Say what the missing hours would have cost, had they been like the others."""
    if not gaps.n:
        return ()
    return (
        Hygiene(
            name="clock gaps",
            calls=gaps.n,
            usd=None if billed is None else billed * gaps.share,
            advice="stretches without a call, and what they would have cost at the usual rate: "
            "is a file missing?",
        ),
    )


def traffic(
    calls: pl.LazyFrame,
    piles: Piles,
    *,
    max_unpriced: float,
    checks: Sequence[tuple[str, pl.Expr, str]] = (),
    gaps: GapsSeen = NO_GAPS,
) -> Traffic:
    """Sum up what was read.

    Args:
        calls: (n,) the scan's calls with the columns of `with_cost`.
        piles: what the files fell into.
        max_unpriced: share of calls without a price from which on it is warned.
        checks: more flaws to look for: name, expression, advice.
        gaps: stretches without any call.
    """
    found = (*flaws(), *(Flaw(*check) for check in checks))
    row = calls.select(
        pl.len().alias("n"),
        pl.col("query_key").drop_nulls().hash().n_unique().alias("distinct"),
        pl.col("tokens_estimated").fill_null(value=False).mean().alias("estimated"),
        pl.col("cost_usd").filter(_both()).sum().alias("logged"),
        pl.col("cost_computed_usd").filter(_both()).sum().alias("computed"),
        pl.when(pl.col("billed_usd").count() > 0)
        .then(pl.col("billed_usd").sum())
        .alias("billed"),
        *(flaw.seen.sum().alias(f"calls {i}") for i, flaw in enumerate(found)),
        *(
            pl.when((pl.col("billed_usd").filter(flaw.seen)).count() > 0)
            .then(pl.col("billed_usd").filter(flaw.seen).sum())
            .alias(f"usd {i}")
            for i, flaw in enumerate(found)
        ),
    ).collect(engine="streaming").to_dicts()[0]  # fmt: skip
    span, without_price = period(calls), _unpriced_names(calls)
    n_unpriced = sum(without_price.values())
    share = n_unpriced / row["n"] if row["n"] else 0.0
    warnings = [
        _short(span.days),
        _gap(row["logged"], row["computed"]),
        share > max_unpriced
        and f"{share:.1%} of the calls have no price; every total lacks them",
        row["estimated"] > ESTIMATED_WARNING
        and f"{row['estimated']:.0%} of the calls were priced by estimated token counts",
        *gaps.told,
        _told_twice(piles.merged),
    ]
    return Traffic(
        sources=piles.files(),
        units=piles.units,
        records=piles.records,
        merged=dict(piles.merged.most_common()),
        rejected=dict(piles.rejected.most_common(TOP)),
        left_out={reason: n for reason, n in piles.left_out.items() if n},
        first_ts=span.first,
        last_ts=span.last,
        observed_days=span.days,
        distinct_queries=row["distinct"],
        tokens_estimated_share=row["estimated"],
        unpriced_calls=n_unpriced,
        unpriced_share=share,
        unpriced_models=without_price,
        hygiene=tuple(
            Hygiene(name=flaw.name, calls=row[f"calls {i}"], usd=row[f"usd {i}"],
                    advice=flaw.advice)
            for i, flaw in enumerate(found)
            if row[f"calls {i}"]
        )
        + gap_row(gaps, row["billed"]),
        warnings=tuple(warning for warning in warnings if warning),
    )  # fmt: skip


def _both() -> pl.Expr:
    return pl.col("cost_usd").is_not_null() & pl.col("cost_computed_usd").is_not_null()


def _told_twice(merged: Mapping[str, int]) -> str:
    """Warn where an application's log and its gateway's were read together."""
    n = sum(n for reason, n in merged.items() if "another log" in reason)
    return f"{n:,} calls stand in two of the logs; each counts once" if n else ""


def _short(days: float | None) -> str:
    if days is None:
        return "no call has a time: nothing can be projected to a month"
    if days >= SHORT_DAYS:
        return ""
    return f"only {days:.1f} days of traffic: a month's figure is weak below {SHORT_DAYS}"


def _gap(logged: float, computed: float) -> str:
    if not logged or abs(computed - logged) <= COST_GAP * logged:
        return ""
    return (
        f"logged cost {logged:,.2f} USD and our {computed:,.2f} USD for the same calls differ by "
        f"{abs(computed / logged - 1):.0%}: discounts, or a wrong price on either side"
    )


def _unpriced_names(calls: pl.LazyFrame) -> dict[str, int]:
    rows = (
        calls.filter(unpriced())
        .group_by(pl.col("model").fill_null("(no model logged)"))
        .len()
        .sort("len", "model", descending=[True, False])
        .head(TOP)
        .collect(engine="streaming")
    )
    return dict(rows.iter_rows())
