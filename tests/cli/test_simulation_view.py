"""What a simulation says on the terminal where answers were scored and carried to all traffic."""

import msgspec
import pytest

from routeaudit.cli.console import Talk
from routeaudit.cli.simulation_view import show_simulation
from routeaudit.result import Figure, Interval
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
    resting = next(line for line in lines if "3.1% (2% to 5%)" in line)
    assert "\t431\t" in resting
    assert any("$0.001200\t$0.001100" in line for line in lines)
