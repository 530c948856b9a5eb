import msgspec
import pytest

from routeaudit.report.compare import bill_table, changes_table, compare, to_markdown
from routeaudit.report.stability import stability_sentence, task_stability
from routeaudit.report.trend import Named, chart, history, weeks
from routeaudit.report.trend import to_markdown as trend_markdown
from routeaudit.result import AuditResult, Figure, Interval, Week


def month(
    result: AuditResult, value: float, half: float, level: float | None = 0.95
) -> AuditResult:
    audit = result.audit
    assert audit is not None
    span = Interval(low=value - half, high=value + half, level=level)
    changed = msgspec.structs.replace(audit, month_usd=Figure(value=value, interval=span))
    return msgspec.structs.replace(result, audit=changed)


def dearer(result: AuditResult, factor: float) -> AuditResult:
    """Every token of every LLM costs `factor` times as much."""
    audit = result.audit
    assert audit is not None
    rows = tuple(
        msgspec.structs.replace(row, spend_usd=(row.spend_usd or 0) * factor)
        for row in audit.by_llm
    )
    return msgspec.structs.replace(result, audit=msgspec.structs.replace(audit, by_llm=rows))


def noise(before: AuditResult, after: AuditResult) -> bool | None:
    return next(
        c for c in compare(before, after).changes if c.name == "month_usd"
    ).more_than_noise


def test_a_difference_inside_its_own_interval_is_noise(realistic: AuditResult) -> None:
    # Half-widths 30 and 40 make 50: a difference of 49 is noise, 51 is not.
    before = month(realistic, 1_000, 30)
    assert noise(before, month(realistic, 1_049, 40)) is False
    assert noise(before, month(realistic, 1_051, 40)) is True


def test_a_range_of_assumptions_says_nothing_about_noise(realistic: AuditResult) -> None:
    assert noise(month(realistic, 1_000, 30), month(realistic, 2_000, 40, level=None)) is None


def test_a_result_compared_with_itself_has_not_changed(realistic: AuditResult) -> None:
    found = compare(realistic, realistic)
    assert {change.difference for change in found.changes} <= {0.0, None}
    assert found.bill is not None
    assert found.bill.total_usd == pytest.approx(0.0)
    assert found.task_stability == pytest.approx(0.0)


def test_dearer_tokens_are_the_price_and_nothing_else(realistic: AuditResult) -> None:
    found = compare(realistic, dearer(realistic, 1.5)).bill
    assert found is not None
    # 3,012.40 dollars for 12,480 calls are 2,619.68 a month at 10,853 calls; half more is 1,309.84.
    assert found.price_usd == pytest.approx(1_309.84, abs=0.05)
    assert (found.volume_usd, found.mix_usd, found.tokens_usd) == pytest.approx((0, 0, 0))


def test_the_causes_add_up_to_the_change(realistic: AuditResult) -> None:
    *causes, (_, whole) = bill_table(compare(realistic, dearer(realistic, 0.7))).rows
    assert sum(float(amount or 0) for _, amount in causes) == pytest.approx(whole)


def test_what_rounding_leaves_is_no_cause(realistic: AuditResult) -> None:
    raised = bill_table(compare(realistic, dearer(realistic, 1.1))).rows
    # dearer tokens only: the three other causes are nothing at all, not 0.0000000000000002
    assert [amount for _, amount in raised[:3]] == [0.0, 0.0, 0.0]


def test_unknown_figures_stay_unknown(realistic: AuditResult, empty: AuditResult) -> None:
    found = compare(empty, realistic)
    assert all(change.difference is None for change in found.changes)
    assert found.bill is None
    assert found.task_stability is None
    assert bill_table(found).rows == ()
    assert {row[1] for row in changes_table(found).rows} == {None}
    assert "not known" in to_markdown(found, empty, realistic)


def test_the_verdict_of_both_is_said(realistic: AuditResult, scanned: AuditResult) -> None:
    text = to_markdown(compare(scanned, realistic), scanned, realistic)
    assert "Verdict: Adopt (was: Not enough evidence)" in text


