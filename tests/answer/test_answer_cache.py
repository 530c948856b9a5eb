from pathlib import Path

import pytest

from routeaudit.answer.answer_cache import AnswerCache, request_key
from routeaudit.errors import InputError
from routeaudit.local_model.logprobs import nothing
from routeaudit.local_model.written import Request, Said

ONE = Request(turns=(Said("user", "hello"),), most_tokens=5)


def test_an_answer_is_there_for_the_next_run_and_no_other_model(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "answers.sqlite"
    with AnswerCache(file, "a") as cache:
        assert cache.known([request_key(ONE)]) == {}
        cache.add(request_key(ONE), nothing("stop", 7))
    with AnswerCache(file, "a") as cache:
        assert cache.known([request_key(ONE)] * 3) == {request_key(ONE): nothing("stop", 7)}
    with AnswerCache(file, "b") as cache:
        assert cache.known([request_key(ONE)]) == {}


def test_a_request_is_its_words_and_its_limits() -> None:
    longer = Request(turns=ONE.turns, most_tokens=6)
    closed = Request(turns=ONE.turns, most_tokens=5, choices=("a", "b"))
    assert len({request_key(one) for one in (ONE, longer, closed)}) == 3
    assert request_key(ONE) == request_key(
        Request(turns=(Said("user", "hello"),), most_tokens=5)
    )


def test_a_file_that_is_no_cache_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "answers.sqlite"
    file.write_text("these are no answers, and the file is longer than a header" * 20)
    with pytest.raises(InputError, match="cannot be used"):
        AnswerCache(file, "a")
