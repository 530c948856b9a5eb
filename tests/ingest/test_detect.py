import json
from pathlib import Path
from typing import Any

import pytest

from routeaudit.ingest.detect import all_formats, detect
from routeaudit.ingest.lookup import MOST_KEYS, Lookup
from routeaudit.ingest.values import string

GOLDEN = Path(__file__).parent / "golden"


def records(path: Path) -> list[dict[str, Any]]:
    text = path.read_text()
    try:
        found = [json.loads(text)]
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.startswith("{")]
        found = [json.loads(line) for line in lines if line.endswith("}")]
    return [record for record in found if isinstance(record, dict)]


@pytest.mark.parametrize(
    "path", sorted(GOLDEN.glob("*/input*.json*")), ids=lambda p: p.parent.name
)
def test_a_sign_that_holds_is_never_skipped_for_want_of_keys(path: Path) -> None:
    for record in records(path):
        for known in all_formats():
            if known.format.sign(record) and known.format.needs:
                assert any(needed <= record.keys() for needed in known.format.needs)


def test_a_pair_is_told_by_its_own_answer_not_by_an_earlier_one_of_the_same_keys() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    for kind, name in (("message", "anthropic_pair"), ("other", "openai_chat_pair")):
        known = detect({"request": asked, "response": {"type": kind, "content": []}})
        assert known is not None
        assert known.name == name
    url = {"url": "https://api.anthropic.com/v1/messages"}
    known = detect({"request": asked, "response": {"type": "other", "content": []}, **url})
    assert known is not None
    assert known.name == "anthropic_pair"


def test_the_first_name_that_tells_something_counts() -> None:
    lookup = Lookup((string, {"user": ("user", "user_id"), "team": ("team",)}))
    assert lookup.told({"user_id": "u2", "user": "u1", "x": 1}) == {"user": "u1"}
    assert lookup.told({"user_id": "u2", "user": " ", "x": 1}) == {"user": "u2"}
    assert lookup.told({"user_id": None, "team": 7}) == {"team": "7"}
    assert lookup.told({}) == {}
    many = {f"k{n}": n for n in range(MOST_KEYS)}
    assert lookup.told({**many, "team": "a"}) == {"team": "a"}
