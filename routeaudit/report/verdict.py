"""The first line of every report: adopt, pilot, do not adopt, or not enough evidence."""

from enum import StrEnum
from typing import NamedTuple

from routeaudit.report import numbers
from routeaudit.result import (
    AuditResult,
    Evidence,
    Figure,
    PolicyResult,
    Quality,
    Simulation,
    Sweep,
    Verdict,
)

LOOKED_AT = (Evidence.MEASURED, Evidence.REPLAYED, Evidence.JUDGED)
CHANCE = ("random", "shuffle")


class Advice(StrEnum):
    """What the evidence allows one to say, the best first."""

    ADOPT = "Adopt"
    PILOT = "Pilot"
    UNKNOWN = "Not enough evidence"
    REJECT = "Do not adopt"


class Recommendation(NamedTuple):
    """An advice, the sentence that carries range, baseline and evidence, and why not more."""

    advice: Advice
    sentence: str
    reasons: tuple[str, ...]


def headline(simulation: Simulation | None) -> PolicyResult | None:
    """Give the policy to show first: the best advised, then the one that saves most.

    None where no policy was simulated.
    """
    rows = [] if simulation is None else [p for p in simulation.policies if p.role == "policy"]
    if simulation is None or not rows:
        return None
    return min(
        rows,
        key=lambda row: (_place(simulation, row), -(row.saving.share or 0.0)),
    )


def _place(simulation: Simulation, policy: PolicyResult) -> int:
    """Order policies by advice; one that was tried and failed comes before an untried one."""
    advice = _weigh(simulation, policy)[0]
    was_tried = policy.quality.verdict is Verdict.FAIL
    return list(Advice).index(Advice.UNKNOWN if was_tried else advice) * 2 - was_tried


def assumed_only(simulation: Simulation | None) -> bool:
    """Say whether the policy to show first rests on no answer that anybody looked at."""
    policy = headline(simulation)
    return policy is not None and policy.quality.evidence not in LOOKED_AT


def baseline(simulation: Simulation | None) -> PolicyResult | None:
    """Give the row that costs what today costs: as logged, or everything to the full arm."""
    if simulation is None:
        return None
    names = (simulation.baseline, simulation.baseline.split(" (")[0], "as-logged", "all-full")
    by_name = {
        row.policy: row
        for row in reversed(simulation.policies)
        if row.role == "honesty" or row.policy == "as-logged"
    }
    return next((by_name[name] for name in names if name in by_name), None)


def at_a_glance(simulation: Simulation) -> tuple[PolicyResult, ...]:
    """Give the rows to show together: policies, and the honesty rows of the first of them.

    Every policy has its own random, shuffled and length rows; all of them are in the tables.
    """
    chosen = headline(simulation)
    name = None if chosen is None else chosen.policy
    return tuple(
        row
        for row in simulation.policies
        if row.role == "policy" or row.params.get("beside") in (None, name)
    )


def headline_sweep(simulation: Simulation | None) -> Sweep | None:
    """Give the sweep of the headline policy; None where there is none."""
    chosen = headline(simulation)
    if simulation is None or chosen is None:
        return None
    return next((s for s in simulation.sweeps if s.policy == chosen.policy and s.points), None)


def month_now(result: AuditResult) -> Figure | None:
    """Give today's cost of a month: of the baseline row, else of the audit."""
    row = baseline(result.simulation)
    if row is not None and row.cost_month is not None:
        return row.cost_month
    return None if result.audit is None else result.audit.month_usd


def recommend(result: AuditResult) -> Recommendation:
    """Say what the evidence allows, and why not more."""
    policy = headline(result.simulation)
    if policy is None or result.simulation is None:
        return Recommendation(Advice.UNKNOWN, _audit_sentence(result), ())
    advice, reasons = _weigh(result.simulation, policy)
    reasons += _better_alone(result.simulation)
    sentence = f"{_saving(policy)}; {_answered_by(result.simulation, policy)}{failure_sentence(policy)}."
    return Recommendation(advice, sentence, reasons)


def _better_alone(simulation: Simulation) -> tuple[str, ...]:
    """Say where the cheaper model is the better one: that is no matter of routing."""
    rows = {row.policy: row for row in simulation.policies if row.role == "honesty"}
    full, best = rows.get("all-full"), rows.get("best-single")
    if full is None or best is None or simulation.kind != "outcomes":
        return ()
    mine, other = full.quality.score_mean, best.quality.score_mean
    if mine is None or other is None or other < mine:
        return ()
    llms = {arm.arm: arm.llm_id for arm in simulation.arms}
    name = llms.get(str(best.params.get("arm")), "a cheaper model")
    return (
        f"{name} alone scores {other:.3f} and {llms.get('full', 'the full arm')} {mine:.3f}: "
        "change the model; there is nothing to route.",
    )


def _audit_sentence(result: AuditResult) -> str:
    audit = result.audit
    if audit is None:
        return "There is nothing in this result to report on."
    calls, spend = audit.simple_calls_share, audit.simple_spend_share
    return (
        f"{numbers.share(calls.value, calls.interval)} of {numbers.count(audit.calls)} calls look "
        f"simple; they carry {numbers.share(spend.value, spend.interval)} of "
        f"{numbers.money(audit.spend_usd)}. No routing was simulated, so there is nothing to adopt."
    )


