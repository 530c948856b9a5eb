from dataclasses import dataclass
from pathlib import Path

import pytest

from routeaudit.config import in_force, load
from routeaudit.errors import ConfigError
from routeaudit.options import check, option


@dataclass(frozen=True, kw_only=True)
class Oven:
    heat: float = option(0.5, "how hot", low=0, high=1)
    trays: int = option(2, "how many")

    def __post_init__(self) -> None:
        check(self)


KINDS: dict[str, type] = {"oven": Oven}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return tmp_path


def test_the_nearer_layer_wins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "home/routeaudit").mkdir(parents=True)
    (folder / "home/routeaudit/config.toml").write_text("[oven]\nheat = 0.1\ntrays = 9\n")
    (folder / "routeaudit.toml").write_text("[oven]\nheat = 0.2\n")
    assert load(None, KINDS).settings("oven", Oven) == Oven(heat=0.2, trays=9)
    monkeypatch.setenv("ROUTEAUDIT_OVEN_HEAT", "30%")
    config = load(None, KINDS)
    assert config.settings("oven", Oven).heat == 0.3
    assert config.settings("oven", Oven, {"heat": 0.4}).heat == 0.4


def test_every_option_in_force_says_where_it_comes_from(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.routeaudit.oven]\nheat = 0.2\n")
    rows = in_force(load(None, KINDS), KINDS)
    assert [(row.name, row.value, row.origin) for row in rows] == [
        ("heat", 0.2, "pyproject.toml"),
        ("trays", 2, "default"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[oven]\nheet = 1\n", "unknown key 'heet'"),
        (
            "[oven]\nheat = 'hot'\n",
            r"routeaudit.toml, \[oven\]: heat is 'hot', but must be a number$",
        ),
        ("[oven]\nheat = 7\n", "must lie in"),
        ("oven = 3\n", "must be a table"),
        ("[oven\n", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(folder: Path, text: str, message: str) -> None:
    (folder / "routeaudit.toml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load(None, KINDS).settings("oven", Oven)


def test_an_unknown_section_is_refused(folder: Path) -> None:
    (folder / "routeaudit.toml").write_text("[oben]\nheat = 1\n")
    with pytest.raises(ConfigError, match=r"unknown section \[oben\]") as caught:
        load(None, KINDS).check_sections(("oven",))
    assert caught.value.hint == "did you mean oven?"


def test_an_unknown_variable_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTEAUDIT_OVEN_HEET", "1")
    with pytest.raises(ConfigError, match="ROUTEAUDIT_OVEN_HEET") as caught:
        load(None, KINDS)
    assert caught.value.hint == "did you mean ROUTEAUDIT_OVEN_HEAT?"


def test_a_named_file_must_exist(folder: Path) -> None:
    with pytest.raises(ConfigError, match="there is no configuration file"):
        load(folder / "none.toml", KINDS)
