from hypothesis import given
from hypothesis import strategies as st

from routeaudit.report import numbers
from routeaudit.result import Interval

SPACE = numbers.SPACE


def between(low: float, high: float) -> Interval:
    return Interval(low=low, high=high)


def test_unknown_is_a_dash_and_never_zero() -> None:
    for write in (numbers.money, numbers.share, numbers.seconds, numbers.count, numbers.number):
        assert write(None) == "—"
        assert write(0.0) != "—"


def test_money_has_cents_below_a_hundred_and_none_above() -> None:
    assert numbers.money(3000.0) == "$3,000"
    assert numbers.money(41.7) == "$41.70"
    assert numbers.money(0.007) == "$0.0070"
    assert numbers.money(0.0000451) == "$0.000045"
    assert numbers.money(-64.59) == "−$64.59"  # noqa: RUF001 a real minus sign
    assert numbers.money(12.5, currency="EUR") == "€12.50"
    assert numbers.money(12.5, currency="CHF") == f"CHF{SPACE}12.50"


def test_an_estimate_is_rounded_to_what_its_interval_supports() -> None:
    # Half-widths 87, 340 and 140: steps of 10, 100, and (a leading 1) 10.
    assert numbers.money(1234.0, between(1147, 1321)) == "$1,230"
    assert numbers.money(1234.0, between(894, 1574)) == "$1,200"
    assert numbers.money(1234.0, between(1094, 1374)) == "$1,230"
    # 0.536 +- 0.04 is 54 %, +- 0.004 is 53.6 %.
    assert numbers.share(0.536, between(0.496, 0.576)) == f"54{SPACE}%"
    assert numbers.share(0.536, between(0.532, 0.540)) == f"53.6{SPACE}%"


def test_money_is_never_written_with_one_decimal() -> None:
    assert numbers.money(21.26, between(20.7, 21.9)) == "$21.30"


def test_amounts_side_by_side_have_the_same_decimals() -> None:
    amounts = [1857.3, -64.59, 0.0, None]
    written = [numbers.money_like(amount, amounts) for amount in amounts]
    assert written == ["$1,857", "−$65", "$0", "—"]  # noqa: RUF001 a real minus sign
    assert numbers.money_like(0.019, [0.2414, 0.019]) == "$0.019"
    assert numbers.money_like(0.2414, [0.2414, 0.019]) == "$0.241"
    # A small amount among large ones still shows that it is not nothing.
    assert numbers.money_like(0.3, [4000.0, 0.3]) == "$0.30"


def test_a_limit_keeps_the_decimals_that_it_has() -> None:
    assert numbers.exact_share(0.05) == f"5{SPACE}%"
    assert numbers.exact_share(0.7666666) == f"76.67{SPACE}%"


def test_a_range_is_written_with_both_ends() -> None:
    assert numbers.share_range(between(0.5, 0.58)) == f"50{SPACE}% to 58{SPACE}%"
    assert numbers.money_range(between(2460, 2780)) == "$2,460 to $2,780"
    assert numbers.share_range(None) == ""
    assert numbers.money_range(None) == ""


def test_a_label_is_one_short_line_without_control_characters() -> None:
    assert numbers.label("a\n\tb\u202e\x00c") == "a bc"
    assert numbers.label("x" * 100) == "x" * 79 + "…"
    assert numbers.label(None) == "not logged"


@given(st.floats(-1e12, 1e12), st.floats(0, 1e9))
def test_rounding_stays_within_the_interval_it_serves(value: float, half: float) -> None:
    interval = between(value - half, value + half)
    text = numbers.money(value, interval).replace("−", "-").replace("$", "").replace(",", "")  # noqa: RUF001 a real minus sign
    step = max(half, abs(value) * 0.05, 0.5)
    assert abs(float(text) - value) <= step


def test_an_estimated_count_has_three_digits_or_what_its_range_bears() -> None:
    assert numbers.about(1_230_227.0) == "1,230,000"
    # A half-width of 312,000 bears steps of 100,000.
    assert numbers.about(1_230_227.0, between(1_000_000, 1_624_000)) == "1,200,000"
    assert numbers.about_range(between(1_000_000, 1_624_000)) == "1,000,000 to 1,600,000"
    assert numbers.about(61.4) == "61"
    assert numbers.about(0.0) == "0"


def test_thresholds_close_to_one_are_told_apart() -> None:
    written = [
        numbers.threshold(cut) for cut in (0.99976, 0.99972, 0.9994, 0.978, 0.5, 0.00086)
    ]
    assert written == ["0.99976", "0.99972", "0.99940", "0.978", "0.500", "0.00086"]
    assert numbers.threshold(39.0) == numbers.number(39.0)
