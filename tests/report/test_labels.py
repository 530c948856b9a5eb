from hypothesis import given
from hypothesis import strategies as st

from routeaudit.report.charts.labels import GAP, LINE, Spot, place


def test_a_lonely_name_stands_right_of_its_point() -> None:
    (found,) = place([Spot("binary", 0.2, 0.5)])
    assert (found.x, found.y, found.side) == (0.2 + GAP, 0.5, "right")


def test_a_name_that_would_leave_the_chart_stands_left() -> None:
    (found,) = place([Spot("all-full", 0.97, 0.5)])
    assert found.side == "left"


def test_points_on_top_of_each_other_get_names_apart() -> None:
    found = place(
        [Spot("random", 0.4, 0.5), Spot("shuffle", 0.4, 0.5), Spot("length", 0.4, 0.5)]
    )
    assert len({(p.y, p.side) for p in found}) == 3


spots = st.lists(
    st.builds(
        Spot,
        st.sampled_from(["a", "all-mid", "three-tier"]),
        st.floats(0.2, 0.8),
        st.floats(0.2, 0.8),
    ),
    max_size=6,
)


@given(spots)
def test_every_point_keeps_a_name_near_it(given_spots: list[Spot]) -> None:
    found = place(given_spots)
    assert len(found) == len(given_spots)
    for spot, placed in zip(given_spots, found, strict=True):
        assert abs(placed.x - spot.x) <= GAP + 1e-9
        assert abs(placed.y - spot.y) <= 4 * LINE + 1e-9
