"""Tables on a narrow terminal: no figure is ever cut."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from routeaudit.cli.console import Talk
from routeaudit.cli.tables import Head, show


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.integers(1, 7), min_size=2, max_size=7), st.integers(1, 30))
@example([1, 6, 7, 7, 7, 7, 7], 16)
def test_every_figure_is_whole_where_the_figures_fit(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    digits: list[int],
    name: int,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    heads = [Head("task / tier", is_figure=False)]
    heads += [Head(f"some long title {i}") for i in range(len(digits))]
    row = ["n" * name, *("7" * n for n in digits)]
    show(Talk(), "t", heads, [row])
    last = next(line for line in capsys.readouterr().out.splitlines() if "7" in line)
    assert last.split()[-len(digits) :] == row[1:]
