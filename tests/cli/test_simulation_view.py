"""What a simulation says on the terminal where answers were scored and carried to all traffic."""

import msgspec
import pytest

from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import money, money_range, share
from routeaudit.cli.simulation_view import show_simulation
from routeaudit.report import numbers
from routeaudit.result import ArmUsed, AtShare, Evidence, Figure, Interval, PriceUsed
from tests.report.conftest import result, simulation
from tests.report.made_audit import audit, traffic


def test_the_carried_rate_and_both_prices_of_escalation_are_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = simulation()
    first, *rest = made.policies
    quality = msgspec.structs.replace(
        first.quality,
        rate_all=Figure(value=0.031, interval=Interval(low=0.02, high=0.046)),
        served_scored=431,
    )
    changed = msgspec.structs.replace(
        first, quality=quality, per_call_with_draft=0.0012, per_call_without_draft=0.0011
    )
    policies = (changed, *rest)
    made = msgspec.structs.replace(made, policies=policies)
    show_simulation(Talk(plain=True), result(traffic(), audit(), made))
    lines = capsys.readouterr().out.splitlines()
    resting = next(line for line in lines if "3.1% (2.0% to 4.6%)" in line)
    assert "\t431\t" in resting
    assert any("$0.001200\t$0.001100" in line for line in lines)


def test_the_terminal_rounds_as_the_report_does() -> None:
    # Half-widths of 2.5 and 20 points, 0.7 and 0.75 dollars: no decimal, none, and one.
    wide, wider = Interval(low=-0.01, high=0.04), Interval(low=0.08, high=0.48)
    for value, span in ((0.0123, wide), (0.276, wider)):
        assert share(value, 1, span) == numbers.share(value, span).replace(numbers.SPACE, "")
    month = Interval(low=2.49, high=3.98)
    assert money(3.23, interval=month) == numbers.money(3.23, month) == "$3.20"
    assert money_range(month) == numbers.money_range(month) == "$2.50 to $4.00"
    assert share(0.276, 1, wider) == "28%"
    assert share(0.276, 1) == "27.6%"


def test_a_year_has_a_range_and_no_more_digits_than_it_bears(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = simulation()
    first, *rest = made.policies
    month = Figure(value=3.2286, interval=Interval(low=2.49, high=3.98))
    policies = (msgspec.structs.replace(first, cost_month=month), *rest)
    changed = msgspec.structs.replace(made, policies=policies)
    show_simulation(Talk(plain=True), result(traffic(), audit(), changed))
    # 12 x 3.2286 = 38.74, 12 x 2.49 = 29.88 and 12 x 3.98 = 47.76: a half-width of 9.
    assert "$3.20\t$2.50 to $4.00\t$39\t$30 to $48" in capsys.readouterr().out


def test_months_are_in_the_tables_own_currency(capsys: pytest.CaptureFixture[str]) -> None:
    made = simulation()
    month = Figure(value=3.2286, interval=Interval(low=2.49, high=3.98))
    policies = tuple(
        msgspec.structs.replace(row, currency="EUR", cost_month=month) for row in made.policies
    )
    flat = AtShare(
        policy="binary", shares=(0.8, 0.2), cost_per_call=0.007, baseline_per_call=0.03,
        reduction=0.7667, calls_per_month=1_000, month_before=30.0, month_after=7.0,
        break_even_llm_share=None,
    )  # fmt: skip
    changed = msgspec.structs.replace(made, policies=policies, at_share=(flat,))
    show_simulation(Talk(plain=True), result(traffic(), audit(), changed))
    shown = capsys.readouterr().out
    assert "EUR 3.20\tEUR 2.50 to EUR 4.00\tEUR 39\tEUR 30 to EUR 48" in shown
    assert "EUR 0.0070\tEUR 30.00\tEUR 7.00" in shown


def test_an_arm_that_borrows_a_price_says_whose(capsys: pytest.CaptureFixture[str]) -> None:
    price = PriceUsed(
        llm_id="llama", provider="groq", input_usd_per_mtok=0.05, output_usd_per_mtok=0.08,
        cached_usd_per_mtok=None, status="exact", source="a list", calls=1,
    )  # fmt: skip
    arms = tuple(
        ArmUsed(arm=arm, llm_id=llm_id, price=price, latency_evidence=Evidence.ASSUMED,
                quality_evidence=Evidence.ASSUMED, note="no price" if arm == "micro" else "")
        for arm, llm_id in (("micro", "gemma"), ("mid", "llama"))
    )  # fmt: skip
    changed = msgspec.structs.replace(simulation(), arms=arms)
    show_simulation(Talk(plain=True), result(traffic(), audit(), changed))
    lines = capsys.readouterr().out.splitlines()
    assert (
        "micro\tgemma\t0.05 / 0.08\tassumed, assumed\tborrowed: that of mid\tno price" in lines
    )
    assert "mid\tllama\t0.05 / 0.08\tassumed, assumed\texact: a list\t" in lines
