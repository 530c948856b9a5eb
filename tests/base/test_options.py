from dataclasses import dataclass

import pytest

from routeaudit.errors import ConfigError
from routeaudit.options import check, from_mapping, option


@dataclass(frozen=True, kw_only=True)
class Oven:
    heat: float = option(0.5, "how hot", low=0, high=1)
    mode: str = option("bake", "what it does", choices=("bake", "grill"))
    trays: int | None = option(None, "how many", low=1)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class Rack:
    shelves: str = option("low", "which, with commas")
    only: str | None = option(None, "one of them")


@pytest.mark.parametrize("heat", [-0.1, 1.1])
def test_a_value_outside_its_range_is_refused_with_the_range(heat: float) -> None:
    with pytest.raises(ConfigError, match=r"must lie in 0 \.\. 1"):
        Oven(heat=heat)


def test_one_end_may_be_open() -> None:
    with pytest.raises(ConfigError, match=r"1 \.\. inf"):
        Oven(trays=0)
    assert Oven(trays=None).trays is None


def test_a_wrong_choice_names_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        Oven(mode="gril")
    assert caught.value.hint == "did you mean grill?"


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown key 'heet'") as caught:
        from_mapping(Oven, {"heet": 1}, where="[oven]")
    assert caught.value.hint == "did you mean heat?"


def test_a_table_becomes_settings_with_either_dash_or_underscore() -> None:
    assert from_mapping(Oven, {"trays": 2}, where="[oven]") == Oven(trays=2)


def test_a_list_is_the_text_with_commas_but_no_table_is() -> None:
    oven = from_mapping(Rack, {"shelves": ["low", 2, 0.5], "only": ["top"]}, where="[rack]")
    assert oven == Rack(shelves="low,2,0.5", only="top")
    with pytest.raises(ConfigError, match="must be a text"):
        from_mapping(Rack, {"shelves": [{"low": 1}]}, where="[rack]")