def failure_sentence(policy: PolicyResult) -> str:
    """Say the failure rate with its bound and evidence, or that nobody looked."""
    quality = policy.quality
    if not policy.served and not policy.escalated:
        return "everything stays with the full arm, so no cheaper answer can fail"
    if quality.failure_rate is None:
        return "the failure rate was not measured"
    if quality.evidence not in LOOKED_AT or quality.upper is None:
        rate = numbers.share(quality.failure_rate, quality.interval)
        return f"failure rate about {rate}, {quality.evidence.value}, not measured"
    scored = quality.served_scored
    if scored is None:
        scored = min(quality.n_scored, policy.served)
    return (
        f"failure rate at most {numbers.share(quality.upper)} "
        f"({quality.evidence.value} on {numbers.count(scored)} served answers, "
        f"one-sided 95{numbers.SPACE}% bound) against a limit of {numbers.exact_share(quality.limit)}"
        f"{_carried(quality)}"
    )


def _carried(quality: Quality) -> str:
    """Say what the sample means for all of the traffic, where it was carried there."""
    rate, calls = quality.rate_all, quality.failing_calls
    if rate is None or calls is None or calls.interval is None:
        return ""
    few, many = calls.interval.low, calls.interval.high
    return (
        f"; over all traffic {numbers.share(rate.value, rate.interval)} "
        f"({numbers.share_range(rate.interval)}), {numbers.count(few)} to "
        f"{numbers.count(many)} calls"
    )


def _saving(policy: PolicyResult) -> str:
    saving = policy.saving
    against = numbers.label(saving.vs, longest=160)
    if saving.share is None:
        return f"The net change against {against} is not known"
    value = numbers.share(abs(saving.share), saving.interval)
    verb = "lower" if saving.share >= 0 else "higher"
    span = _span(policy)
    return f"Estimated cost {value} {verb}{span} with {policy.policy} against {against}"


def _answered_by(simulation: Simulation, policy: PolicyResult) -> str:
    """Name the cheaper LLMs that the policy's saving comes from; empty where it calls none."""
    called = [arm for arm in simulation.arms if arm.arm != "full" and policy.calls.get(arm.arm)]
    if not called or not policy.served or not policy.n:
        return ""
    names = " or ".join(numbers.label(arm.llm_id) for arm in called)
    return f"{numbers.share(policy.served / policy.n)} of the requests answered by {names}; "


def _span(policy: PolicyResult) -> str:
    saving = policy.saving
    if saving.interval is None:
        return ""
    chance = saving.interval.level
    kind = (
        "range of assumptions" if chance is None else f"{numbers.exact_share(chance)} interval"
    )
    return f" (net saving {numbers.share_range(saving.interval)}, {kind})"


def _weigh(simulation: Simulation, policy: PolicyResult) -> tuple[Advice, tuple[str, ...]]:
    quality, saving = policy.quality, policy.saving
    failed = quality.verdict is Verdict.FAIL
    if saving.share is None and not failed:
        return Advice.UNKNOWN, ("A price is unknown, so the net saving is unknown.",)
    if saving.share is not None and saving.share <= 0:
        stays = not policy.served and not policy.escalated
        return Advice.REJECT, (
            "It sends nothing to a cheaper model."
            if stays
            else "It would cost as much as today or more.",
        )
    if failed:
        return Advice.REJECT, (
            f"More than {numbers.exact_share(quality.limit)} of the answers would fail.",
        )
    if quality.verdict is Verdict.NOT_MEASURED or quality.evidence not in LOOKED_AT:
        return Advice.UNKNOWN, (
            f"Nobody has looked at the answers that {policy.policy} would give on this traffic."
            if any(
                row.quality.evidence in LOOKED_AT for row in simulation.policies if row.served
            )
            else "Nobody has looked at the answers of the cheaper models on this traffic.",
        )
    doubts = _doubts(simulation, policy)
    return (Advice.PILOT if doubts else Advice.ADOPT), doubts


def _doubts(simulation: Simulation, policy: PolicyResult) -> tuple[str, ...]:
    """List what stands between a good figure and its adoption."""
    quality, saving = policy.quality, policy.saving
    doubts = []
    if quality.verdict is Verdict.INCONCLUSIVE:
        more = (
            f"about {numbers.count(quality.more_needed)} more"
            if quality.more_needed
            else "more"
        )
        doubts.append(
            f"The failure rate is not settled: {more} scored answers would settle it."
        )
    if saving.interval is None:
        doubts.append("The range of the saving is not known.")
    elif saving.interval.low <= 0:
        doubts.append("The range of the saving includes nothing at all.")
    if quality.evidence is Evidence.JUDGED:
        doubts.append("The answers were judged by another model, not measured.")
    if no_better_than_chance(simulation, policy):
        doubts.append("It fails as often as sending the same share of calls away by chance.")
    return tuple(doubts)


def no_better_than_chance(simulation: Simulation, policy: PolicyResult) -> bool:
    """Say whether a random choice of as many calls failed no more often."""
    rate = policy.quality.failure_rate
    chance = [
        row.quality.failure_rate
        for row in simulation.policies
        if row.policy.startswith(CHANCE) and row.params.get("beside") in (None, policy.policy)
    ]
    known = [value for value in chance if value is not None]
    return rate is not None and bool(known) and rate >= min(known)


def warnings_of(simulation: Simulation) -> tuple[str, ...]:
    """List what to know before trusting the figures: of the whole, then of each policy."""
    own = tuple(
        f"{policy.policy}: {warning}"
        for policy in simulation.policies
        if policy.role == "policy"
        for warning in policy.warnings
        if warning not in simulation.warnings
    )
    return simulation.warnings + tuple(dict.fromkeys(own))
