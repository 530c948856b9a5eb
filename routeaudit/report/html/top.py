"""The top of the page: the verdict line and four tiles."""

from typing import NamedTuple

from routeaudit.report import numbers
from routeaudit.report.html.element import Safe, element
from routeaudit.report.verdict import baseline, headline, month_now, recommend
from routeaudit.result import AuditResult, Figure, PolicyResult, Verdict


class Tile(NamedTuple):
    """One large figure with its range and what it is."""

    name: str
    value: str
    note: str
    mood: str = ""


def verdict(result: AuditResult) -> Safe:
    """Make the line that a reader in a hurry reads."""
    said = recommend(result)
    reasons = [element("li", reason) for reason in said.reasons]
    mood = said.advice.name.lower()
    return element(
        "header",
        element("p", "routeaudit", element("span", _scope(result)), class_="brand"),
        element("h1", said.advice.value, class_="advice"),
        element("p", said.sentence, class_="lead"),
        element("ul", *reasons, class_="reasons") if reasons else None,
        _headline(result),
        class_=f"verdict {mood}",
    )


def tiles(result: AuditResult) -> Safe:
    """Make the four tiles: of the simulation, else of the audit; none for an empty result."""
    policy = headline(result.simulation)
    made = _simulated(result, policy) if policy else _audited(result)
    boxes = [
        element(
            "div",
            element("dt", tile.name),
            element("dd", tile.value, class_="value"),
            element("dd", tile.note, class_="note") if tile.note else None,
            class_=f"tile {tile.mood}".strip(),
        )
        for tile in made
    ]
    return element("dl", *boxes, class_="tiles", aria_label="Key figures") if boxes else Safe()


def _headline(result: AuditResult) -> Safe | None:
    """Repeat what the simulation itself puts first, the bad news included."""
    if result.simulation is None or not result.simulation.headline:
        return None
    return element("p", numbers.label(result.simulation.headline, longest=1_000), class_="note")


def _scope(result: AuditResult) -> str:
    """Say over what: calls and dates."""
    parts = []
    if result.audit is not None:
        parts.append(f"{numbers.count(result.audit.calls)} calls")
    elif result.simulation is not None:
        parts.append(f"{numbers.count(result.simulation.n)} requests")
    traffic = result.traffic
    if traffic is not None and traffic.first_ts and traffic.last_ts:
        parts.append(f"{traffic.first_ts[:10]} to {traffic.last_ts[:10]}")
    return " · ".join(parts)


def _simulated(result: AuditResult, policy: PolicyResult) -> list[Tile]:
    before, after, saving = month_now(result), policy.cost_month, policy.saving
    change = numbers.DASH
    if saving.share is not None:
        sign = numbers.MINUS if saving.share > 0 else "+"
        change = sign + numbers.share(abs(saving.share), saving.interval)
    spread = numbers.share_range(saving.interval)
    note = f"estimated; net saving {spread}" if spread else "estimated"
    return [
        *_now_and_then(before, after, result, policy),
        Tile("Change", change, note),
        _failure(policy),
    ]


def _now_and_then(
    before: Figure | None, after: Figure | None, result: AuditResult, policy: PolicyResult
) -> list[Tile]:
    """Give the month now and then; the cost of a call where no month is known."""
    currency, served = policy.currency, f"with {policy.policy}"
    today = baseline(result.simulation)
    if (before is None or after is None) and today is not None:
        costs = (("A call today", today, "baseline"), ("A call, routed", policy, served))
        return [
            Tile(name, numbers.money(row.cost_per_call, currency=currency), note)
            for name, row, note in costs
        ]
    return [
        _money_tile("Month today", before, currency, _of_calls(result)),
        _money_tile("New month", after, currency, served),
    ]


def _of_calls(result: AuditResult) -> str:
    """Say of how many calls a month the baseline is: those that a router could touch."""
    volume = None if result.simulation is None else result.simulation.calls_per_month
    return "baseline" if volume is None else f"baseline, {numbers.count(volume)} calls"


def _money_tile(name: str, figure: Figure | None, currency: str, otherwise: str) -> Tile:
    if figure is None:
        return Tile(name, numbers.DASH, otherwise)
    span = numbers.money_range(figure.interval, currency)
    value = numbers.money(figure.value, figure.interval, currency)
    note = f"{otherwise}, {figure.evidence.value}"
    return Tile(name, value, f"{note}; {span}" if span else note)


def _failure(policy: PolicyResult) -> Tile:
    quality = policy.quality
    moods = {Verdict.PASS: "good", Verdict.FAIL: "bad"}
    limit = f"limit {numbers.exact_share(quality.limit)}; {quality.verdict.value.lower()}"
    spread = numbers.share_range(quality.interval) if quality.upper is None else ""
    evidence = f"{quality.evidence.value} {spread}".strip()
    return Tile(
        "Failures at worst",
        numbers.share(quality.upper),
        f"{limit}; {evidence}",
        moods.get(quality.verdict, ""),
    )


def _audited(result: AuditResult) -> list[Tile]:
    audit = result.audit
    if audit is None:
        return []
    calls, spend = audit.simple_calls_share, audit.simple_spend_share
    return [
        _money_tile("Projected month", audit.month_usd, "USD", "at this pace"),
        Tile(
            "Spend in the log",
            numbers.money(audit.spend_usd),
            f"{numbers.count(audit.calls)} calls",
        ),
        Tile(
            "Simple, by calls", numbers.share(calls.value, calls.interval), calls.evidence.value
        ),
        Tile(
            "Simple, by spend", numbers.share(spend.value, spend.interval), spend.evidence.value
        ),
    ]
