"""Gates: limits of the user's own, tested on a result, on the bound where there is one.

[gates]
net_savings_pct = ["warn", {min = 20, use = "lower"}]
failure_rate = ["error", {max = 0.05, use = "upper"}]
evidence = ["error", {at_least = "replayed"}]
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple, cast

from routeaudit.errors import ConfigError, ExitCode
from routeaudit.plugins import hint_for
from routeaudit.report.stability import task_stability
from routeaudit.report.verdict import LOOKED_AT, headline
from routeaudit.result import AuditResult, Evidence, Interval

Level = Literal["off", "warn", "error"]
Use = Literal["value", "lower", "upper"]
LEVELS, USES = ("off", "warn", "error"), ("value", "lower", "upper")
SHARES = ("_rate", "_share")
"""How the names of metrics end that are shares; those that end in _pct are in percent."""
EVIDENCE = tuple(kind.value for kind in reversed(Evidence))
"""From the least to the most trusted."""


class State(StrEnum):
    """What a gate says."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "not enough evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One limit on one metric."""

    metric: str
    level: Level
    min: float | None = None
    max: float | None = None
    at_least: str | None = None
    use: Use = "value"


class GateResult(NamedTuple):
    """What a gate said, of which value, and why."""

    metric: str
    level: Level
    state: State
    value: float | str | None
    limit: str
    message: str


class Reading(NamedTuple):
    """A metric's value with its bounds; None is unknown."""

    value: float | None
    lower: float | None = None
    upper: float | None = None


Reader = Callable[[AuditResult], Reading]


def parse(table: Mapping[str, object]) -> tuple[Gate, ...]:
    """Read the `[gates]` table of the configuration.

    Raises:
        ConfigError: a metric, level or limit is unknown or of the wrong kind.
    """
    return tuple(_gate(metric.replace("-", "_"), given) for metric, given in table.items())


def evaluate(
    result: AuditResult, gates: Sequence[Gate], before: AuditResult | None = None
) -> tuple[GateResult, ...]:
    """Test each gate that is not off.

    Args:
        result: what is tested.
        gates: the limits.
        before: an older result, for metrics that compare (task_drift).
    """
    return tuple(_tested(result, gate, before) for gate in gates if gate.level != "off")


def exit_code(found: Sequence[GateResult]) -> ExitCode:
    """Give the exit code of the gates at level error: a failed one outweighs an open one."""
    states = {gate.state for gate in found if gate.level == "error"}
    if State.FAILED in states:
        return ExitCode.GATE_FAILED
    return ExitCode.NOT_ENOUGH_EVIDENCE if State.UNDECIDED in states else ExitCode.OK


def _gate(metric: str, given: object) -> Gate:
    known = (*READERS, *COMPARED, "evidence")
    if metric not in known:
        raise ConfigError(f"there is no gate called {metric!r}", hint=hint_for(metric, known))
    level, limits = _pair(metric, given)
    if level not in LEVELS:
        raise ConfigError(f"gate {metric}: level {level!r}", hint=hint_for(level, LEVELS))
    allowed = ("at_least",) if metric == "evidence" else ("min", "max", "use")
    for key in limits:
        if key not in allowed:
            raise ConfigError(
                f"gate {metric}: unknown key {key!r}", hint=hint_for(key, allowed)
            )
    if level != "off" and not any(key in limits for key in ("min", "max", "at_least")):
        raise ConfigError(
            f"gate {metric} has no limit", hint=f"give {' or '.join(allowed[:2])}"
        )
    use, least = str(limits.get("use", "value")), limits.get("at_least")
    if use not in USES:
        raise ConfigError(f"gate {metric}: use = {use!r}", hint=hint_for(use, USES))
    if least is not None and least not in EVIDENCE:
        raise ConfigError(
            f"gate {metric}: at_least = {least!r}", hint=hint_for(str(least), EVIDENCE)
        )
    return Gate(
        metric=metric, level=cast("Level", level), min=_limit(metric, limits, "min"),
        max=_limit(metric, limits, "max"), at_least=least, use=cast("Use", use),
    )  # fmt: skip


def _pair(metric: str, given: object) -> tuple[str, Mapping[str, object]]:
    match given:
        case str(level) | [str(level)]:
            return level, {}
        case [str(level), Mapping() as limits]:
            return level, limits
    raise ConfigError(
        f"gate {metric} is not a level and its limits",
        hint='like ["error", {max = 0.05, use = "upper"}]',
    )


def _limit(metric: str, limits: Mapping[str, object], key: str) -> float | None:
    found = limits.get(key)
    if found is None:
        return None
    if (
        isinstance(found, bool)
        or not isinstance(found, (int, float))
        or not math.isfinite(found)
    ):
        raise ConfigError(f"gate {metric}: {key} = {found!r} is not a number")
    if metric.endswith(SHARES) and not 0 <= found <= 1:
        raise ConfigError(
            f"gate {metric}: {key} = {found!r}, but it is a share, from 0 to 1",
            hint=f"5 % is 0.05; did you mean {found / 100:g}?",
        )
    return float(found)


