import numpy as np
import pytest

from routeaudit.local_model.logprobs import Choices, nothing, summed

# Tokens: 0 "bill", 1 "ing", 2 "acc", 3 "ount", 4 "ed", 5 the end
LOGITS = np.log(np.array([0.3, 0.2, 0.1, 0.1, 0.2, 0.1], dtype=np.float32))


def test_the_share_is_taken_where_allowed_answers_part() -> None:
    choices = Choices([[0, 1], [0, 4], [2, 3]])  # billing, billed, account
    choices.follow(0, LOGITS)  # .3 of .3 + .1
    assert choices.share == pytest.approx(0.75)
    choices.follow(1, LOGITS)  # .2 of .2 + .2
    assert choices.share == pytest.approx(0.375)
    choices.follow(5, LOGITS)  # spelled out: nothing parts any more
    assert choices.share == pytest.approx(0.375)


def test_where_only_one_is_left_nothing_more_is_asked() -> None:
    choices = Choices([[0, 1], [2, 3]])
    choices.follow(2, LOGITS)
    assert choices.share == pytest.approx(0.25)
    choices.follow(4, LOGITS)
    assert choices.share == pytest.approx(0.25)


def test_another_answer_has_no_share() -> None:
    choices = Choices([[0, 1], [2, 3]])
    choices.follow(4, LOGITS)
    assert choices.share is None
    choices.follow(0, LOGITS)
    assert choices.share is None


def test_an_answer_that_is_the_beginning_of_another_keeps_its_share() -> None:
    choices = Choices([[0], [0, 4], [2]])
    choices.follow(0, LOGITS)
    choices.follow(5, LOGITS)
    assert choices.share == pytest.approx(0.75)


@pytest.mark.parametrize("answers", [[], [[0]]])
def test_a_set_of_fewer_than_two_is_open(answers: list[list[int]]) -> None:
    assert Choices(answers).share is None


def test_tokens_are_summed_up() -> None:
    told = summed([-0.1, -0.2, -0.3], [0.5, 0.7, 0.9])
    assert told.total == pytest.approx(-0.6)
    assert told.least == -0.3
    # linear: at 5 % of the way through three values, 0.1 of the first gap
    assert told.quantiles == pytest.approx((-0.29, -0.28, -0.25, -0.2))
    assert told.margin_mean == pytest.approx(0.7)
    assert told.margin_min == 0.5
    assert summed([], []).total is None
    assert nothing("prompt_too_long", 9).prompt_tokens == 9
