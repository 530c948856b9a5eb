"""Results made by hand: a realistic one, an empty one, a hostile one, an audit, outcomes."""

import pytest

from routeaudit.result import (
    SCHEMA_VERSION,
    ArmUsed,
    Audit,
    AuditResult,
    Evidence,
    Example,
    Figure,
    Latency,
    LatencyStats,
    Opportunity,
    PolicyResult,
    Quality,
    QueueRow,
    Saving,
    SensitivityRow,
    Simulation,
    Sweep,
    SweepPoint,
    Traffic,
    Verdict,
    WaterfallStep,
)
from tests.report.made_audit import (
    BESIDE,
    CALLS,
    HOSTILE,
    SPEND,
    audit,
    cut,
    interval,
    price,
    provenance,
    traffic,
)


def stats(count: int, p50: float | None, p95: float | None) -> LatencyStats:
    p99 = None if p95 is None else p95 * 1.5
    return LatencyStats(n=count, mean=p50, p50=p50, p95=p95, p99=p99)


def quality(rate: float, verdict: Verdict, score: float) -> Quality:
    return Quality(
        evidence=Evidence.REPLAYED,
        n_scored=612,
        score_mean=score,
        failure_rate=rate,
        interval=interval(rate * 0.6, rate * 1.45),
        upper=rate * 1.4,
        lower=rate * 0.65,
        lost=15,
        gained=4,
        verdict=verdict,
    )


def unserved(score: float) -> Quality:
    return Quality(evidence=Evidence.MEASURED, n_scored=612, score_mean=score)


def policy(
    name: str, role: str, per_call: float, share: float, judged: Quality, served: float = 0.6
) -> PolicyResult:
    month = per_call * 10_853
    speeds = (
        stats(CALLS, 1.2, 5.1),
        stats(round(CALLS * served), 0.8, 2.2),
        stats(0 if not served else 410, 2.9, 8.8),
    )
    return PolicyResult(
        policy=name,
        role="policy" if role == "policy" else "honesty",
        params={"beside": "three-tier"} if name in BESIDE else {"cut": 0.6},
        n=CALLS,
        calls={"mid": round(CALLS * served), "full": CALLS - round(CALLS * served)},
        served=round(CALLS * served),
        escalated=410 if served else 0,
        currency="USD",
        cost_total=per_call * CALLS,
        cost_per_call=per_call,
        cost_month=Figure(
            value=month,
            interval=interval(month * 0.94, month * 1.06),
            evidence=Evidence.ESTIMATED,
        ),
        saving=Saving(
            vs="all-full (gpt-4o)",
            gross=share * SPEND * 1.15,
            net=share * SPEND,
            share=share,
            interval=interval(share - 0.04, share + 0.04),
        ),
        latency_s=Latency(all=speeds[0], served=speeds[1], escalated=speeds[2]),
        quality=judged,
    )


def steps(net: float) -> tuple[WaterfallStep, ...]:
    costs = (
        ("classifier", -0.04),
        ("escalations paid twice", -0.08),
        ("prompt cache lost", -0.03),
    )
    return (
        WaterfallStep(name="gross saving", amount=net * 1.15),
        *(WaterfallStep(name=name, amount=net * part) for name, part in costs),
    )


def sweep() -> Sweep:
    points = tuple(
        SweepPoint(
            threshold=n / 20,
            served_share=1 - n / 20,
            cost_per_call=0.02 + 0.22 * n / 20,
            failure_rate=None if n == 20 else 0.12 * (1 - n / 20) ** 1.5,
            interval=None
            if n == 20
            else interval(0.09 * (1 - n / 20) ** 1.5, 0.15 * (1 - n / 20) ** 1.5 + 0.004),
            score_mean=0.88 + 0.06 * (n / 20) ** 0.6,
            latency_p50_s=0.7 + n / 20,
            latency_p95_s=2.4 + 4 * n / 20,
            on_front=n % 2 == 0,
        )
        for n in range(21)
    )
    return Sweep(policy="three-tier", param="cut", chosen=0.55, points=points)


