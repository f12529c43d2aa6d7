"""What is told of a game in strategic form, and of what happened in it."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silicus.errors import PromptError
from silicus.games import MatrixGame
from silicus.prompts import write
from silicus.prompts.voice import number

from .cases import DILEMMA, decision, event, moves, one_shot, repeated, table


def text(row: dict[str, Any], **kwargs: Any) -> str:
    messages = write(table(row), format="plain", **kwargs)["messages"][0]
    return str(messages[0]["content"])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(-100, 2400), min_size=18, max_size=18),
    st.sampled_from([(2, 2), (2, 3), (3, 3)]),
)
def test_payoffs_when_told_then_each_combination_stands_once_in_order(
    payoffs: list[int], shape: tuple[int, int]
) -> None:
    """Every cell is told with both payoffs, by own action first, in the order of the options."""
    own_actions, other_actions = tuple("ABC"[: shape[0]]), tuple("XYZ"[: shape[1]])
    values = iter(payoffs)
    own = tuple(tuple(float(next(values)) for _ in other_actions) for _ in own_actions)
    values = iter(payoffs[::-1])
    other = tuple(tuple(float(next(values)) for _ in other_actions) for _ in own_actions)
    game = MatrixGame(
        name="any",
        actions=own_actions,
        other_actions=other_actions,
        own=own,
        other=other,
        payoff_unit="ECU",
    )
    told = text(decision(game, family="one_shot_matrix", options=own_actions))
    lines = [
        f"If you choose {own_actions[i]} and the other player chooses {other_actions[j]}, you get "
        f"{number(own[i][j])} ECU and the other player gets {number(other[i][j])} ECU."
        for i, j in itertools.product(range(shape[0]), range(shape[1]))
    ]
    assert "\n".join(lines) in told


def test_history_when_a_payoff_is_recorded_then_it_is_told_not_the_computed_one() -> None:
    """Where the recorded points do not follow from the moves, people saw the recorded ones."""
    row = repeated("FJ")
    row["history"] = [*row["history"], event(1, "self", "payoff", amount=0)]
    assert "You got 0 points and the other player got 0 points." in text(row)
    row["history"] = [e for e in row["history"] if e["actor"] == "self"]
    assert "Result of round 1: You chose F. You got 0 points." in text(row)


def test_history_when_nothing_is_known_of_a_round_then_says_so() -> None:
    """A round without any record is not invented."""
    row = repeated("", round=2)
    assert "Result of round 1: not known." in text(row)


def test_continuation_when_by_chance_then_probability_is_told_and_no_number_of_rounds() -> None:
    """A match that chance ends tells the chance of another round."""
    told = text(repeated("JJ", game={"n_rounds": None, "continuation": 0.75}))
    assert "with a probability of 75% the game goes on" in told
    assert "for several rounds" in told


def test_noise_when_choices_can_be_flipped_then_its_probability_is_told() -> None:
    """A flip probability of 1/8 is told as 12.5%."""
    told = text(repeated("JJ", game={"n_rounds": None, "continuation": 0.875, "noise": 0.125}))
    assert "With a probability of 12.5% a choice is carried out as the opposite one" in told
    assert "opposite" not in text(repeated("JJ"))


@pytest.mark.parametrize(
    ("opponent", "sentence"),
    [
        ("human", "The other player is another person taking part in the experiment."),
        ("computer", "The other player is a computer program."),
        ("either", "The other player may be another person or a computer program."),
    ],
)
def test_opponent_when_told_then_stands_after_the_first_sentence(
    opponent: str, sentence: str
) -> None:
    """What people were told of the other player is told, unless that player reads the text."""
    row = repeated("JJ", game={"opponent": opponent})
    assert f"with the other player. {sentence}\n" in text(row)
    assert "program" not in text(row, formulation="reversed_roles")


def test_sequential_when_the_other_moved_first_then_that_move_precedes_the_question() -> None:
    """In the sequential form this round's move of the other player was seen, and is needed."""
    game = MatrixGame(**DILEMMA, sequential=True)
    options = ("F", "J")
    row = decision(
        game, family="one_shot_matrix", options=options, history=[event(1, "other", "move", "J")]
    )
    assert text(row).endswith("The other player chose J. Which do you choose, F or J?\n")
    assert "The other player chooses F or J first. You are told of this" in text(row)
    with pytest.raises(PromptError, match="other player's move of round 1 must be in the history"):
        text({**row, "history": []})


def test_sequential_when_repeated_then_rounds_begin_alike() -> None:
    """The text of an earlier round, with the move seen before it, begins that of a later one."""
    game = {"sequential": True}
    first = repeated("", history=moves("FJ")[1:], round=1, game=game)
    second = repeated(
        "", history=[*moves("FJ"), event(2, "other", "move", "F")], round=2, game=game
    )
    assert text(second).startswith(text(first))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"options": ("F", "K")}, "d1: the options are F, K, but the actions of the game F, J"),
        ({"round": 11, "history": []}, "d1: round 11 of a game of 10 round"),
    ],
)
def test_game_when_it_does_not_fit_the_decision_then_is_refused(
    change: dict[str, Any], message: str
) -> None:
    """Options that are no actions, and rounds beyond the last, are errors of the recoding."""
    with pytest.raises(PromptError, match=message):
        text({**repeated("JJ"), **change, "options": list(change.get("options", ("F", "J")))})


def test_move_of_the_other_when_no_action_then_is_refused() -> None:
    """A move that the game does not have is an error of the recoding."""
    row = repeated("JJ")
    row["history"] = [row["history"][0], event(1, "other", "move", "K")]
    with pytest.raises(PromptError, match=r'the move "K", the game has F, J'):
        text(row)


def test_one_shot_when_written_then_has_no_rounds() -> None:
    """A game played once speaks of no rounds."""
    assert "ound" not in text(one_shot())
