"""The audit half of the results made by hand."""

from routeaudit.result import (
    Audit,
    Evidence,
    Figure,
    Hygiene,
    Interval,
    PriceUsed,
    Provenance,
    Slice,
    SourceFile,
    Traffic,
    Week,
)

HOSTILE = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=1">',
    "\u202eevil\u202c شركة الاختبار",
    "x" * 10_000,
    "👩‍💻🔥 $E=mc^2$ | `pipe` @team [link](http://example.org)",
    "=HYPERLINK(A1)",
)
BESIDE = ("shuffle", "random", "length")
CALLS, SPEND = 12_480, 3_012.4


def interval(low: float, high: float) -> Interval:
    return Interval(low=low, high=high, method="bootstrap over days")


def provenance() -> Provenance:
    return Provenance(
        routeaudit="0.1.0",
        created="2026-11-20T09:00:00Z",
        command="routeaudit simulate --policy three-tier logs/",
        seed=7,
        classifier="embedded 3f9c1a77",
        prices="genai-prices 0.2.3",
        inputs={"logs/october.jsonl": "sha256:4a1f0c9d" + "0" * 56},
        versions={"numpy": "2.4.6", "polars": "2.1.0", "scikit-learn": "1.9.0"},
    )


def cut(key: str | None, share: float, simple: float) -> Slice:
    return Slice(
        key=key,
        calls=round(CALLS * share),
        spend_usd=SPEND * share,
        share_calls=share,
        share_spend=share,
        simple_calls_share=simple,
        prompt_tokens=round(9_100_000 * share),
        completion_tokens=round(3_300_000 * share),
        latency_p50_s=1.9,
        latency_p95_s=6.4,
        errors=round(90 * share),
    )


def price(llm_id: str, paid: tuple[float, float]) -> PriceUsed:
    return PriceUsed(
        llm_id=llm_id,
        provider="openai",
        input_usd_per_mtok=paid[0],
        output_usd_per_mtok=paid[1],
        cached_usd_per_mtok=None,
        status="exact",
        source="genai-prices",
        calls=CALLS,
    )


TEAMS = ("support", "search", "growth", "platform")
FEATURES = tuple(f"feature {n:02}" for n in range(1, 13))


def audit(names: tuple[str, ...] = TEAMS, features: tuple[str, ...] = FEATURES) -> Audit:
    shares = (0.41, 0.27, 0.18, 0.09)
    tasks = ("classification", "extraction", "summarization", "code", "reasoning", "rewriting")
    parts = (0.24, 0.2, 0.17, 0.15, 0.14, 0.1)
    return Audit(
        calls=CALLS,
        spend_usd=SPEND,
        spend_logged_usd=SPEND,
        spend_computed_usd=3_001.9,
        month_usd=Figure(value=2_620.4, interval=interval(2_480.0, 2_760.0)),
        calls_per_month=10_853.0,
        simple_calls_share=Figure(
            value=0.613, interval=interval(0.60, 0.63), evidence=Evidence.ESTIMATED
        ),
        simple_spend_share=Figure(value=0.47, evidence=Evidence.ESTIMATED),
        by_task=tuple(cut(t, s, 0.9 - s) for t, s in zip(tasks, parts, strict=True)),
        by_tier=(cut("micro", 0.35, 1.0), cut("mid", 0.26, 1.0), cut("full", 0.39, 0.0)),
        by_llm=(cut("gpt-4o", 0.8, 0.6), cut("gpt-4o-mini", 0.2, 0.7)),
        by_team=(
            *(cut(n, s, 0.6) for n, s in zip(names, shares, strict=False)),
            cut(None, 0.05, 0.5),
        ),
        by_feature=tuple(cut(f, (12 - n) / 78, 0.6) for n, f in enumerate(features)),
        weeks=tuple(
            Week(
                start=f"2026-{10 + n // 5:02}-{(5 + 7 * n) % 31:02}",
                calls=2_400 + 90 * n,
                spend_usd=540 + 31.0 * n,
                simple_calls_share=0.58 + 0.01 * n,
                partial=n == 5,
            )
            for n in range(6)
        ),
        prices=(price("gpt-4o", (2.5, 10.0)),),
    )


def traffic(unknown: tuple[str, ...] = ("acme-internal-7",)) -> Traffic:
    return Traffic(
        sources=(
            SourceFile(
                path="logs/october.jsonl",
                formats={"openai": 12_480},
                units=12_600,
                records=CALLS,
                merged=82,
                rejected=38,
            ),
        ),
        units=12_600,
        records=CALLS,
        merged={"duplicate": 82},
        left_out={},
        rejected={"not JSON": 31, "no time": 7},
        first_ts="2026-10-05T00:00:12Z",
        last_ts="2026-11-09T23:58:40Z",
        observed_days=35.0,
        distinct_queries=9_120,
        tokens_estimated_share=0.021,
        unpriced_calls=14,
        unpriced_share=14 / CALLS,
        unpriced_models=dict.fromkeys(unknown, 14),
        hygiene=(
            Hygiene(
                name="retries after errors", calls=212, usd=41.7, advice="cap retries at two"
            ),
        ),
        warnings=("2.1 % of the calls have no usage; their tokens were counted here.",),
    )
