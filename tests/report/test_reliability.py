"""The reliability plot."""

from routeaudit.report.charts.canvas import standalone_svg
from routeaudit.report.charts.reliability import Bar, reliability

BARS = (Bar(0.2, 0.0, 5), Bar(0.9, 0.95, 200))


def test_the_plot_says_in_words_what_it_draws() -> None:
    chart = reliability(BARS, "calibrated")
    assert chart.alt == (
        "said 20.0\N{NO-BREAK SPACE}%, came true 0.0\N{NO-BREAK SPACE}% of 5; "
        "said 90.0\N{NO-BREAK SPACE}%, came true 95.0\N{NO-BREAK SPACE}% of 200"
    )
    assert chart.table.rows == ((0.2, 0.0, 5), (0.9, 0.95, 200))
    svg = standalone_svg(chart)
    assert b"calibrated confidence" in svg
    assert svg == standalone_svg(reliability(BARS, "calibrated"))


def test_few_answers_have_a_wide_range() -> None:
    few, many = (bar.interval for bar in BARS)
    assert few.high - few.low > 0.4
    assert many.high - many.low < 0.07
