"""The sample logs: made again the same, and holding what their README promises."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tools.sample_logs.dice import Dice
from tools.sample_logs.grammar import Writer
from tools.sample_logs.sizes import tokens
from tools.sample_logs.stored_gzip import stored_gzip
from tools.sample_logs.write import everything, write

ROOT = Path(__file__).parents[2]
LOGS = ROOT / "sample_logs"
SIMPLE = {
    "classification", "extraction", "summarization", "structured_qa", "validation_formatting",
    "translation", "moderation", "rewriting",
}  # fmt: skip
COMPLEX = {
    "reasoning", "creative_writing", "ambiguous", "world_knowledge", "code", "long_document",
}  # fmt: skip
Json = dict[str, Any]


def not_json(word: str) -> float:
    raise ValueError(word)


def lines(path: Path) -> list[str]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return text.removesuffix("\n").split("\n")


def parsed(line: str) -> Json | None:
    try:
        found = json.loads(line, parse_constant=not_json)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


@pytest.fixture(scope="module")
def log_lines() -> dict[str, list[str]]:
    paths = sorted(path for path in LOGS.rglob("*.jsonl*"))
    return {str(path.relative_to(LOGS)): lines(path) for path in paths}


@pytest.fixture(scope="module")
def records(log_lines: dict[str, list[str]]) -> list[tuple[str, Json]]:
    read = [(name, parsed(line)) for name, some in log_lines.items() for line in some]
    return [(name, record) for name, record in read if record is not None]


@pytest.fixture(scope="module")
def labels() -> dict[str, Json]:
    text = (ROOT / "tests/data/sample_labels.jsonl").read_text("utf-8")
    return {label["request_id"]: label for label in map(json.loads, text.splitlines())}


def team_and_feature(name: str, record: Json) -> tuple[str, str]:
    if name.startswith("litellm"):
        feature = json.loads(record["request_tags"])[0].removeprefix("feature:")
        return json.loads(record["metadata"])["user_api_key_team_alias"], feature
    holder = record if name.startswith("anthropic") else record["request"]
    return holder["metadata"]["team"], holder["metadata"]["feature"]


def question(name: str, record: Json) -> str:
    request = record if name.startswith("litellm") else record["request"]
    return json.dumps([request.get("system"), request["messages"]])


def test_the_generator_writes_the_tracked_bytes_again(tmp_path: Path) -> None:
    write(tmp_path)
    made = {
        path.relative_to(tmp_path): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert len(made) == 9
    for path, content in made.items():
        assert (ROOT / path).read_bytes() == content, path


def test_nothing_else_lies_among_the_logs() -> None:
    there = {str(path.relative_to(LOGS)) for path in LOGS.rglob("*") if path.is_file()}
    assert there == {*everything().logs, "README.md"}


def test_the_command_writes_below_the_folder_it_is_given(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.sample_logs", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    assert (tmp_path / "sample_logs/README.md").read_bytes() == (
        LOGS / "README.md"
    ).read_bytes()


def test_there_are_2400_calls_over_five_weeks_in_three_formats(
    records: list[tuple[str, Json]],
) -> None:
    assert len(records) >= 2_400
    assert {name.split("/")[0] for name, _ in records} == {"openai", "litellm", "anthropic"}
    days = {str(r.get("timestamp", r.get("startTime")))[:10] for _, r in records}
    assert min(days) == "2026-10-12"
    assert max(days) == "2026-11-15"
    assert len(days) == 35


def test_four_teams_six_features_and_five_priced_models_call(
    records: list[tuple[str, Json]],
) -> None:
    pairs = {team_and_feature(name, record) for name, record in records}
    assert len({team for team, _ in pairs}) == 4
    assert len({feature for _, feature in pairs}) == 6
    asked = Counter(r.get("model_group") or r["request"]["model"] for _, r in records)
    assert set(asked) == {
        "gpt-4o", "gpt-4o-mini", "gpt-4.1", "claude-sonnet-4-5", "claude-opus-4-1",
        "halden/invoice-reader-v3",
    }  # fmt: skip
    assert 10 <= asked["halden/invoice-reader-v3"] <= 60


def test_exactly_nine_lines_are_broken(log_lines: dict[str, list[str]]) -> None:
    broken = {
        name: sum(parsed(line) is None for line in some) for name, some in log_lines.items()
    }
    assert {name: count for name, count in broken.items() if count} == {
        "openai/chat-2026-w42.jsonl": 1,  # NaN
        "openai/chat-2026-w44.jsonl": 3,  # two stray lines, one cut off
        "openai/chat-2026-w46.jsonl": 1,  # the last line, cut off
        "litellm/spend_logs.jsonl": 1,  # cut off
        "anthropic/messages.jsonl": 3,  # stray lines
    }
    assert parsed(log_lines["openai/chat-2026-w46.jsonl"][-1]) is None


def test_ids_are_unique_but_for_nine_doubled_lines(
    records: list[tuple[str, Json]], log_lines: dict[str, list[str]]
) -> None:
    ids = Counter(str(record["request_id"]) for _, record in records)
    assert Counter(ids.values()) == {1: len(ids) - 9, 2: 9}
    whole = Counter(line for some in log_lines.values() for line in some if parsed(line))
    assert sum(count == 2 for count in whole.values()) == 9


def test_every_call_has_a_label_and_every_task_is_asked(
    records: list[tuple[str, Json]], labels: dict[str, Json]
) -> None:
    assert {str(record["request_id"]) for _, record in records} == set(labels)
    tasks = Counter(label["task"] for label in labels.values())
    assert set(tasks) == SIMPLE | COMPLEX
    assert min(tasks.values()) >= 60
    simple = sum(label["simple"] for label in labels.values())
    assert simple == sum(count for task, count in tasks.items() if task in SIMPLE)
    assert 0.6 <= simple / len(labels) <= 0.72


def test_the_logs_never_name_the_task_they_were_written_as(
    log_lines: dict[str, list[str]],
) -> None:
    text = "\n".join(line for some in log_lines.values() for line in some)
    for name in ("structured_qa", "validation_formatting", "long_document", "world_knowledge"):
        assert name not in text


def test_no_mark_of_the_grammar_is_left(log_lines: dict[str, list[str]]) -> None:
    for some in log_lines.values():
        assert not any("<<" in line for line in some)


def test_1500_questions_differ_and_some_come_again(records: list[tuple[str, Json]]) -> None:
    asked = Counter(question(name, record) for name, record in records)
    assert len(asked) >= 1_500
    assert sum(count - 1 for count in asked.values()) >= 100


def test_office_days_are_busier_than_weekends_and_traffic_grows(
    records: list[tuple[str, Json]],
) -> None:
    days = Counter(str(r.get("timestamp", r.get("startTime")))[:10] for _, r in records)
    weeks = [[0] * 7 for _ in range(5)]
    for day, count in days.items():
        since = datetime.fromisoformat(day) - datetime.fromisoformat("2026-10-12")
        weeks[since.days // 7][since.days % 7] += count
    assert all(min(week[:5]) > max(week[5:]) for week in weeks)
    assert sum(weeks[4]) > 1.1 * sum(weeks[0])


def test_usage_adds_up_in_every_format(records: list[tuple[str, Json]]) -> None:
    for name, record in records:
        if name.startswith("litellm"):
            total = record["prompt_tokens"] + record["completion_tokens"]
            assert record["total_tokens"] == total
        elif name.startswith("openai") and "usage" in record["response"]:
            if isinstance(record["response"], str):
                continue
            usage = record["response"]["usage"]
            assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
            assert usage["prompt_tokens_details"]["cached_tokens"] <= usage["prompt_tokens"]


def test_every_kind_of_oddity_occurs(records: list[tuple[str, Json]]) -> None:
    pairs = [record for name, record in records if not name.startswith("litellm")]
    statuses = Counter(record["status_code"] for record in pairs)
    assert {200, 400, 429, 500, 504, 529} <= set(statuses)
    streamed = [r["response"] for r in pairs if isinstance(r["response"], str)]
    assert len(streamed) >= 50
    assert any("usage" not in text for text in streamed)
    text = json.dumps(pairs)
    for part in ('"tool_calls"', '"tool_use"', '"json_object"', '"session_id"'):
        assert part in text
    rows = [record for name, record in records if name.startswith("litellm")]
    assert Counter(r["status"] for r in rows)["failure"] >= 5
    usages = [
        r["response"]["usage"]
        for r in pairs
        if "usage" in r["response"] and isinstance(r["response"], dict)
    ]
    assert any(u.get("cache_read_input_tokens") for u in usages)
    assert any(u.get("cache_creation_input_tokens") for u in usages)
    assert any(u.get("prompt_tokens_details", {}).get("cached_tokens") for u in usages)


def test_all_logs_together_stay_below_12_mb() -> None:
    assert sum(len(content) for content in everything().logs.values()) < 12_000_000


def test_an_answer_repeats_what_its_question_chose() -> None:
    writer = Writer(Dice(7), datetime(2026, 11, 2, tzinfo=UTC))
    asked = writer.write("<<k=#3-3>> boxes in <<c=red|blue>>")
    answer = writer.write("<<=k*12>> pieces, <<c>>, <<c:rot|blau>>")
    assert (asked, answer) in {
        ("3 boxes in red", "36 pieces, red, rot"),
        ("3 boxes in blue", "36 pieces, blue, blau"),
    }


def test_a_mark_that_names_nothing_is_an_error() -> None:
    with pytest.raises(KeyError):
        Writer(Dice(7), datetime(2026, 11, 2, tzinfo=UTC)).write("<<nonesuch>>")


def test_any_gzip_reader_opens_stored_blocks() -> None:
    for data in (b"", b"a", b"ab" * 65_535):
        assert gzip.decompress(stored_gzip(data)) == data


def test_tokens_are_about_a_quarter_of_the_characters_of_plain_english() -> None:
    text = "The parcel left our warehouse on Monday and should reach you within three days."
    assert 14 <= tokens(text) <= 20  # 79 characters; OpenAI's tokenizers make 15