def simulation(headline_quality: Quality | None = None) -> Simulation:
    best = quality(0.031, Verdict.PASS, 0.932)
    rows = (
        ("three-tier", "policy", 0.112, 0.536, headline_quality or best, 0.6),
        ("binary", "policy", 0.121, 0.498, quality(0.034, Verdict.INCONCLUSIVE, 0.93), 0.55),
        ("all-full", "honesty", 0.2414, 0.0, unserved(0.94), 0.0),
        ("all-mid", "honesty", 0.019, 0.92, quality(0.118, Verdict.FAIL, 0.881), 1.0),
        ("shuffle", "honesty", 0.112, 0.536, quality(0.071, Verdict.FAIL, 0.905), 0.6),
        ("random", "honesty", 0.113, 0.53, quality(0.072, Verdict.FAIL, 0.904), 0.6),
        ("length", "honesty", 0.118, 0.51, quality(0.064, Verdict.FAIL, 0.911), 0.6),
    )
    made = tuple(policy(*row) for row in rows)
    net = 0.536 * SPEND
    return Simulation(
        headline="three-tier would cut the cost of all-full (gpt-4o) by 53.60%; binary by 49.80%.",
        kind="logs",
        baseline="all-full (gpt-4o)",
        n=CALLS,
        arms=(
            ArmUsed(
                arm="mid",
                llm_id="llama-3.1-8b",
                price=price("llama-3.1-8b", (0.05, 0.08)),
                latency_evidence=Evidence.ASSUMED,
                quality_evidence=Evidence.REPLAYED,
            ),
        ),
        policies=(with_steps(made[0], steps(net)), *made[1:]),
        sweeps=(sweep(),),
        sensitivity=(
            row("price of the mid arm", "half", "double", (1_650.0, 1_540.0)),
            row("failures fixed by a person", "$0", "$0.40 each", (1_614.0, 1_120.0)),
            row("answer length", "0.8 x", "1.2 x", (1_640.0, 1_580.0)),
        ),
        opportunities=(
            Opportunity(name="exact repeats", calls=1_310, amount=188.0, note="cache answers"),
        ),
        queues=(
            QueueRow(
                arm="mid",
                target_s=3.0,
                quantile=0.95,
                replicas=1,
                floor_s=1.1,
                month_usd=1_453.0,
                breakeven_calls_per_month=9_740.0,
                note="A100 40 GB at $1.99 an hour",
            ),
        ),
        calls_per_month=10_853.0,
    )


def with_steps(row: PolicyResult, found: tuple[WaterfallStep, ...]) -> PolicyResult:
    import msgspec  # noqa: PLC0415 only this helper needs it

    return msgspec.structs.replace(row, waterfall=found)


def row(factor: str, low: str, high: str, nets: tuple[float, float]) -> SensitivityRow:
    return SensitivityRow(
        factor=factor,
        low_label=low,
        high_label=high,
        net_low=nets[0],
        net_high=nets[1],
        net_base=1_614.6,
    )


def result(
    found: Traffic | None, audited: Audit | None, simulated: Simulation | None
) -> AuditResult:
    return AuditResult(
        schema_version=SCHEMA_VERSION,
        provenance=provenance(),
        traffic=found,
        audit=audited,
        simulation=simulated,
    )


@pytest.fixture(scope="session")
def realistic() -> AuditResult:
    return result(traffic(), audit(), simulation())


@pytest.fixture(scope="session")
def empty() -> AuditResult:
    return result(None, None, None)


@pytest.fixture(scope="session")
def scanned() -> AuditResult:
    return result(traffic(), audit(), None)


@pytest.fixture(scope="session")
def outcomes() -> AuditResult:
    return result(None, None, simulation())


@pytest.fixture(scope="session")
def worded(hostile: AuditResult) -> AuditResult:
    """The hostile one with hostile queries and users, as somebody asked to see them."""
    import msgspec  # noqa: PLC0415 only this helper needs it

    queries = (
        *HOSTILE,
        "\u202b مرحبا بالعالم \u202c",
        "<style>*{display:none}</style>",
        "a\tb\r\nc",
    )
    examples = tuple(
        Example(task="extraction", llm=text, p_simple=0.9, query=text) for text in queries
    )
    assert hostile.audit is not None
    shown = msgspec.structs.replace(
        hostile.audit, by_user=tuple(cut(key, 0.1, 0.5) for key in HOSTILE), users="clear"
    )
    return msgspec.structs.replace(hostile, examples=examples, audit=shown)


@pytest.fixture(scope="session")
def hostile() -> AuditResult:
    return result(traffic(HOSTILE), audit(HOSTILE, HOSTILE), simulation())
