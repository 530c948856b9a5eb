import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeaudit.classify import load_classifier
from routeaudit.classify.classifiers.embedded import SHIPPED
from routeaudit.classify.weights import load
from routeaudit.errors import ModelError

PLAIN = {
    "Classify the sentiment of this review as positive or negative.\n\nThe food was cold.": (
        "classification"
    ),
    "Translate the following sentence to German: The train leaves at noon.": "translation",
    "Summarize this article in three sentences.\n\nThe council met on Monday to discuss "
    "the new bridge. Members disagreed about the cost.": "summarization",
    "Write a Python function that merges two sorted linked lists.": "code",
    "Write a short story about a lighthouse keeper who finds a letter.": "creative_writing",
    "Extract all person names and dates from the text as JSON.\n\nOn 3 May Ann met Bob.": (
        "extraction"
    ),
    "Is this comment toxic? Answer yes or no.\n\nYou are an idiot.": "moderation",
    "Rewrite this email in a more polite tone.\n\nSend me the file now.": "rewriting",
}

AREAS = ("card", "cash", "transfer", "refund", "top_up", "identity", "loan")
FAULTS = (
    "pending", "declined", "charged_twice", "fee", "limit", "lost", "late", "reverted", "blocked",
    "unknown",
)  # fmt: skip


@pytest.mark.parametrize(("query", "task"), PLAIN.items())
def test_a_plain_request_gets_its_task(query: str, task: str) -> None:
    assert load_classifier("embedded").classify(pl.Series([query]))["task"].to_list() == [task]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(), max_size=5))
def test_any_text_gets_a_verdict_and_probabilities_add_up(texts: list[str]) -> None:
    verdicts = load_classifier("embedded").classify(pl.Series(texts, dtype=pl.String))
    assert verdicts.height == len(texts)
    assert verdicts["task"].null_count() == 0
    for name in ("p_task", "p_tier"):
        sums = [sum(row) for row in verdicts[name].to_list()]
        assert sums == pytest.approx([1.0] * len(texts), abs=1e-4)
    assert verdicts["novelty"].is_between(0, 1).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet="ab ?\n.é字", min_size=1), min_size=2, max_size=6))
def test_a_verdict_does_not_depend_on_the_company(texts: list[str]) -> None:
    judge = load_classifier("embedded")
    together = judge.classify(pl.Series(texts))["p_simple"].to_numpy()
    alone = [judge.classify(pl.Series([text]))["p_simple"][0] for text in texts]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_the_tier_agrees_with_p_simple() -> None:
    verdicts = load_classifier("embedded").classify(pl.Series([*PLAIN, "why?", "Prove it."]))
    full = (verdicts["tier"] == "full").to_list()
    assert full == [p < 0.5 for p in verdicts["p_simple"].to_list()]


def test_the_same_task_can_need_different_tiers() -> None:
    named, put = (
        "Which language is this text in? Der Zug ist spät.",
        "Translate to Spanish: hello",
    )
    verdicts = load_classifier("embedded").classify(pl.Series([named, put]))
    assert verdicts["task"].to_list() == ["translation", "translation"]
    assert verdicts["tier"].to_list() == ["micro", "mid"]


def test_seventy_labels_and_a_policy_raise_the_share_of_mid() -> None:
    labels = ", ".join(f"{area}_{fault}" for area in AREAS for fault in FAULTS)
    policy = (
        "A claim falls under C unless it was disclosed; annex B takes precedence over 4.2. "
    )
    queries = [
        'Spam or not? "You won a car"',
        f"Assign exactly one of these labels: {labels}.\n\nMessage: I was charged twice.",
        f"You are a claims classifier. Read the policy, then choose one of these labels: "
        f"{labels}.\n\n{policy * 12}\n\nClaim: A van was damaged.",
    ]
    verdicts = load_classifier("embedded").classify(pl.Series(queries))
    assert verdicts["task"].to_list() == ["classification"] * 3
    shares = [tiers[1] for tiers in verdicts["p_tier"].to_list()]
    assert shares == sorted(shares)


def test_gibberish_is_novel_and_plain_requests_are_not() -> None:
    strange = "zqxj vbnwk plorfq xuvvaz wqkjh ztrpl mnbqz"
    novelty = load_classifier("embedded").classify(pl.Series([strange, *PLAIN]))["novelty"]
    assert novelty[0] >= 0.5
    assert (novelty[1:] < 0.5).all()


def test_the_shipped_file_is_small_and_holds_no_pickle() -> None:
    assert SHIPPED.stat().st_size <= 6_000_000
    with np.load(SHIPPED, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_the_shipped_file_loads_in_less_than_three_tenths_of_a_second() -> None:
    began = time.perf_counter()
    load(SHIPPED)
    assert time.perf_counter() - began < 0.3


def test_judging_needs_no_scikit_learn() -> None:
    code = (
        "import sys, polars as pl\n"
        "from routeaudit.classify import load_classifier\n"
        "load_classifier('embedded').classify(pl.Series(['hello']))\n"
        "sys.exit('sklearn' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"not a zip")
    for path in (bad, tmp_path / "missing.npz"):
        judge = load_classifier("embedded", {"weights_file": str(path)})
        with pytest.raises(ModelError):
            judge.classify(pl.Series(["hello"]))


def test_the_fingerprint_names_the_weights() -> None:
    judge = load_classifier("embedded")
    assert judge.fingerprint == f"embedded-{load(SHIPPED).fingerprint()}"
