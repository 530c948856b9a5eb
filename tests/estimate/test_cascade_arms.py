"""A cascade over a table asks the arms that --arms names."""

import pytest

from routeaudit.estimate.settings import SimulationSettings


@pytest.mark.parametrize(
    ("arms", "order"),
    [
        ("mid=a,full=b", "mid,full"),
        ("full=d,large=c,mid=b,micro=a", "micro,mid,large,full"),
    ],
)
def test_the_named_arms_are_asked_in_turn(arms: str, order: str) -> None:
    assert SimulationSettings(arms=arms).cascade() == {"order": order}


def test_without_both_ends_named_a_cascade_keeps_its_own_order() -> None:
    assert SimulationSettings(arms="mid=a").cascade() == {}
    assert SimulationSettings().cascade() == {}