def _tested(result: AuditResult, gate: Gate, before: AuditResult | None) -> GateResult:
    if gate.metric == "evidence":
        return _evidence(result, gate)
    if gate.metric in COMPARED:
        reading = Reading(None) if before is None else COMPARED[gate.metric](before, result)
    else:
        reading = READERS[gate.metric](result)
    value = getattr(reading, gate.use)
    limit = " and ".join(
        f"{word} {number:g}"
        for word, number in (("at least", gate.min), ("at most", gate.max))
        if number is not None
    )
    if value is None:
        bound = "" if gate.use == "value" else f" has no {gate.use} bound:"
        message = f"{gate.metric}{bound or ' is'} not known"
        return GateResult(gate.metric, gate.level, State.UNDECIDED, None, limit, message)
    low_enough = gate.max is None or value <= gate.max
    high_enough = gate.min is None or value >= gate.min
    state = State.PASSED if low_enough and high_enough else State.FAILED
    message = f"{gate.metric} ({gate.use}) is {value:.4g}, must be {limit}"
    return GateResult(gate.metric, gate.level, state, value, limit, message)


def _evidence(result: AuditResult, gate: Gate) -> GateResult:
    policy, least = headline(result.simulation), gate.at_least or Evidence.NONE.value
    found = Evidence.NONE.value if policy is None else policy.quality.evidence.value
    enough = EVIDENCE.index(found) >= EVIDENCE.index(least)
    state = State.PASSED if enough else State.UNDECIDED
    message = f"evidence is {found}, must be at least {least}"
    return GateResult(gate.metric, gate.level, state, found, f"at least {least}", message)


def _bounds(value: float | None, interval: Interval | None, scale: float = 1.0) -> Reading:
    ends = (None, None) if interval is None else (scale * interval.low, scale * interval.high)
    return Reading(None if value is None else scale * value, *ends)


def _net_savings_pct(result: AuditResult) -> Reading:
    policy = headline(result.simulation)
    if policy is None:
        return Reading(None)
    return _bounds(policy.saving.share, policy.saving.interval, 100.0)


def _failure_rate(result: AuditResult) -> Reading:
    """Read the failure rate; one that nobody measured is not known to a gate."""
    policy = headline(result.simulation)
    if policy is None or policy.quality.evidence not in LOOKED_AT:
        return Reading(None)
    quality = policy.quality
    return Reading(quality.failure_rate, quality.lower, quality.upper)


def _latency_p95(result: AuditResult) -> Reading:
    policy = headline(result.simulation)
    return Reading(None if policy is None else policy.latency_s.all.p95)


def _latency_p50(result: AuditResult) -> Reading:
    policy = headline(result.simulation)
    return Reading(None if policy is None else policy.latency_s.all.p50)


def _unpriced(result: AuditResult) -> Reading:
    return Reading(None if result.traffic is None else result.traffic.unpriced_share)


def _bad_rows(result: AuditResult) -> Reading:
    return Reading(None if result.traffic is None else bad_rows_share(result))


def _tokens_estimated(result: AuditResult) -> Reading:
    return Reading(None if result.traffic is None else result.traffic.tokens_estimated_share)


def _month(result: AuditResult) -> Reading:
    figure = None if result.audit is None else result.audit.month_usd
    return Reading(None) if figure is None else _bounds(figure.value, figure.interval)


def _simple(result: AuditResult) -> Reading:
    figure = None if result.audit is None else result.audit.simple_calls_share
    return Reading(None) if figure is None else _bounds(figure.value, figure.interval)


def _novel(result: AuditResult) -> Reading:
    return Reading(None if result.audit is None else result.audit.novel_calls_share)


def bad_rows_share(result: AuditResult) -> float | None:
    """Give the share of lines that became no record; None when nothing was read."""
    traffic = result.traffic
    if traffic is None or not traffic.units:
        return None
    return sum(traffic.rejected.values()) / traffic.units


def _task_drift(before: AuditResult, after: AuditResult) -> Reading:
    return Reading(task_stability(before, after))


READERS: Mapping[str, Reader] = {
    "net_savings_pct": _net_savings_pct,
    "failure_rate": _failure_rate,
    "latency_p50_s": _latency_p50,
    "latency_p95_s": _latency_p95,
    "unpriced_share": _unpriced,
    "bad_rows_share": _bad_rows,
    "tokens_estimated_share": _tokens_estimated,
    "month_usd": _month,
    "simple_calls_share": _simple,
    "novel_calls_share": _novel,
}
COMPARED: Mapping[str, Callable[[AuditResult, AuditResult], Reading]] = {
    "task_drift": _task_drift
}


def metrics() -> tuple[str, ...]:
    """List the metrics that a gate can test."""
    return (*READERS, *COMPARED, "evidence")
