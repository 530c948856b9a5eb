from pathlib import Path

from routeaudit.comparison import Asked
from routeaudit.route import enter, load_policies
from tests.route.requests_made import requests


def test_policies_of_one_kind_are_told_apart_by_their_files(tmp_path: Path) -> None:
    for folder, name, cut in (("a", "strict", 0.9), ("a", "lax", 0.4), ("b", "lax", 0.2)):
        (tmp_path / folder).mkdir(exist_ok=True)
        table = f'[policy]\nkind = "binary"\ncut = {cut}\n'
        (tmp_path / folder / f"{name}.toml").write_text(table)
    files = [str(tmp_path / name) for name in ("a/strict.toml", "a/lax.toml", "b/lax.toml")]
    one = load_policies(files[:1], {})
    assert [each.title for each in one] == ["binary"]
    several = load_policies(["binary", *files, "three-tier"], {})
    titles = ["binary", "binary:strict", "binary:lax", "binary:lax:2", "three-tier"]
    assert [each.title for each in several] == titles
    entered = enter(requests([0.1, 0.5, 0.95]), several, Asked()).entries
    assert [entry.policy for entry in entered if entry.role == "policy"] == titles
    # Each has honesty rows of its own: of three requests, strict keeps one and lax two.
    shuffled = {
        entry.params["beside"]: entry.paths.to_list().count("mid")
        for entry in entered
        if entry.policy == "shuffle"
    }
    assert (shuffled["binary:strict"], shuffled["binary:lax"]) == (1, 2)