def test_a_mix_that_moves_is_named() -> None:
    assert stability_sentence(0.05).startswith("hardly moved")
    assert stability_sentence(0.2).startswith("moved")
    assert stability_sentence(0.3).startswith("shifted")
    assert stability_sentence(None) == "not known"


def test_stability_needs_two_audits(realistic: AuditResult, empty: AuditResult) -> None:
    assert task_stability(realistic, empty) is None


def week(start: str, calls: int, *, partial: bool) -> Week:
    return Week(
        start=start, calls=calls, spend_usd=1.0 * calls, simple_calls_share=0.5, partial=partial
    )


def with_weeks(result: AuditResult, created: str, *found: Week) -> AuditResult:
    assert result.audit is not None
    assert result.traffic is not None
    return msgspec.structs.replace(
        result,
        audit=msgspec.structs.replace(result.audit, weeks=found),
        traffic=msgspec.structs.replace(result.traffic, first_ts=created, last_ts=created),
    )


def test_a_whole_week_wins_over_a_partial_one(realistic: AuditResult) -> None:
    old = with_weeks(realistic, "2026-10-05", week("2026-10-05", 10, partial=False))
    new = with_weeks(
        realistic, "2026-10-08", week("2026-10-05", 4, partial=True), week("2026-10-12", 9, partial=False)
    )  # fmt: skip
    found = weeks([Named("new", new), Named("old", old)])
    assert [(w.start, w.calls) for w in found] == [("2026-10-05", 10), ("2026-10-12", 9)]
    drawn = chart([Named("new", new), Named("old", old)])
    assert drawn is not None
    assert "2026-10-12 $9" in drawn.alt


def test_the_trend_lists_results_by_age(realistic: AuditResult, empty: AuditResult) -> None:
    newer = with_weeks(realistic, "2026-12-01")
    rows = history([Named("b", newer), Named("a", realistic), Named("c", empty)]).rows
    assert [row[0] for row in rows] == ["c", "a", "b"]
    assert rows[0][1:-1] == (None,) * 9
    text = trend_markdown([Named("a", realistic)])
    assert "## Week by week" in text
    assert chart([Named("c", empty)]) is None


def test_a_dearer_token_at_the_same_prices_is_called_another_mix(
    realistic: AuditResult,
) -> None:
    found = compare(realistic, dearer(realistic, 1.5))
    assert any("The same prices per token were applied in both" in note for note in found.notes)
    assert "price, output or cache in the mix" in str(bill_table(found).rows)
    assert found.notes[-1].replace("_", "")[:20] in to_markdown(found, realistic, realistic)


def test_prices_that_changed_are_named(realistic: AuditResult) -> None:
    audit = realistic.audit
    assert audit is not None
    first, *rest = audit.prices
    raised = msgspec.structs.replace(first, input_usd_per_mtok=99.0)
    changed = msgspec.structs.replace(audit, prices=(raised, *rest))
    found = compare(realistic, msgspec.structs.replace(realistic, audit=changed))
    assert f"Other prices were applied to {first.llm_id}." in found.notes


def only(result: AuditResult, policy: str) -> AuditResult:
    made = result.simulation
    assert made is not None
    first = next(row for row in made.policies if row.role == "policy")
    renamed = msgspec.structs.replace(first, policy=policy)
    return msgspec.structs.replace(
        result, simulation=msgspec.structs.replace(made, policies=(renamed,))
    )


def test_two_policies_are_never_compared_without_saying_so(realistic: AuditResult) -> None:
    told = compare(only(realistic, "binary"), only(realistic, "three-tier")).notes[0]
    assert told.startswith("The rows on routing compare two policies: before, binary")
    assert "after, three-tier" in told
    assert compare(realistic, realistic).notes[0].endswith("in both.")


def test_the_newer_policy_is_looked_for_in_the_older_result(realistic: AuditResult) -> None:
    after = only(realistic, "binary")
    made = realistic.simulation
    assert made is not None
    best = only(realistic, "better").simulation
    assert best is not None
    rows = msgspec.structs.replace(made, policies=(*best.policies, *after.simulation.policies))  # type: ignore[union-attr]  # it has one
    before = msgspec.structs.replace(realistic, simulation=rows)
    assert compare(before, after).notes[0].endswith("in both.")
