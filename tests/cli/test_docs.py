from tests.cli.conftest import REPO
from tools.docs.commands import pages


def test_each_command_has_its_page_and_the_page_is_of_today() -> None:
    for path, text in pages().items():
        assert (REPO / path).read_text(encoding="utf-8") == text, f"{path}: run `make docs`"
