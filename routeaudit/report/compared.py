"""What two results that are set side by side have in common: a policy, and prices."""

from typing import NamedTuple

from routeaudit.report import numbers
from routeaudit.report.verdict import headline
from routeaudit.result import AuditResult, PolicyResult, Simulation


class Pair(NamedTuple):
    """The policy of each result whose figures are compared, and a sentence that names them."""

    before: PolicyResult | None
    after: PolicyResult | None
    told: str


def pair(before: AuditResult, after: AuditResult) -> Pair:
    """Pick the newer result's first policy in both; where the older has none such, its own first."""
    new, first = headline(after.simulation), headline(before.simulation)
    old = first if new is None else _named(before.simulation, new.policy) or first
    if old is None or new is None:
        return Pair(old, new, "")
    one, two = _described(before, old), _described(after, new)
    told = (
        f"The rows on routing are of {two} in both."
        if one == two
        else f"The rows on routing compare two policies: before, {one}; after, {two}."
    )
    return Pair(old, new, told)


def prices_told(before: AuditResult, after: AuditResult) -> str:
    """Say whether a changed cost of a token can be a changed price, by the prices applied."""
    old, new = _prices(before), _prices(after)
    both = old.keys() & new.keys()
    if not both:
        return ""
    moved = sorted(name for name in both if old[name] != new[name])
    if moved:
        return f"Other prices were applied to {', '.join(map(numbers.label, moved))}."
    logged = [r.audit.spend_logged_usd for r in (before, after) if r.audit is not None]
    beside = ", or other costs in the log itself" if any(logged) else ""
    return (
        "The same prices per token were applied in both: a changed cost of a token is another mix "
        f"of input, output and cached tokens{beside}."
    )


def _named(simulation: Simulation | None, name: str) -> PolicyResult | None:
    rows = () if simulation is None else simulation.policies
    return next((row for row in rows if row.role == "policy" and row.policy == name), None)


def _described(result: AuditResult, policy: PolicyResult) -> str:
    """Write a policy with its thresholds and the LLMs it calls: what makes it another one."""
    set_to = [
        f"{name} {numbers.threshold(value)}"
        for name, value in policy.params.items()
        if isinstance(value, float) and not name.startswith("share_")
    ]
    arms = () if result.simulation is None else result.simulation.arms
    llms = [numbers.label(arm.llm_id) for arm in arms if policy.calls.get(arm.arm)]
    return (
        f"{policy.policy} ({', '.join([*set_to, *llms])})" if set_to or llms else policy.policy
    )


def _prices(result: AuditResult) -> dict[str, set[tuple[float | None, ...]]]:
    found: dict[str, set[tuple[float | None, ...]]] = {}
    for row in () if result.audit is None else result.audit.prices:
        paid = (row.input_usd_per_mtok, row.output_usd_per_mtok, row.cached_usd_per_mtok)
        found.setdefault(row.llm_id, set()).add(paid)
    return found
