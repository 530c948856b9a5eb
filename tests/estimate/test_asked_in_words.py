"""What is typed after --arms, --price, --share and --signal, and what is said of a slip."""

import pytest

from routeaudit.errors import ConfigError
from routeaudit.estimate.settings import SimulationSettings
from tests.estimate.outcome_rows import FOUR, Line, Run, pair


def test_names_of_models_may_hold_commas_and_equals_signs() -> None:
    asked = SimulationSettings(arms='micro=a=1,b, mid=b=2,c "q",full=größe=∞,x,')
    assert asked.arm_names() == {"micro": "a=1,b", "mid": 'b=2,c "q"', "full": "größe=∞,x"}


@pytest.mark.parametrize(
    ("options", "words", "hint"),
    [
        ({"arms": "mid=a,mid=b"}, "names mid twice", ""),
        ({"arms": "mid=,full=b"}, "is not NAME=VALUE", ""),
        ({"share": "-10/110"}, "a part below 0", "80/20"),
        ({"share": "80"}, "not a share", "80/20, 50/30/20, 80% or 0.8"),
        ({"escalate": "120%"}, "not a share", "like 20% or 0.2"),
        ({"price": "foo=1"}, "no arm 'foo'", "one of: micro, mid, full, classifier"),
        ({"signal_means": "soft"}, "cannot be 'soft'", "one of: hard, easy"),
    ],
)
def test_a_slip_is_told_as_what_it_is(options: dict[str, str], words: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=words) as told:
        SimulationSettings(**{"arms": "mid=a,full=b", **options})  # type: ignore[arg-type]  # strings all
    assert hint in (told.value.hint or "")
    assert ", ," not in (told.value.hint or "")


def test_a_table_with_thousands_of_signals_lists_ten(run_table: Run, outcome: Line) -> None:
    rows = pair(outcome, FOUR)
    for row in rows:
        row["signals"] = {f"c{k}": 1.0 for k in range(3_000)}
    with pytest.raises(ConfigError) as told:
        run_table(rows, signal="signals.d")
    assert "2,990 more" in (told.value.hint or "")
    assert len(told.value.hint or "") < 300


def test_a_field_to_drop_by_that_is_not_there_names_none(run_table: Run) -> None:
    rows = [{"models": {"a": {"score": 0}, "b": {"score": 1}}, "prompt": "x"}]
    with pytest.raises(ConfigError) as told:
        run_table(rows, drop="bad")
    assert told.value.hint == "there is none"
